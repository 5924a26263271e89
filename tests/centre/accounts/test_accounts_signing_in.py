"""Logging in: the whole way in a browser without scripts, what refuses, what is recorded, when a session ends."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from staff_process import SECRET, logged_in, with_second_factor

from meyasubako.centre.accounts import services, throttle, totp
from meyasubako.centre.accounts.models import Account, Invitation, LoginThrottle, SecondFactor
from meyasubako.centre.accounts.types import SYSTEM
from meyasubako.centre.audit.models import Event
from meyasubako.centre.config import settings as public
from meyasubako.centre.site_staff import gate

PASSWORD = "correct horse battery staple 目安箱"


class Clock:
    """The staff site's clock, in the test's hands."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)

    def code(self, secret: bytes = SECRET) -> str:
        return totp.code_at(secret, totp.step_of(self.now))


@pytest.fixture
def clock(staff_site: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(now)
    monkeypatch.setattr(gate, "current_time", lambda: made.now)
    return made


@pytest.fixture
def officer(make_account: Callable[..., Account], now: datetime) -> Account:
    return with_second_factor(make_account("officer", email="officer@staff.example"), now)


def actions() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("action", flat=True))


def try_password(browser: Client, password: str = PASSWORD, email: str = "Officer@Staff.example") -> str:
    """Where the login page leads, or what it says."""
    answer = browser.post("/en/login/", {"email": email, "password": password, "next": "/en/me/"})
    return answer.headers.get("Location") or answer.content.decode()


def test_password_and_code_lead_to_the_page_that_was_asked_for(clock: Clock, officer: Account) -> None:
    browser = Client()
    sent = browser.get("/en/me/")
    assert sent.headers["Location"] == "/en/login/?next=%2Fen%2Fme%2F"
    assert try_password(browser) == "/en/login/code/"
    assert browser.get("/en/").status_code == 302  # the password alone opens nothing
    done = browser.post("/en/login/code/", {"code": clock.code()})
    assert done.headers["Location"] == "/en/me/"
    page = browser.get("/en/me/")
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert actions()[-1] == "login.done"
    cookie = browser.cookies["meyasu_staff"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"


def test_a_code_is_taken_once(clock: Clock, officer: Account) -> None:
    code = clock.code()
    for expected in (302, 200):
        browser = Client()
        try_password(browser)
        assert browser.post("/en/login/code/", {"code": code}).status_code == expected
    clock.later(seconds=30)
    browser = Client()
    try_password(browser)
    assert browser.post("/en/login/code/", {"code": clock.code()}).status_code == 302


@pytest.mark.parametrize("email", ["officer@staff.example", "nobody@staff.example"])
def test_a_lock_tells_nobody_whether_the_account_exists(clock: Clock, officer: Account, email: str) -> None:
    said = [try_password(Client(), "wrong", email) for _ in range(6)]
    assert all("The address or the password is not right." in page for page in said[:4])
    assert all("Nothing can be tried until 12:15" in page for page in said[4:])
    assert "Nothing can be tried" in try_password(Client(), PASSWORD, email)
    assert actions().count("login.failed") == 5
    assert actions().count("login.locked") == 1
    assert actions().count("login.refused") == 1  # of all tries that a lock refuses, the first
    clock.later(minutes=15, seconds=1)
    assert (try_password(Client(), PASSWORD, email) == "/en/login/code/") is (email == officer.email)


def test_an_administrator_sees_a_lock_and_lifts_it(
    clock: Clock, officer: Account, make_account: Callable[..., Account]
) -> None:
    for _ in range(5):
        try_password(Client(), "wrong")
    browser = logged_in(with_second_factor(make_account("administrator"), clock.now), clock.now)
    assert "until 2026-04-01 12:15" in browser.get(f"/en/accounts/{officer.pk}/").content.decode()
    browser.post(f"/en/accounts/{officer.pk}/unlock/")
    assert "until 2026-04-01 12:15" not in browser.get(f"/en/accounts/{officer.pk}/").content.decode()
    assert try_password(Client()) == "/en/login/code/"
    assert Event.objects.get(action="account.unlocked").subject == f"account:{officer.pk}"


def test_locks_grow_up_to_a_day_and_are_forgotten_after_one(now: datetime, db: None) -> None:
    tried, at, lengths = throttle.Tried.by("a@staff.example", "192.0.2.9"), now, []
    for _ in range(10):
        for _failure in range(throttle.FAILURES[LoginThrottle.Kind.ACCOUNT]):
            throttle.failure_count(tried, at)
        LoginThrottle.objects.filter(kind="source").delete()
        until = throttle.locked_until(tried, at)
        assert until is not None
        lengths.append(until - at)
        at = until
    assert lengths[:3] == [timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1)]
    assert lengths[-1] == timedelta(days=1)
    assert throttle.step_forget(at) == 0
    assert throttle.step_forget(at + timedelta(days=2)) == 1


def test_one_source_that_tries_many_accounts_is_locked(clock: Clock, officer: Account) -> None:
    for number in range(throttle.FAILURES[LoginThrottle.Kind.SOURCE]):
        try_password(Client(), "wrong", f"guess-{number}@staff.example")
    assert "Nothing can be tried" in try_password(Client())
    elsewhere = Client(REMOTE_ADDR="192.0.2.77")
    assert try_password(elsewhere) == "/en/login/code/"


def test_wrong_codes_lock_as_wrong_passwords_do(clock: Clock, officer: Account) -> None:
    browser = Client()
    try_password(browser)
    pages = [browser.post("/en/login/code/", {"code": "000000"}).content.decode() for _ in range(5)]
    assert "Nothing can be tried" in pages[-1]
    assert browser.post("/en/login/code/", {"code": clock.code()}).status_code == 200


def test_the_password_counts_for_ten_minutes_only(clock: Clock, officer: Account) -> None:
    browser = Client()
    try_password(browser)
    clock.later(minutes=11)
    assert browser.post("/en/login/code/", {"code": clock.code()}).headers["Location"] == "/en/login/"


def test_a_closed_account_and_djangos_own_door_let_nobody_in(clock: Clock, officer: Account) -> None:
    assert authenticate(username=officer.email, email=officer.email, password=PASSWORD) is None
    services.account_disable(account=officer, by=SYSTEM, now=clock.now)
    assert "not right" in try_password(Client())


@pytest.mark.parametrize(
    ("by", "expected"),
    [({"minutes": 29}, 200), ({"minutes": 31}, 302)],
    ids=["in use", "idle"],
)
def test_an_idle_session_ends(clock: Clock, officer: Account, by: dict[str, float], expected: int) -> None:
    browser = logged_in(officer, clock.now)
    clock.later(**by)
    assert browser.get("/en/me/").status_code == expected


def test_a_session_in_use_ends_after_eight_hours(clock: Clock, officer: Account) -> None:
    browser = logged_in(officer, clock.now)
    for _ in range(16):
        clock.later(minutes=29)
        assert browser.get("/en/me/").status_code == 200
    clock.later(minutes=29)
    assert "ended=expired" in browser.get("/en/me/").headers["Location"]
    assert Event.objects.filter(action="login.ended", detail__reason="expired").count() == 1


def test_a_new_login_ends_the_one_before(clock: Clock, officer: Account) -> None:
    first = logged_in(officer, clock.now)
    second = logged_in(officer, clock.now)
    assert "ended=replaced" in first.get("/en/me/").headers["Location"]
    assert second.get("/en/me/").status_code == 200
    second.post("/en/logout/")
    assert second.get("/en/me/").status_code == 302


def test_closing_an_account_ends_its_session_at_once(clock: Clock, officer: Account) -> None:
    browser = logged_in(officer, clock.now)
    services.account_disable(account=officer, by=SYSTEM, now=clock.now)
    assert browser.get("/en/me/").status_code == 302


def test_losing_the_second_factor_ends_the_session(clock: Clock, officer: Account) -> None:
    browser = logged_in(officer, clock.now)
    SecondFactor.objects.filter(account=officer).delete()
    assert browser.get("/en/me/").status_code == 302


def test_an_invited_person_comes_in_with_password_factor_and_recovery_codes(
    clock: Clock, make_account: Callable[..., Account]
) -> None:
    account = make_account("officer")
    token = services.second_factor_reset(account=account, by=SYSTEM, now=clock.now)
    assert Invitation.objects.get().digest != token
    browser = Client()
    link = f"/ja/invitation/{token}/"
    weak = browser.post(link, {"new": "short", "again": "short"})
    assert "最低" in weak.content.decode() or "短" in weak.content.decode()
    differing = browser.post(link, {"new": PASSWORD, "again": "another one altogether"})
    assert "一致しません" in differing.content.decode()
    assert (
        browser.post(link, {"new": PASSWORD, "again": PASSWORD}).headers["Location"]
        == "/ja/login/second-factor/"
    )
    assert Client().get(link).status_code == 404
    page = browser.get("/ja/login/second-factor/").content.decode()
    assert "<svg" in page
    secret = bytes(SecondFactor.objects.get(account=account).secret)
    assert totp.as_text(secret) in page
    assert browser.get("/ja/").status_code == 302
    told = browser.post("/ja/login/second-factor/", {"code": clock.code(secret)}).content.decode()
    codes = re.findall(r"<code>([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})</code>", told)
    assert len(set(codes)) == 10
    assert browser.get("/ja/").status_code == 200
    again = Client()
    try_password(again, email=account.email)
    assert again.post("/ja/login/code/", {"code": codes[3].upper().replace("-", " ")}).status_code == 302
    once_more = Client()
    try_password(once_more, email=account.email)
    assert once_more.post("/ja/login/code/", {"code": codes[3]}).status_code == 200
    assert "second_factor.recovery_code_used" in actions()


def test_an_invitation_runs_out(clock: Clock, make_account: Callable[..., Account]) -> None:
    token = services.invitation_make(account=make_account(), by=SYSTEM, now=clock.now)
    clock.later(hours=73)
    assert Client().get(f"/en/invitation/{token}/").status_code == 404


def test_the_own_password_is_changed_against_the_old_one(clock: Clock, officer: Account) -> None:
    browser = logged_in(officer, clock.now)
    new = "another phrase for the box"
    wrong = browser.post("/en/me/password/", {"old": "wrong", "new": new, "again": new})
    assert "This is not your password." in wrong.content.decode()
    assert browser.post("/en/me/password/", {"old": PASSWORD, "new": new, "again": new}).status_code == 302
    assert browser.get("/en/me/").status_code == 200
    assert try_password(Client(), new) == "/en/login/code/"


def test_the_own_password_is_not_guessed_from_an_open_session(clock: Clock, officer: Account) -> None:
    browser = logged_in(officer, clock.now)
    asked = {"new": "another long password 12", "again": "another long password 12"}
    answers = [browser.post("/en/me/password/", {**asked, "old": f"guess {number}"}) for number in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [302]
    assert answers[-1].headers["Location"].startswith("/en/login/")
    assert "Nothing can be tried" in try_password(Client())
    assert actions().count("account.password_refused") == 5


def test_a_next_address_of_another_site_is_not_followed(clock: Clock, officer: Account) -> None:
    browser = Client()
    browser.post(
        "/en/login/", {"email": officer.email, "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert browser.post("/en/login/code/", {"code": clock.code()}).headers["Location"] == "/en/"


def test_no_event_and_no_log_tells_an_address_or_a_password(
    clock: Clock, officer: Account, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser = Client()
    try_password(browser, "wrong")
    try_password(browser)
    browser.post("/en/login/code/", {"code": clock.code()})
    for event in Event.objects.all():
        said = f"{event.subject} {event.detail}"
        assert "staff.example" not in said
        assert PASSWORD not in said
        assert "127.0.0.1" not in said
    assert "staff.example" not in caplog.text
    assert PASSWORD not in caplog.text


def test_passwords_are_kept_with_argon2() -> None:
    hashed = Argon2PasswordHasher().encode(PASSWORD, "salt of the test")
    assert public.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert hashed.startswith("argon2$argon2id$")


def test_the_public_process_knows_no_login(officer: Account, now: datetime) -> None:
    browser = Client()
    assert browser.get("/en/login/").status_code == 404
    with pytest.raises(ImproperlyConfigured, match="No authentication backends"):
        authenticate(username=officer.email, password=PASSWORD)

"""The pages about mails: searched, read, opened with a purpose, framed; who reported is nowhere until then."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core import signing
from django.test import Client, RequestFactory
from pytest_django import Settings

from meyasubako.centre.accounts.models import Account
from meyasubako.centre.audit.models import Event
from meyasubako.centre.config import settings_mailview
from meyasubako.centre.site_staff.mails import frame, tokens
from meyasubako.centre.site_staff.mails.tokens import Framed, frame_token, framed_by, is_open, open_token
from meyasubako.engines.local import LocalEngine
from meyasubako.engines.search import MailSearch, Terms
from meyasubako.receivers.ingest import ingest
from meyasubako.tables.home import Home

REPORTER = "hanako.reporter@mail.example"
REPORTED = (
    "Received: from mail.spam.example ([198.51.100.7]) by mx.isp.example for "
    f"<{REPORTER}>; Tue, 10 Mar 2026 11:00:00 +0900\r\n"
    "From: Shop <shop@spam.example>\r\n"
    f"To: Hanako <{REPORTER}>\r\nSubject: for {REPORTER}\r\nDate: Tue, 10 Mar 2026 11:00:00 +0900\r\n"
    "Message-ID: <1@spam.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
    f"--b\r\nContent-Type: text/plain\r\n\r\nhello {REPORTER} 03-1234-5678\r\n"
    f"--b\r\nContent-Type: text/html\r\n\r\n<p>hello <a href='https://spam.example/?{REPORTER}'>{REPORTER}</a>\r\n--b--\r\n"
).encode()
AT_MONITOR = REPORTED.replace(REPORTER.encode(), b"decoy@trap.example").replace(b"<1@", b"<2@")


@pytest.fixture(scope="session")
def mail_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables with one mail from a report and one from a monitor."""
    folder = tmp_path_factory.mktemp("mails")
    for name, raw in (("reported", REPORTED), ("monitor", AT_MONITOR)):
        (folder / f"{name}.eml").write_bytes(raw)
    home = folder / "home"
    ingest([folder / "reported.eml"], home=home, channel="report", report_id="R-1")
    ingest([folder / "monitor.eml"], home=home, channel="monitor", monitor="pc-1", monitor_class="pc")
    return home


@pytest.fixture(scope="session")
def arrivals(mail_folder: Path) -> dict[str, str]:
    """Arrival ids by channel."""
    engine = LocalEngine(workers=1)
    rows = MailSearch(Home.at(mail_folder), engine).page(Terms("2026-03", "2026-03")).rows
    engine.close()
    return {row["channel"]: row["arrival_id"] for row in rows}


@pytest.fixture
def officer(staff: Callable[[str], Client], settings: Settings, mail_folder: Path) -> Client:
    """An officer's browser over these tables."""
    settings.HOME = mail_folder
    return staff("officer")


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    text: str = answer.content.decode()
    return text


def names_the_reporter(text: str) -> bool:
    plainly = re.sub(r"<[^>]*>", "", text).replace("[@]", "@").replace("[.]", ".").replace("&#x27;", "'")
    return "hanako" in plainly.lower()


def test_every_page_keeps_back_who_reported(officer: Client, arrivals: dict[str, str]) -> None:
    arrival = arrivals["report"]
    for address in (
        f"/ja/mails/{arrival}/",
        f"/en/mails/{arrival}/?html=1",
        f"/en/mails/{arrival}/?open=nonsense",
        f"/ja/mails/{arrival}/source/",
        "/ja/mails/?first=2026-03&last=2026-03&channel=report",
    ):
        assert not names_the_reporter(page(officer, address)), address


def test_opened_with_a_purpose_it_is_whole_and_recorded(officer: Client, arrivals: dict[str, str]) -> None:
    arrival = arrivals["report"]
    answer = officer.post(f"/ja/mails/{arrival}/open/", {"purpose": "case/2026-1", "what": "recipients"})
    assert answer.status_code == 302
    assert names_the_reporter(page(officer, answer.headers["Location"]))
    event = Event.objects.get(action="mail.opened")
    assert (event.subject, event.detail) == (f"arrival:{arrival}", {"purpose": "case/2026-1"})
    source = officer.post(f"/ja/mails/{arrival}/open/", {"purpose": "case/2026-1", "what": "source"})
    assert names_the_reporter(page(officer, source.headers["Location"]))


def test_what_one_opened_another_has_not(
    officer: Client, arrivals: dict[str, str], staff: Callable[[str], Client]
) -> None:
    arrival = arrivals["report"]
    answer = officer.post(f"/ja/mails/{arrival}/open/", {"purpose": "x", "what": "recipients"})
    assert not names_the_reporter(page(staff("supervisor"), answer.headers["Location"]))


def test_the_original_is_true_to_the_byte(officer: Client, arrivals: dict[str, str]) -> None:
    arrival = arrivals["monitor"]
    answer = officer.post(f"/ja/mails/{arrival}/open/", {"purpose": "case/2026-1", "what": "original"})
    assert answer.content == AT_MONITOR
    digest = hashlib.sha256(AT_MONITOR).hexdigest()
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{digest}.eml"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert Event.objects.get(action="mail.taken").detail == {"purpose": "case/2026-1", "sha256": digest}


@pytest.mark.parametrize("purpose", ["", "two words", "名前", "a@b.example", "A"])
def test_a_purpose_is_a_code(officer: Client, arrivals: dict[str, str], purpose: str) -> None:
    answer = officer.post(f"/ja/mails/{arrivals['monitor']}/open/", {"purpose": purpose, "what": "original"})
    assert answer.status_code == 422
    assert not Event.objects.filter(action__in=["mail.taken", "mail.opened"]).exists()


def test_reading_is_recorded_without_what_was_read(officer: Client, arrivals: dict[str, str]) -> None:
    page(officer, f"/ja/mails/{arrivals['monitor']}/")
    event = Event.objects.get(action="mail.read")
    assert (event.subject, event.detail) == (f"arrival:{arrivals['monitor']}", {})


def test_a_search_is_recorded_by_its_terms_alone(officer: Client) -> None:
    text = page(officer, "/ja/mails/?first=2026-03&last=2026-03&sender=shop&phone=03-1234-5678")
    assert text.count('class="hit"') == 2
    event = Event.objects.get(action="mail.searched")
    assert (event.subject, event.detail) == ("months:2026-03:2026-03", {"terms": "sender:phone"})


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("first=2026-04&last=2026-03", "最初の月が最後の月より後"),
        ("first=2026-03&last=2026-03&ip=x", "のような範囲でもありません"),
        ("first=2026-03&last=2026-03&domain=a b", "ホスト名ではありません"),
        ("first=2026-03&last=2026-03&phone=12", "6桁以上"),
        ("first=x2026-03&last=2026-03", 'aria-invalid="true"'),
        ("first=2026-03&last=2026-03&after=zzz", "もう一度検索"),
        ("number=R-0000-0000-0000", "この番号の情報提供はありません"),
    ],
)
def test_terms_that_make_no_sense_are_told(officer: Client, asked: str, said: str) -> None:
    assert said in page(officer, f"/ja/mails/?{asked}")


def test_only_the_framing_page_may_frame(
    officer: Client, arrivals: dict[str, str], settings: Settings
) -> None:
    address = f"/ja/mails/{arrivals['monitor']}/"
    assert "frame-src" not in officer.get(address).headers["Content-Security-Policy"]
    policy = officer.get(f"{address}?html=1").headers["Content-Security-Policy"]
    assert policy.endswith(f"frame-src {settings.MAILVIEW_ORIGIN}")
    assert "script-src 'self'" in policy


def framed(arrivals: dict[str, str], account: Account, *, hide: bool = True) -> str:
    return frame_token(Framed(arrivals["report"], account.pk, "en", hide))


def test_the_frame_keeps_back_who_reported_too(
    officer: Client, accounts: dict[str, Account], arrivals: dict[str, str]
) -> None:
    request = RequestFactory().get("/")
    hidden = frame.mail_frame(request, framed(arrivals, accounts["officer"])).content.decode()
    assert "hello" in hidden
    assert not names_the_reporter(hidden)
    assert names_the_reporter(
        frame.mail_frame(request, framed(arrivals, accounts["officer"], hide=False)).content.decode()
    )


def test_the_frame_serves_its_account_alone_and_not_for_long(
    officer: Client, accounts: dict[str, Account], arrivals: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    request = RequestFactory().get("/")
    good = framed(arrivals, accounts["officer"])
    assert frame.mail_frame(request, good).status_code == 200
    assert frame.mail_frame(request, framed(arrivals, accounts["reader"])).status_code == 403
    assert frame.mail_frame(request, good[:-1]).status_code == 403
    assert frame.mail_frame(request, signing.dumps([1, 2], salt="meyasubako.mail.frame")).status_code == 403
    assert frame.mail_frame(request, signing.dumps(list(framed_by(good) or ()))).status_code == 403
    Account.objects.filter(pk=accounts["officer"].pk).update(
        is_active=False, disabled_at="2026-04-01T00:00:00Z"
    )
    assert frame.mail_frame(request, good).status_code == 403
    monkeypatch.setattr(tokens, "FRAME_SECONDS", -1)
    assert framed_by(good) is None


def test_a_token_opens_one_mail_for_one_account() -> None:
    token = open_token("a", 1)
    assert is_open(token, "a", 1)
    assert not is_open(token, "b", 1)
    assert not is_open(token, "a", 2)
    assert not is_open("", "a", 1)


def test_the_third_origin_knows_nothing_but_its_frame(settings: Settings, db: None) -> None:
    settings.ROOT_URLCONF = settings_mailview.ROOT_URLCONF
    settings.MIDDLEWARE = settings_mailview.MIDDLEWARE
    client = Client()
    for address in ("/", "/ja/", "/ja/login/", "/mail/", "/static/site/site.css", "/mail/x"):
        answer = client.get(address)
        assert answer.status_code in {403, 404}
        assert answer.cookies == {}
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert client.get("/healthz").status_code == 200


def test_an_erased_mail_says_so(
    officer: Client, arrivals: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from meyasubako.centre.site_staff.mails.tables import tables

    kept = tables().find(arrivals["monitor"])
    assert kept is not None
    monkeypatch.setattr(type(tables()), "find", lambda _self, _id: replace(kept, raw=None))
    assert "消去されています" in page(officer, f"/ja/mails/{arrivals['monitor']}/")
    assert officer.get(f"/ja/mails/{arrivals['monitor']}/source/").status_code == 404

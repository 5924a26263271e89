"""Accounts, organisations and the audit log on the staff site, as an administrator and an auditor see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from meyasubako.centre.accounts import services
from meyasubako.centre.accounts.models import Account, Organisation, RoleGrant
from meyasubako.centre.accounts.types import SYSTEM
from meyasubako.centre.audit.models import Event
from meyasubako.centre.audit.steps import step_chain_seal

Browser = Callable[[str], Client]


def text(browser: Client, address: str, status: int = 200) -> str:
    answer = browser.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_an_administrator_invites_a_person_and_sees_the_link_once(
    staff: Browser, organisations: dict[str, Organisation]
) -> None:
    browser = staff("administrator")
    said = {
        "email": "New@Carrier.example",
        "name": "新人",
        "organisation": organisations["carrier"].pk,
        "roles": ["reader"],
    }
    page = browser.post("/ja/accounts/invite/", said).content.decode()
    link = re.search(r"http://testserver(/ja/invitation/[\w-]+/)", page)
    assert link
    account = Account.objects.get(email="new@carrier.example")
    assert account.roles == {"reader"}
    assert link.group(1) not in text(browser, f"/ja/accounts/{account.pk}/")
    assert "新人" in Client().get(link.group(1)).content.decode()
    twice = browser.post("/en/accounts/invite/", said).content.decode()
    assert "There is an account with this address." in twice
    invited = Event.objects.get(action="account.added", subject=f"account:{account.pk}")
    assert invited.account_id == Account.objects.get(grants__role="administrator").pk


def test_roles_are_changed_and_the_change_is_recorded(staff: Browser, accounts: dict[str, Account]) -> None:
    browser, reader = staff("administrator"), accounts["reader"]
    browser.post(f"/en/accounts/{reader.pk}/roles/", {"roles": ["officer", "auditor"]})
    assert Account.objects.get(pk=reader.pk).roles == {"officer", "auditor"}
    given = Event.objects.filter(subject=f"account:{reader.pk}", action="account.role_given")
    assert sorted(event.detail["role"] for event in given) == ["auditor", "officer"]
    assert browser.post(f"/en/accounts/{reader.pk}/roles/", {"roles": ["emperor"]}).status_code == 400


def test_the_last_administrator_stays_and_nobody_raises_the_own_rank(
    staff: Browser, accounts: dict[str, Account], now: datetime
) -> None:
    browser, administrator = staff("administrator"), accounts["administrator"]
    page = browser.post(f"/en/accounts/{administrator.pk}/disable/", follow=True).content.decode()
    assert "This is the last administrator" in page
    answer = browser.post(
        f"/en/accounts/{administrator.pk}/roles/", {"roles": ["administrator", "identity_reader"]}
    )
    assert "Nobody changes the own roles" in answer.content.decode()
    with pytest.raises(ValidationError, match="last administrator"):
        services.account_roles_set(account=administrator, roles=[], by=SYSTEM, now=now)
    assert RoleGrant.objects.filter(account=administrator, role="administrator").exists()


def test_an_account_is_closed_and_opened_again(staff: Browser, accounts: dict[str, Account]) -> None:
    browser, officer = staff("administrator"), accounts["officer"]
    theirs = staff("officer")
    assert (
        "has been closed" in browser.post(f"/en/accounts/{officer.pk}/disable/", follow=True).content.decode()
    )
    assert theirs.get("/en/").status_code == 302
    browser.post(f"/en/accounts/{officer.pk}/enable/")
    assert Account.objects.get(pk=officer.pk).is_active


def test_a_lost_device_is_answered_by_a_new_invitation(staff: Browser, accounts: dict[str, Account]) -> None:
    browser, officer = staff("administrator"), accounts["officer"]
    theirs = staff("officer")
    page = browser.post(f"/en/accounts/{officer.pk}/reset-second-factor/").content.decode()
    assert "/invitation/" in page
    assert theirs.get("/en/").status_code == 302
    assert not Account.objects.get(pk=officer.pk).has_usable_password()


def test_organisations_are_added_and_renamed(staff: Browser) -> None:
    browser = staff("administrator")
    said = {"kind": "carrier", "slug": "new-net", "name_ja": "新ネット", "name_en": "New Net"}
    browser.post("/en/organisations/add/", said)
    added = Organisation.objects.get(slug="new-net")
    assert "already exists" in browser.post("/en/organisations/add/", said).content.decode()
    browser.post(f"/en/organisations/{added.pk}/", {"name_ja": "新々ネット", "name_en": "Newer Net"})
    assert "Newer Net" in text(browser, "/en/organisations/")
    assert "新々ネット" in text(browser, "/ja/organisations/")


def test_a_name_is_shown_and_not_run(staff: Browser, accounts: dict[str, Account]) -> None:
    browser = staff("administrator")
    Account.objects.filter(pk=accounts["officer"].pk).update(name="<script>alert(1)</script>")
    for address in ("/ja/accounts/", f"/ja/accounts/{accounts['officer'].pk}/"):
        page = text(browser, address)
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def test_the_auditor_filters_the_log(staff: Browser, accounts: dict[str, Account]) -> None:
    denied = staff("officer")
    assert denied.get("/en/audit/").status_code == 403
    browser = staff("auditor")
    page = text(browser, "/en/audit/?action=permission.denied")
    assert "permission:read_audit" in page
    assert "place" in page
    assert "login.done" not in page
    theirs = text(browser, f"/en/audit/?account={accounts['officer'].pk}&since=2026-04-01&until=2026-04-01")
    assert "permission.denied" in theirs
    assert "No event fits." in text(browser, "/en/audit/?since=2026-04-02")
    assert "No event fits." in text(browser, "/en/audit/?subject=report:1")
    assert text(browser, "/en/audit/?since=nonsense&account=x")


def test_the_log_comes_in_pages(staff: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meyasubako.centre.site_staff.auditing.views.EVENTS_ON_A_PAGE", 1)
    staff("officer")
    browser = staff("auditor")
    first = text(browser, "/ja/audit/?action=login")
    assert "action=login&amp;page=2" in first
    assert "1ページ" in first


def test_the_auditor_walks_the_chain(staff: Browser, now: datetime) -> None:
    browser = staff("auditor")
    step_chain_seal(now)
    assert "The chain holds" not in text(browser, "/en/audit/chain/")
    assert "The chain holds: 1 link walked" in browser.post("/en/audit/chain/").content.decode()


def test_the_home_page_shows_what_a_role_may_enter(staff: Browser) -> None:
    administrator = text(staff("administrator"), "/en/")
    assert "/en/accounts/" in administrator
    assert "/en/audit/" not in administrator
    auditor = text(staff("auditor"), "/en/")
    assert "/en/accounts/" not in auditor
    assert "Refusals in 24 hours" in auditor
    assert "no role yet" in text(staff("nobody"), "/en/")


def test_pages_are_in_the_language_of_their_address(staff: Browser) -> None:
    browser = staff("administrator")
    assert '<html lang="ja">' in text(browser, "/ja/accounts/")
    page = text(browser, "/en/accounts/")
    assert '<html lang="en">' in page
    assert 'href="/ja/accounts/"' in page
    assert browser.get("/", headers={"Accept-Language": "en"}).headers["Location"] == "/en/"


def test_what_is_not_there_says_so_in_its_language(staff: Browser) -> None:
    assert "ページが見つかりません" in text(staff("administrator"), "/ja/accounts/99999/", 404)
    assert "There is no such page" in text(staff("administrator"), "/en/nonsense/", 404)


def test_a_form_from_elsewhere_is_refused(staff: Browser, accounts: dict[str, Account]) -> None:
    browser = staff("administrator")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    assert strict.post(f"/en/accounts/{accounts['officer'].pk}/disable/").status_code == 403
    assert Account.objects.get(pk=accounts["officer"].pk).is_active

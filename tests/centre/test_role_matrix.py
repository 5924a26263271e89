"""Every page of the staff process with every role, with accounts of other organisations, and with nobody."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import translation
from role_table import CALLERS, OUTSIDE, PAGES, SIGNED_IN, Page
from staff_process import logged_in, with_second_factor

from meyasubako.centre.accounts.models import Account, SecondFactor
from meyasubako.centre.audit.models import Event
from meyasubako.centre.config.settings_staff import ROOT_URLCONF
from meyasubako.centre.reports.domain.kinds import Channel, Kind
from meyasubako.centre.reports.domain.petitions import Authority, Matter, Petitioner
from meyasubako.centre.reports.models import PetitionNotice
from meyasubako.centre.reports.services.petitions import petition_receive
from meyasubako.centre.reports.services.receiving import report_receive
from meyasubako.centre.reports.types import PetitionForm, Submission
from meyasubako.centre.site_staff.signing.pending import PENDING

PETITION = PetitionForm(
    petitioner=Petitioner.RECIPIENT,
    key="petition:matrix",
    matters=(Matter.CONSENT,),
    addressees=(Authority.MIC,),
    particulars={
        "name": "N",
        "address": "A",
        "contact": "C",
        "sender_facts": "F",
        "screen_content": "S",
        "reasons": "R",
    },
)


def addresses(patterns: list[Any]) -> Iterator[URLPattern]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns)
        else:
            yield pattern


def names() -> list[str]:
    return [str(pattern.name) for pattern in addresses(get_resolver(ROOT_URLCONF).url_patterns)]


@pytest.fixture
def records(make_account: Callable[..., Account], now: datetime) -> SimpleNamespace:
    """What the addresses of the table name."""
    account = make_account("reader", email="subject@staff.example")
    report = report_receive(
        submission=Submission(channel=Channel.FORM, kind=Kind.OTHER, key="form:matrix"), by=None, now=now
    )
    petition = petition_receive(form=PETITION, by=None, now=now)
    return SimpleNamespace(
        account=account,
        organisation=account.organisation,
        now=now,
        report=report.record_id,
        petition=petition.record_id,
        notice=PetitionNotice.objects.get().pk,
    )


@pytest.fixture
def browser(staff_site: None, make_account: Callable[..., Account], now: datetime) -> Callable[[str], Client]:
    """``browser("officer@mic")``: a browser in the hands of this caller."""

    def made(caller: str) -> Client:
        if caller == "anonymous":
            return Client()
        role, _, kind = caller.partition("@")
        roles = () if caller in {"nobody", *OUTSIDE} else (role,)
        account = with_second_factor(make_account(*roles, kind=kind or "centre"), now)
        if caller == "half":
            client = Client()
            session = client.session
            session[PENDING] = {"account": account.pk, "since": "2020-01-01T00:00:00+00:00", "next": ""}
            session.save()
            return client
        client = logged_in(account, now)
        if caller == "no_factor":
            SecondFactor.objects.filter(account=account).delete()
        return client

    return made


def ask(client: Client, name: str, page: Page, records: SimpleNamespace) -> Any:
    with translation.override("ja"):
        address = reverse(name, kwargs=page.arguments(records), urlconf=ROOT_URLCONF)
    return client.get(address) if page.post is None else client.post(address, page.post)


def test_every_page_has_its_line_and_every_line_its_page() -> None:
    found = names()
    assert "None" not in found, "a page without a name"
    assert len(found) == len(set(found)), "two pages of one name"
    assert sorted(found) == sorted(PAGES)


def test_the_table_names_only_callers_there_are() -> None:
    for page in PAGES.values():
        assert set(page.allowed) <= set(CALLERS)


@contextmanager
def undone(client: Client) -> Iterator[None]:
    """What is done inside leaves no trace, neither in the database nor in the browser."""
    cookies = copy.deepcopy(client.cookies)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    client.cookies = cookies


@pytest.mark.parametrize("caller", CALLERS)
def test_a_caller_gets_the_pages_of_the_table_and_no_others(
    caller: str, records: SimpleNamespace, browser: Callable[[str], Client]
) -> None:
    client = browser(caller)
    seen, expected = {}, {}
    for name, page in PAGES.items():
        with undone(client):
            answer = ask(client, name, page, records)
        # A form leads to the login without an address to come back to.
        sent = answer.status_code == 302 and "/login/" in answer.headers["Location"]
        if caller in page.allowed:
            expected[name], seen[name] = page.status, answer.status_code
        elif caller in SIGNED_IN:
            expected[name], seen[name] = 403, answer.status_code
        else:
            expected[name], seen[name] = "login", "login" if sent else answer.status_code
    assert seen == expected


@pytest.mark.parametrize(
    "name", sorted(name for name, page in PAGES.items() if len(page.allowed) < len(SIGNED_IN))
)
def test_each_refusal_is_recorded(
    name: str, records: SimpleNamespace, browser: Callable[[str], Client]
) -> None:
    ask(browser("nobody"), name, PAGES[name], records)
    refusal = Event.objects.get(action="permission.denied")
    assert refusal.detail == {"place": name}
    assert refusal.account_id == Account.objects.get(grants=None).pk


@pytest.mark.parametrize("name", sorted(name for name, page in PAGES.items() if page.post is not None))
def test_what_changes_something_is_not_done_by_get(
    name: str, records: SimpleNamespace, browser: Callable[[str], Client]
) -> None:
    answer = ask(
        browser("administrator"), name, Page(PAGES[name].allowed, arguments=PAGES[name].arguments), records
    )
    assert answer.status_code in {403, 405}


def test_the_staff_process_is_what_is_tested(staff_site: None) -> None:
    assert settings.ROOT_URLCONF == ROOT_URLCONF

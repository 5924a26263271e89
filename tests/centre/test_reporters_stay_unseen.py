"""Whoever reports is seen by nobody but a reader of identities: not in logs, events, rows, or other roles' pages.

Names and addresses are made up by hypothesis, go in by every door, and are then looked for everywhere.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from meyasubako.centre.accounts.models import Account
from meyasubako.centre.accounts.permissions import Denied
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.reports import selectors, services
from meyasubako.centre.reports.domain.kinds import Channel, Kind
from meyasubako.centre.reports.models import Report
from meyasubako.centre.reports.types import Reporter, Submission, SubmittedMail

LETTERS = "abcdefghijklmnopqrstuvwxyz"
# No word that the centre itself might use.
MARKS = st.text(LETTERS, min_size=10, max_size=14).map("qz{}qz".format)
SPAM = b"From: ad@spam.example\r\nTo: %b\r\nSubject: buy\r\nMessage-ID: <1@spam.example>\r\n\r\nhello\r\n"


class RolledBackError(Exception):
    """Ends one example without a trace."""


@contextmanager
def one_example() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
            raise RolledBackError
    except RolledBackError:
        pass


def rows() -> Iterator[str]:
    """Every value of every table as text; bytes as Latin letters."""
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    raw = bytes(value) if isinstance(value, (bytes, memoryview)) else None
                    yield f"{table}: {raw.decode('latin-1') if raw is not None else value}"


def by_form(mark: str, now: datetime) -> int:
    address = f"{mark}@mail.example"
    said = Submission(
        channel=Channel.FORM,
        kind=Kind.AFTER_OPT_OUT,
        key=f"form:{uuid4()}",
        mails=(SubmittedMail(SPAM % address.encode()),),
        statement={"remarks": f"{mark} と申します"},
        reporter=Reporter(f"Reporter {mark}", address),
    )
    return services.report_receive(submission=said, by=None, now=now).record_id


def by_mail(mark: str, now: datetime) -> int:
    address = f"{mark}@mail.example"
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Message-ID"] = (
        address,
        "meiwaku@centre.example",
        f"<{mark}@mail.example>",
    )
    outer["Subject"] = f"from {mark}"
    outer.set_content(f"{mark} より")
    outer.add_attachment(
        SPAM % address.encode(), maintype="application", subtype="octet-stream", filename="1.eml"
    )
    envelope = {"arrival_id": "0199", "envelope_from": address, "envelope_to": "meiwaku@centre.example"}
    laid = services.report_lay_down(
        key=f"mail:{uuid4()}", raw=outer.as_bytes(), envelope=envelope, received_at=now, now=now
    )
    services.report_file(report_id=laid.record_id, now=now)
    return laid.record_id


@hypothesis_settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(mark=MARKS)
@pytest.mark.parametrize("door", [by_form, by_mail])
def test_nothing_of_a_reporter_lies_open(
    door: Callable[[str, datetime], int],
    viewers: dict[str, Viewer],
    now: datetime,
    caplog: pytest.LogCaptureFixture,
    mark: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    with one_example():
        report_id = door(mark, now)
        report = Report.objects.get(pk=report_id)
        for role, viewer in viewers.items():
            try:
                seen = selectors.report_detail(viewer, report_id)
            except Denied:
                seen = None
            assert mark not in repr(seen), role
        assert [row for row in rows() if mark in row] == []
        said = services.reporter_identity_read(
            report_id=report_id, purpose="answer", by=viewers["identity_reader"], now=now
        )
        assert said is not None
        assert mark in said.address
        assert report.number in json.dumps(
            selectors.report_of_number(viewers["officer"], report.number), default=str
        )
    assert mark not in caplog.text


@pytest.mark.parametrize("role", ["officer", "reader", "supervisor", "administrator", "auditor"])
def test_no_page_of_another_role_shows_a_reporter(
    staff: Callable[[str], Client], accounts: dict[str, Account], now: datetime, role: str
) -> None:
    mark = "unmistakablename"
    for door in (by_form, by_mail):
        door(mark if door is by_form else mark + "bis", now)
    seen, left = set(), ["/ja/"]
    browser = staff(role)
    while left:
        address = left.pop()
        seen.add(address)
        answer = browser.get(address)
        assert answer.status_code in {200, 302, 405}, address
        page = answer.content.decode()
        assert mark not in page, address
        found = {part.split('"')[0] for part in page.split('href="')[1:]}
        left += [link for link in found if link.startswith("/ja/") and link not in seen and link not in left]
    assert len(seen) > 1

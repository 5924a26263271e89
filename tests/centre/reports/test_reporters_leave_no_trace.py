"""A reporter's name and address go in by every door and are in no arrival, no observation and no export."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from meyasubako.analysis.context import Context, ContextSpec
from meyasubako.analysis.observe import observe
from meyasubako.analysis.types import Envelope
from meyasubako.centre.reports import selectors, services
from meyasubako.centre.reports.counting import reports_joined
from meyasubako.centre.reports.domain.kinds import Channel, Kind, Place
from meyasubako.centre.reports.models import ReportMail
from meyasubako.centre.reports.steps import delivery, intake
from meyasubako.centre.reports.types import Reporter, Submission, SubmittedMail
from meyasubako.mail import parse
from meyasubako.receivers.spool import Spool
from meyasubako.tables.home import Home
from meyasubako.tables.schema import ARRIVALS_LAYOUT
from meyasubako.tables.table import Table

pytestmark = pytest.mark.django_db
MARKS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=12, max_size=16)
CONTEXT = Context(ContextSpec())


def spam(mark: str) -> bytes:
    """A mail to the reporter, as reporters send it in: their address is in its envelope fields, not in its text."""
    return (
        f"Return-Path: <ad@spam.example>\r\nDelivered-To: {mark}@mail.example\r\n"
        f"Received: from mail.spam.example ([192.0.2.77]) by mx.isp.example for <{mark}@mail.example>;"
        f" Tue, 24 Nov 2026 10:00:00 +0900\r\nFrom: ad@spam.example\r\nTo: {mark}@mail.example\r\nSubject: buy\r\n\r\n"
        "http://spam.example/\r\n"
    ).encode()


def send_in(
    place: Home, mark: str, now: datetime, make_outer: Callable[..., bytes], envelope: dict[str, Any]
) -> None:
    """By form with all boxes filled, and by mail."""
    address = f"{mark}@mail.example"
    submission = Submission(
        channel=Channel.FORM,
        kind=Kind.AFTER_OPT_OUT,
        key=f"form:{mark}",
        mails=(SubmittedMail(spam(mark), Place.FIRST), SubmittedMail(spam(mark) + b"x", Place.OPT_OUT)),
        statement={"remarks": mark},
        reporter=Reporter(mark, address),
    )
    services.report_receive(submission=submission, by=None, now=now)
    with Spool(place.report_spool) as spool:
        spool.accept(
            {**envelope, "arrival_id": mark, "envelope_from": address, "helo": f"{mark}.example"},
            make_outer(spam(mark) + b"y", sender=address, text=f"{mark} です"),
        ).result()
    intake.step_intake(now)


@hypothesis_settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(mark=MARKS)
def test_no_trace_of_the_reporter(
    tmp_path_factory: pytest.TempPathFactory,
    settings: Settings,
    make_outer: Callable[..., bytes],
    envelope: dict[str, Any],
    now: datetime,
    caplog: pytest.LogCaptureFixture,
    mark: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    settings.HOME = Path(tmp_path_factory.mktemp("traces"))
    place = Home.at(settings.HOME)
    send_in(place, mark, now, make_outer, envelope)
    mails = {
        mail.arrival_id: mail.raw or b"" for mail in ReportMail.objects.filter(delivered_at__isnull=True)
    }
    delivery.step_delivery(now)
    arrivals = [row for batch in Table.open(place, ARRIVALS_LAYOUT).scan() for row in batch.to_pylist()]
    assert len(arrivals) == 2
    for row in arrivals:
        assert mark not in repr(row)
        seen = observe(
            parse(mails[row["arrival_id"]]),
            Envelope(**{name: row.get(name) for name in Envelope._fields}),
            CONTEXT,
        )
        assert seen.origin_ip == "192.0.2.77"
        assert mark not in repr(seen)
    exported = reports_joined([], selectors.month_counts(), empty)
    assert mark not in json.dumps(exported)
    assert mark not in caplog.text


def empty(month: str) -> dict[str, Any]:
    return {
        "month": month,
        "reports": {"reports": 0, "mails": 0, "by_channel": {}},
        "provenance": {"query": []},
    }

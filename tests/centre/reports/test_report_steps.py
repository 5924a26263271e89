"""The steps that run by themselves: spool to database, outbox to tables, campaigns to reporters, retention."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from django.db import OperationalError
from pytest_django import Settings

from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.audit.models import Event
from meyasubako.centre.reports import selectors, services
from meyasubako.centre.reports.domain.kinds import Kind, Place
from meyasubako.centre.reports.models import (
    Cursor,
    DeliveryBatch,
    OuterMail,
    OutgoingMail,
    RateWindow,
    Report,
    ReporterIdentity,
    ReportMail,
    Statement,
)
from meyasubako.centre.reports.steps import delivery, intake, outcomes, retention
from meyasubako.centre.reports.types import Submission, SubmittedMail
from meyasubako.engines.campaign_tables import (
    CAMPAIGN_MEMBERS,
    CAMPAIGN_MEMBERS_LAYOUT,
    CAMPAIGNS,
    CAMPAIGNS_LAYOUT,
)
from meyasubako.receivers.spool import Spool
from meyasubako.tables.home import Home
from meyasubako.tables.schema import ARRIVALS_LAYOUT, EVIDENCE_LAYOUT
from meyasubako.tables.table import Table
from meyasubako.tables.unique import ArchiveWriter

pytestmark = pytest.mark.django_db
Make = Callable[..., Submission]


def rows_of(place: Home, layout: Any) -> list[dict[str, Any]]:
    return [row for batch in Table.open(place, layout).scan() for row in batch.to_pylist()]


def spooled(place: Home, envelope: dict[str, Any], *mails: bytes) -> None:
    with Spool(place.report_spool) as spool:
        for number, raw in enumerate(mails):
            spool.accept({**envelope, "arrival_id": f"0199-{number}"}, raw).result()


def test_reported_mails_reach_the_tables_once(
    place: Home, make_submission: Make, now: datetime, spam: bytes
) -> None:
    mails = (
        SubmittedMail(spam, Place.FIRST),
        SubmittedMail(b"From: hanako@mail.example\nSubject: stop\n\nx\n", Place.OPT_OUT),
        SubmittedMail(spam + b"!", Place.LATER),
    )
    receipt = services.report_receive(
        submission=make_submission(kind=Kind.AFTER_OPT_OUT, mails=mails), by=None, now=now
    )
    again = services.report_receive(submission=make_submission(key="form:two"), by=None, now=now)
    before = selectors.month_counts()[0]
    assert (before.reports, before.without_mail, before.outside) == (2, 0, 2)
    assert delivery.step_delivery(now) == 3
    assert delivery.step_delivery(now) == 0
    assert selectors.month_counts()[0].outside == 0
    arrivals = rows_of(place, ARRIVALS_LAYOUT)
    assert sorted(row["report_id"] for row in arrivals) == sorted([receipt.number] * 2 + [again.number])
    assert {row["channel"] for row in arrivals} == {"report"}
    assert {row["received_at"] for row in arrivals} == {now}
    evidence = {row["sha256"]: row["raw"] for row in rows_of(place, EVIDENCE_LAYOUT)}
    assert set(evidence.values()) == {spam, spam + b"!"}
    assert all(hashlib.sha256(raw).hexdigest() == sha256 for sha256, raw in evidence.items())
    # The bytes have gone from the database, but for what is the reporter's.
    assert {
        mail.place: mail.raw is None for mail in Report.objects.get(number=receipt.number).held_mails.all()
    } == {
        "first": True,
        "opt-out": False,
        "later": True,
    }


@pytest.mark.parametrize("dies_before", ["evidence_append", "arrivals", "done"])
def test_a_batch_that_dies_on_its_way_is_made_once(
    place: Home, make_submission: Make, now: datetime, monkeypatch: pytest.MonkeyPatch, dies_before: str
) -> None:
    services.report_receive(submission=make_submission(), by=None, now=now)

    def die(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if dies_before == "evidence_append":
            patch.setattr(ArchiveWriter, "evidence_append", die)
        elif dies_before == "arrivals":
            patch.setattr(Table, "append", die)
        else:
            patch.setattr(delivery, "event_record", die)
        with pytest.raises(KeyboardInterrupt):
            delivery.step_delivery(now)
    # What comes meanwhile goes with another batch: this one is as it was.
    services.report_receive(submission=make_submission(key="form:two"), by=None, now=now)
    assert delivery.step_delivery(now) == 2
    assert len(rows_of(place, ARRIVALS_LAYOUT)) == 2
    assert len(rows_of(place, EVIDENCE_LAYOUT)) == 1
    assert DeliveryBatch.objects.filter(done_at__isnull=False).count() == 2


def test_what_was_taken_back_in_time_never_arrives(place: Home, make_submission: Make, now: datetime) -> None:
    receipt = services.report_receive(submission=make_submission(), by=None, now=now)
    services.report_withdraw(secret=receipt.secret or "", now=now)
    assert delivery.step_delivery(now) == 0


def test_the_spool_is_laid_down_and_taken_apart_once(
    place: Home, envelope: dict[str, Any], make_outer: Callable[..., bytes], spam: bytes, now: datetime
) -> None:
    spooled(place, envelope, make_outer(spam), make_outer(text="nothing"))
    assert intake.step_intake(now) == 2
    assert list(place.report_spool.iterdir()) == []
    assert sorted(Report.objects.values_list("state", "received_at")) == [
        ("held", now),
        ("taken", now),
    ]
    assert delivery.step_delivery(now) == 1


def test_a_segment_stays_until_all_of_it_is_laid_down(
    place: Home,
    envelope: dict[str, Any],
    make_outer: Callable[..., bytes],
    spam: bytes,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spooled(place, envelope, make_outer(spam), make_outer(spam + b"!"), make_outer(spam + b"?"))
    laid = services.report_lay_down
    calls = []

    def locked(**given: Any) -> Any:
        calls.append(given["key"])
        if len(calls) == 2:
            raise OperationalError("database is locked")
        return laid(**given)

    with monkeypatch.context() as patch:
        patch.setattr(intake, "report_lay_down", locked)
        with pytest.raises(OperationalError):
            intake.step_intake(now)
    assert Report.objects.count() == 1
    assert len(list(place.report_spool.iterdir())) == 1
    assert intake.step_intake(now) == 3
    assert Report.objects.filter(state="taken").count() == 3
    assert list(place.report_spool.iterdir()) == []


def members(place: Home, run: int, rows: dict[str, str], *, mails: int) -> None:
    now = datetime.fromisoformat("2026-04-02T00:00:00+00:00")
    where = {"run": run, "generation": 1, "month": "2026-04"}
    Table.open(place, CAMPAIGN_MEMBERS_LAYOUT).append(
        pa.RecordBatch.from_pylist(
            [
                {**where, "campaign": campaign, "since": now, "arrival_id": arrival, "likeness": 1.0}
                for arrival, campaign in rows.items()
            ],
            schema=CAMPAIGN_MEMBERS,
        )
    )
    told = {
        "mails": mails, "monitor_mails": 0, "senders": 1, "first_seen": "", "last_seen": "", "subject": "",
        "languages": [], "countries": [], "domains": [], "findings": [], "made_at": "",
    }  # fmt: skip
    if mails > 1:
        Table.open(place, CAMPAIGNS_LAYOUT).append(
            pa.RecordBatch.from_pylist(
                [{**where, "campaign": campaign, **told} for campaign in set(rows.values())], schema=CAMPAIGNS
            )
        )


def test_reporters_learn_of_the_campaign_and_of_its_change(
    place: Home, make_submission: Make, now: datetime
) -> None:
    receipt = services.report_receive(submission=make_submission(), by=None, now=now)
    arrival = ReportMail.objects.get().arrival_id

    def joined() -> list[str]:
        return [outcome.reference for outcome in selectors.tracking(receipt.secret or "").outcomes]

    members(place, 1, {arrival: arrival}, mails=1)
    assert outcomes.step_outcomes(now) == 0
    assert joined() == []
    members(place, 2, {arrival: "c-1", "other": "c-1"}, mails=2)
    assert outcomes.step_outcomes(now) == 1
    assert outcomes.step_outcomes(now) == 0
    assert joined() == ["c-1"]
    members(place, 3, {arrival: "c-0", "other": "c-0"}, mails=2)
    assert outcomes.step_outcomes(now) == 1
    assert joined() == ["c-0"]
    assert Cursor.objects.get().version == Table.open(place, CAMPAIGN_MEMBERS_LAYOUT).version


def test_what_is_personal_goes_in_time_and_the_count_stays(
    place: Home,
    make_submission: Make,
    envelope: dict[str, Any],
    make_outer: Callable[..., bytes],
    viewers: dict[str, Viewer],
    now: datetime,
    settings: Settings,
) -> None:
    services.report_receive(submission=make_submission(), by=None, now=now)
    spooled(place, envelope, make_outer(text="nothing"))
    intake.step_intake(now)
    services.rate_take(door="form", source="192.0.2.1", limit=5, now=now)
    assert retention.step_retention(now + timedelta(days=settings.OUTER_MAIL_DAYS - 1)) == 0
    assert not RateWindow.objects.exists()
    later = now + timedelta(days=settings.OUTER_MAIL_DAYS)
    assert retention.step_retention(later) == 1
    assert not OuterMail.objects.exists()
    assert Report.objects.filter(state="closed").count() == 1
    assert retention.step_retention(now + timedelta(days=settings.REPORTER_DAYS)) == 3
    assert not ReporterIdentity.objects.exists()
    assert not Statement.objects.exists()
    assert set(OutgoingMail.objects.values_list("recipient_fingerprint", flat=True)) == {""}
    assert selectors.month_counts()[0].reports == 1  # the one that was never filed is no report
    assert {event.subject for event in Event.objects.filter(action="retention.ended")} == {
        "retention:outer_mail",
        "retention:identity",
        "retention:statement",
    }


def test_rates_are_counted_by_network_and_hour(now: datetime) -> None:
    def take(source: str, at: datetime = now) -> bool:
        return services.rate_take(door="form", source=source, limit=2, now=at)

    assert [take("192.0.2.1") for _ in range(4)] == [True, True, False, False]
    assert take("192.0.2.2")
    assert take("192.0.2.1", now + timedelta(hours=1))
    assert services.rate_take(door="petition", source="192.0.2.1", limit=1, now=now)
    assert "192.0.2.1" not in json.dumps(list(RateWindow.objects.values_list("source", flat=True)))

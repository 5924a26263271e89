"""What a worker sees in a portion: the time of each arrival, the same with and without its observation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from meyasubako.analysis import stages
from meyasubako.analysis.context import Context, ContextSpec
from meyasubako.engines.local import from_stream
from meyasubako.receivers import seeing
from meyasubako.receivers.batch import Intake, Portion
from meyasubako.receivers.seeing import see

NOW = datetime(2026, 7, 1, tzinfo=UTC)
GIVEN = datetime(2026, 3, 1, tzinfo=UTC)
BOUNDARY = (
    b"Received: from a.example.com (a.example.com [192.0.2.1])\r\n\tby mx.example.org (Postfix) with ESMTP id 1;\r\n"
    b"\tSat, 31 Jan 2026 23:30:00 +0900\r\nFrom: a@example.com\r\nSubject: one\r\n\r\nText.\r\n"
)
DATED = b"From: a@example.com\nDate: Sun, 1 Feb 2026 10:00:00 +0900\nSubject: two\n\nText.\n"
BARE = b"Subject: three\n\n"


@pytest.fixture(scope="module")
def context() -> Context:
    return Context(ContextSpec())


def portion(*raws: bytes, observed: bool, given: datetime | None = None, **intake: Any) -> Portion:
    names = [str(number) for number in range(len(raws))]
    said = Intake(**{"channel": "archive", "monitor": None, "monitor_class": None, "carrier": None, **intake})
    return Portion(
        said, given, NOW, observed, names, [f"{name}{'0' * 63}" for name in names], names, list(raws)
    )


def arrivals(seen: seeing.Seen) -> list[dict[str, Any]]:
    return from_stream(seen.arrivals).to_pylist()


def observations(seen: seeing.Seen) -> list[dict[str, Any]]:
    assert seen.observations is not None
    return from_stream(seen.observations).to_pylist()


def test_each_arrival_has_its_time_and_what_says_so(context: Context) -> None:
    rows = arrivals(see(portion(BOUNDARY, DATED, BARE, observed=False), context))
    assert [(row["received_at"], row["received_at_source"], row["month"]) for row in rows] == [
        (datetime(2026, 1, 31, 14, 30, tzinfo=UTC), "boundary", "2026-01"),
        (datetime(2026, 2, 1, 1, tzinfo=UTC), "date", "2026-02"),
        (NOW, "ingest", "2026-07"),
    ]


def test_observing_changes_nothing_about_the_arrival(context: Context) -> None:
    raws = (BOUNDARY, DATED, BARE)
    how = {"channel": "monitor", "monitor": "k", "monitor_class": "pc", "carrier": "Example", "given": GIVEN}
    alone = see(portion(*raws, observed=False, **how), context)
    together = see(portion(*raws, observed=True, **how), context)
    assert alone.observations is None
    assert alone.arrivals == together.arrivals
    for arrival, row in zip(arrivals(together), observations(together), strict=True):
        shared = arrival.keys() & row.keys()
        assert {"arrival_id", "sha256", "received_at", "month", "channel", "monitor_class"} <= shared
        assert {name: row[name] for name in shared} == {name: arrival[name] for name in shared}


def test_a_mail_that_cannot_be_read_harms_no_other(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    parse = stages.parse

    def read(raw: bytes) -> Any:
        if raw == DATED:
            raise RecursionError
        return parse(raw)

    monkeypatch.setattr(stages, "parse", read)
    seen = see(portion(BOUNDARY, DATED, BARE, observed=True, given=GIVEN), context)
    assert [row["received_at_source"] for row in arrivals(seen)] == ["boundary", "given", "given"]
    rows = observations(seen)
    assert [[defect["code"] for defect in row["defects"]] for row in rows][1] == [stages.FAILED]
    assert [row["subject"] for row in rows] == ["one", None, "three"]
    assert rows[1]["received_at"] == GIVEN


def test_reports_are_numbered(context: Context) -> None:
    for observed in (False, True):
        own = arrivals(see(portion(DATED, BARE, observed=observed, channel="report"), context))
        assert [row["report_id"] for row in own] == ["0", "1"]
        one = arrivals(see(portion(DATED, observed=observed, channel="report", report_id="R-1"), context))
        assert [row["report_id"] for row in one] == ["R-1"]


def test_a_portion_of_nothing(context: Context) -> None:
    seen = see(portion(observed=True), context)
    assert (arrivals(seen), observations(seen)) == ([], [])

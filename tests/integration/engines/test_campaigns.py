"""The nightly step on real tables: the same memberships however mails came in, ids that last, what is told."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from plain_analysis import PlainEngine

from meyasubako.analysis.schema import OBSERVATIONS
from meyasubako.campaigns.fingerprint import fingerprint
from meyasubako.cli.campaigns import lines
from meyasubako.engines import campaigns
from meyasubako.engines.campaign_tables import CAMPAIGN_MEMBERS_LAYOUT
from meyasubako.engines.campaigns import Kept, campaign_months, keep_campaigns, largest_campaigns
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.errors import UsageError
from meyasubako.tables import Home
from meyasubako.tables.compaction import compact, vacuum
from meyasubako.tables.table import Table

JAPAN = timedelta(hours=9)
NOW = datetime(2026, 5, 1, tzinfo=UTC)
WORDS = [
    "apple",
    "river",
    "stone",
    "window",
    "paper",
    "garden",
    "silver",
    "yellow",
    "morning",
    "market",
    "finger",
    "bridge",
    "letter",
    "summer",
]


def text_of(seed: int) -> str:
    rng = random.Random(seed)
    return " ".join(rng.choice(WORDS) + str(chr(97 + rng.randrange(26))) * 3 for _ in range(60))


def mail(number: int, text: str, at: datetime, **seen: Any) -> dict[str, Any]:
    """An observation of a mail with this text."""
    return {
        "arrival_id": f"arrival-{number:04}",
        "generation": 1,
        "sha256": f"{number:064x}",
        "received_at": at,
        "day": f"{at + JAPAN:%Y-%m-%d}",
        "month": f"{at + JAPAN:%Y-%m}",
        "channel": "monitor",
        "first_of_bytes": True,
        "size": 1,
        "origin_confidence": 1.0,
        "origin_reason": "plain",
        "origin_forged": False,
        "links": [],
        "attachments": [],
        "findings": [],
        "defects": [],
        "analysis_version": "plain",
        "fingerprint": fingerprint(text) or None,
        **seen,
    }


def observe(home: Home, rows: Iterable[dict[str, Any]]) -> None:
    Table.open(home, OBSERVATIONS_LAYOUT).append(pa.RecordBatch.from_pylist(list(rows), schema=OBSERVATIONS))


def members(home: Home) -> dict[str, tuple[str, str]]:
    """Mail -> month and campaign, by the newest run of each month."""
    table = Table.open(home, CAMPAIGN_MEMBERS_LAYOUT)
    rows = [row for file in table.files() for row in pq.read_table(file.path).to_pylist()]
    newest = {
        month: max(row["run"] for row in rows if row["month"] == month)
        for month in {row["month"] for row in rows}
    }
    return {
        row["arrival_id"]: (row["month"], row["campaign"])
        for row in rows
        if row["run"] == newest[row["month"]]
    }


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, 12, tzinfo=UTC)


def window() -> list[dict[str, Any]]:
    """Two campaigns: one from January to April, one in March; and a mail like no other."""
    rows = [mail(number, text_of(1), day(1 + number // 3, 1 + number)) for number in range(12)]
    rows += [mail(20 + number, text_of(2), day(3, 1 + number)) for number in range(4)]
    return [*rows, mail(30, text_of(3), day(2, 1))]


def test_a_campaign_keeps_the_id_of_its_smallest_member_over_the_months(home: Home) -> None:
    observe(home, window())
    assert keep_campaigns(home, now=NOW) == Kept(("2026-01", "2026-02", "2026-03", "2026-04"), 17, 5)
    found = members(home)
    assert {found[f"arrival-{number:04}"][1] for number in range(12)} == {"arrival-0000"}
    assert {found[f"arrival-{number:04}"] for number in range(20, 24)} == {("2026-03", "arrival-0020")}
    assert found["arrival-0030"] == ("2026-02", "arrival-0030")


@pytest.mark.parametrize("seed", range(4))
def test_mails_that_come_in_any_order_over_many_runs_end_in_the_same_campaigns(
    home: Home, tmp_path: Any, seed: int
) -> None:
    observe(home, window())
    keep_campaigns(home, now=NOW)
    other = Home.at(tmp_path / "other")
    rows = window()
    random.Random(seed).shuffle(rows)
    for start in range(0, len(rows), 5):
        observe(other, rows[start : start + 5])
        keep_campaigns(other, now=NOW)
    assert members(other) == members(home)


def test_a_run_makes_only_stale_months_anew(home: Home) -> None:
    observe(home, window())
    keep_campaigns(home, now=NOW)
    assert keep_campaigns(home, now=NOW) == Kept((), 0, 0)
    observe(home, [mail(40, text_of(4), day(3, 9))])
    assert keep_campaigns(home, now=NOW).months == ("2026-03", "2026-04")


def test_an_earlier_first_mail_gives_the_campaign_its_id_in_all_later_months(home: Home) -> None:
    observe(home, window())
    keep_campaigns(home, now=NOW)
    observe(home, [mail(50, text_of(1), day(1, 1) - timedelta(hours=1))])
    assert keep_campaigns(home, now=NOW).months == ("2026-01", "2026-02", "2026-03", "2026-04")
    assert {members(home)[f"arrival-{number:04}"][1] for number in range(12)} == {"arrival-0050"}


def test_months_are_all_made_anew_when_the_feed_is_gone(home: Home) -> None:
    observe(home, window())
    keep_campaigns(home, now=NOW)
    before = members(home)
    table = Table.open(home, OBSERVATIONS_LAYOUT)
    observe(home, [mail(60, "short", day(2, 2))])
    compact(home, table)
    vacuum(home, table, grace=0)
    assert len(keep_campaigns(home, now=NOW).months) == 4
    assert members(home) == before


def told(number: int, **seen: Any) -> dict[str, Any]:
    finding = {
        "check": "consent",
        "article": "Act Art 3(1)",
        "version": "v",
        "certainty": "text",
        "spans": "",
    }
    return mail(
        number,
        text_of(1),
        day(1, 1 + number),
        from_address=f"sender-{number % 2}@example.com",
        from_domain="example.com",
        subject=f"Mr {chr(65 + number) * 3}, your prize is waiting",
        language="en",
        links=[{"url": "http://a.example/", "domain": "a.example", "text": None, "mismatch": False}] * 2,
        findings=[
            {**finding, "verdict": "breach"},
            {**finding, "check": "fictitious_address", "verdict": "ok"},
        ],
        **seen,
    )


def test_what_is_told_of_a_campaign(home: Home, engine: PlainEngine) -> None:
    observe(home, [told(0, country="JP"), told(1, country="JP"), told(2, channel="report")])
    keep_campaigns(home, now=NOW)
    found = largest_campaigns(home, engine)
    assert found["month"] == "2026-01"
    assert found["provisional"] is False
    assert found["provenance"]["run"] == 1
    assert found["campaigns"] == [
        {
            "id": "arrival-0000",
            "mails": 3,
            "monitor_mails": 2,
            "senders": 2,
            "first_seen": "2026-01-01T21:00:00+09:00",
            "last_seen": "2026-01-03T21:00:00+09:00",
            "subject": "Mr …, your prize is waiting",
            "languages": [{"value": "en", "mails": 3}],
            "countries": [{"value": "JP", "mails": 2}, {"value": None, "mails": 1}],
            "domains": [{"value": "a.example", "mails": 3}],
            "findings": [{"article": "Act Art 3(1)", "check": "consent", "verdict": "breach", "mails": 3}],
        }
    ]
    text = "\n".join(lines(found))
    assert "a[.]example" in text
    assert "a.example" not in text


def test_ids_are_provisional_while_the_month_lasts(home: Home, engine: PlainEngine) -> None:
    observe(home, window())
    keep_campaigns(home, now=day(4, 30) - timedelta(days=3))
    assert largest_campaigns(home, engine, "2026-04")["provisional"] is True
    assert largest_campaigns(home, engine, "2026-03")["provisional"] is False
    assert "provisional" in lines(largest_campaigns(home, engine))[0]


def test_months_are_listed_with_their_newest_run(home: Home, engine: PlainEngine) -> None:
    observe(home, window())
    keep_campaigns(home, now=NOW)
    observe(home, [mail(40, text_of(1), day(4, 9))])
    keep_campaigns(home, now=NOW)
    found = {
        row["month"]: (row["run"], row["campaigns"], row["mails"]) for row in campaign_months(home, engine)
    }
    assert found == {"2026-01": (1, 1, 3), "2026-02": (1, 1, 3), "2026-03": (1, 2, 7), "2026-04": (2, 1, 4)}


def test_nothing_to_tell(home: Home, engine: PlainEngine) -> None:
    assert largest_campaigns(home, engine)["month"] is None
    assert lines(largest_campaigns(home, engine)) == ["No campaigns yet."]
    assert lines(largest_campaigns(home, engine, "2026-01")) == ["No campaigns in 2026-01."]
    with pytest.raises(UsageError):
        largest_campaigns(home, engine, "2026-13")


def test_rows_that_a_newer_run_replaced_go_when_files_are_put_together(
    home: Home, engine: PlainEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "FILES", 3)
    for row in window():
        observe(home, [row])
        keep_campaigns(home, now=NOW)
    table = Table.open(home, CAMPAIGN_MEMBERS_LAYOUT)
    assert len(table.files()) < 4
    assert table.count() < 2 * len(window())
    assert {campaign for _, campaign in members(home).values()} == {
        "arrival-0000",
        "arrival-0020",
        "arrival-0030",
    }
    assert largest_campaigns(home, engine)["campaigns"][0]["id"] == "arrival-0000"


def test_a_reported_mail_that_calls_its_reporter_by_name_gives_no_wording(
    home: Home, engine: PlainEngine
) -> None:
    called = "Dear Hanako Yamada, your prize is waiting"
    told = [mail(n, text_of(1), day(1, 1 + n), subject=called, channel="report") for n in range(4)]
    caught = [
        mail(10 + n, text_of(2), day(2, 1 + n), subject=said, channel=channel)
        for n, (said, channel) in enumerate(
            [(called, "report"), ("Prize 1", "monitor"), ("Prize 1", "monitor")]
        )
    ]
    observe(home, [*told, *caught])
    keep_campaigns(home, now=NOW)
    told_of = [
        largest_campaigns(home, engine, month)["campaigns"][0]["subject"] for month in ("2026-01", "2026-02")
    ]
    assert told_of == ["", "Prize 1"]


def test_where_subjects_have_nothing_in_common_the_one_that_three_mails_bear_is_told(
    home: Home, engine: PlainEngine
) -> None:
    bearing = [["Prize", "Prize", "Prize", "当選"], ["Prize", "Prize", "当選", "当選"]]
    for month, subjects in enumerate(bearing, start=1):
        observe(
            home,
            [
                mail(100 * month + number, text_of(month), day(month, 1 + number), subject=subject)
                for number, subject in enumerate(subjects)
            ],
        )
    keep_campaigns(home, now=NOW)
    told_of = [
        largest_campaigns(home, engine, month)["campaigns"][0]["subject"] for month in ("2026-01", "2026-02")
    ]
    assert told_of == ["Prize", "…"]

"""Observations made while mail was taken in: the follower takes them, in its order, and has the rest analysed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing

import pyarrow as pa
from plain_analysis import PlainEngine, mails, observe_plainly

from meyasubako.engines.ahead import Ahead
from meyasubako.engines.follower import Follower
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.engines.rollups import FACTS, ROLLUPS
from meyasubako.tables import ARRIVALS_LAYOUT, EVIDENCE_LAYOUT, Home
from meyasubako.tables.table import Table


class CountingEngine(PlainEngine):
    """Counts the arrivals that it was asked to analyse."""

    def __init__(self) -> None:
        super().__init__()
        self.analysed = 0

    def analyse(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for rows in super().analyse(batches):
            self.analysed += rows.num_rows
            yield rows


def seen(arrivals: pa.RecordBatch, evidence: pa.RecordBatch) -> pa.RecordBatch:
    return observe_plainly(arrivals.append_column("raw", evidence.column("raw")))


def observed(home: Home) -> list[dict[str, object]]:
    table = Table.open(home, OBSERVATIONS_LAYOUT)
    columns = ["arrival_id", "sha256", "first_of_bytes", "size"]
    return [row for batch in table.scan(columns) for row in batch.to_pylist()]


def test_what_is_held_is_not_analysed_again_and_keeps_its_place(home: Home) -> None:
    engine = CountingEngine()
    with closing(Follower(home, engine)) as follower:
        arrivals, evidence = Table.open(home, ARRIVALS_LAYOUT), Table.open(home, EVIDENCE_LAYOUT)
        ids: list[str] = []
        for commit in range(6):
            rows, raws = mails(commit % 3 * 10, commit % 3 * 10 + 10)
            evidence.append(raws)
            arrivals.append(rows)
            ids += rows.column("arrival_id").to_pylist()
            if commit in {0, 3, 4}:
                follower.ahead.hold(seen(rows, raws))
        assert follower.ahead.rows == 30
        followed = follower.step()
        assert (followed.observed, engine.analysed) == (60, 30)
        assert (follower.ahead.rows, follower.ahead.bytes) == (0, 0)
    rows_there = observed(home)
    assert sorted(str(row["arrival_id"]) for row in rows_there) == sorted(ids)
    firsts = {row["arrival_id"] for row in rows_there if row["first_of_bytes"]}
    assert firsts == set(ids[:30]), "the first commit of the same bytes, whoever observed it"
    counts = {
        rollup.name: sum(
            sum(batch.column("mails").to_pylist())
            for batch in Table.open(home, rollup.layout).scan(["mails"])
        )
        for rollup in ROLLUPS
        if rollup.only is None and rollup.source == FACTS
    }
    assert set(counts.values()) == {60}


def test_roll_ups_wait_for_keep(home: Home) -> None:
    rows, raws = mails(0, 10)
    Table.open(home, EVIDENCE_LAYOUT).append(raws)
    Table.open(home, ARRIVALS_LAYOUT).append(rows)
    with closing(Follower(home, CountingEngine())) as follower:
        follower.ahead.hold(seen(rows, raws))
        assert follower.observe().observed == 10
        daily = follower.rollups.tables["daily_mails"]
        daily.refresh()
        assert daily.count() == 0
        follower.keep()
        daily.refresh()
        assert daily.count() > 0


def test_what_was_held_dies_with_its_process_and_nothing_is_lost(home: Home) -> None:
    rows, raws = mails(0, 10)
    Table.open(home, EVIDENCE_LAYOUT).append(raws)
    Table.open(home, ARRIVALS_LAYOUT).append(rows)
    with closing(Follower(home, CountingEngine())) as dying:
        dying.ahead.hold(seen(rows, raws))
    engine = CountingEngine()
    with closing(Follower(home, engine)) as follower:
        assert follower.step().observed == 10
    assert engine.analysed == 10
    assert len(observed(home)) == 10


def test_only_all_of_the_arrivals_asked_for_are_given() -> None:
    ahead = Ahead()
    first, second = (seen(*mails(start, start + 6)) for start in (0, 6))
    ahead.hold(first)
    ahead.hold(second)
    ids = second.column("arrival_id")
    assert ahead.of(ids) == second
    assert ahead.of(ids.slice(2, 3)) == second.slice(2, 3)
    some = ids.take(pa.array([5, 1]))
    taken = ahead.of(some)
    assert taken is not None
    assert taken.column("arrival_id") == some
    assert ahead.of(pa.concat_arrays([ids, first.column("arrival_id")])) is None
    ahead.clear()
    assert ahead.of(ids) is None

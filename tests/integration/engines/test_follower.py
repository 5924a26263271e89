"""The follower on real tables: every arrival once, whatever happens in between."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import plain_analysis
import pyarrow as pa
import pytest
from plain_analysis import PlainEngine, arrival, arrival_rows, evidence_rows, follow_plainly, mails, raw_mail

from meyasubako.engines.figures import figures
from meyasubako.engines.follower import (
    FOLLOWER_APP,
    FOLLOWER_LEASE,
    Follower,
    follow_once,
)
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.engines.rollups import FACTS, ROLLUPS
from meyasubako.errors import StorageError, UnavailableError
from meyasubako.tables import ARRIVALS_LAYOUT, EVIDENCE_LAYOUT, Home
from meyasubako.tables.compaction import compact, vacuum
from meyasubako.tables.leases import exclusive
from meyasubako.tables.table import AppTransaction, Table
from meyasubako.tables.unique import ArchiveWriter

ROUNDS = 4


def fill(home: Home, commits: int, rows: int, *, start: int = 0) -> list[str]:
    """Arrivals in so many commits; their ids."""
    arrivals, evidence = Table.open(home, ARRIVALS_LAYOUT), Table.open(home, EVIDENCE_LAYOUT)
    ids: list[str] = []
    for commit in range(commits):
        batch, raws = mails(start + commit * rows, start + (commit + 1) * rows)
        evidence.append(raws)
        arrivals.append(batch)
        ids += batch.column("arrival_id").to_pylist()
    return ids


def observed(home: Home) -> pa.Table:
    return pa.Table.from_batches(Table.open(home, OBSERVATIONS_LAYOUT).scan(), OBSERVATIONS_LAYOUT.schema)


def counted(home: Home) -> dict[str, int]:
    """Mails in each roll-up that takes every fact."""
    found = {}
    for rollup in ROLLUPS:
        if rollup.only is None and rollup.source == FACTS:
            batches = Table.open(home, rollup.layout).scan(["mails"])
            found[rollup.name] = sum(sum(batch.column("mails").to_pylist()) for batch in batches)
    return found


def assert_once(home: Home, ids: list[str]) -> None:
    rows = observed(home)
    assert sorted(rows["arrival_id"].to_pylist()) == sorted(ids)
    hashes = rows["sha256"].to_pylist()
    firsts = rows.filter(rows["first_of_bytes"])["sha256"].to_pylist()
    assert sorted(firsts) == sorted(set(hashes))
    assert set(counted(home).values()) == {len(ids)}


def test_every_arrival_is_observed_once(home: Home, engine: PlainEngine) -> None:
    ids = fill(home, 3, 40)
    assert follow_once(home, engine).observed == 120
    assert follow_once(home, engine).observed == 0
    ids += fill(home, 2, 40, start=100)
    assert follow_once(home, engine).observed == 80
    assert_once(home, ids)


def test_bytes_are_joined_whatever_order_and_file_they_lie_in(home: Home, engine: PlainEngine) -> None:
    raws = [raw_mail(number, asn=64496 + number) for number in range(50)]
    evidence = Table.open(home, EVIDENCE_LAYOUT)
    for start in range(0, 50, 10):
        evidence.append(evidence_rows(raws[start : start + 10]))
    compact(home, evidence)
    evidence.append(evidence_rows([b"999|||", raws[0]]))
    Table.open(home, ARRIVALS_LAYOUT).append(
        arrival_rows(arrival(raw) for raw in [*raws[::-1], raws[7], b"999|||"])
    )
    follow_once(home, engine)
    assert sorted(observed(home)["asn"].to_pylist(), key=str) == sorted(
        [*range(64496, 64546), 64503, None], key=str
    )


def test_erased_bytes_are_observed_as_none(home: Home, engine: PlainEngine) -> None:
    ids = fill(home, 1, 3)
    evidence = Table.open(home, EVIDENCE_LAYOUT)
    evidence._delta.update({"raw": "null"})
    follow_once(home, engine)
    assert observed(home)["size"].to_pylist() == [0, 0, 0]
    assert_once(home, ids)


def test_rewritten_arrivals_do_not_come_again(home: Home, engine: PlainEngine) -> None:
    ids = fill(home, 3, 20)
    follow_once(home, engine)
    arrivals = Table.open(home, ARRIVALS_LAYOUT)
    assert compact(home, arrivals).files_before == 3
    assert follow_once(home, engine).observed == 0
    arrivals.refresh()
    arrivals._delta.update({"helo": "null"}, predicate="channel = 'monitor'")
    ids += fill(home, 1, 20, start=60)
    assert follow_once(home, engine).observed == 20
    assert_once(home, ids)


def test_vacuum_leaves_what_a_lagging_follower_needs(home: Home, engine: PlainEngine) -> None:
    ids = fill(home, 3, 20)
    follow_once(home, engine)
    ids += fill(home, 3, 20, start=60)
    arrivals, observations = Table.open(home, ARRIVALS_LAYOUT), Table.open(home, OBSERVATIONS_LAYOUT)
    compact(home, arrivals)
    cursor = observations.transaction_version(FOLLOWER_APP)
    assert cursor == 3
    assert vacuum(home, arrivals, cursors=[cursor], grace=0) == 3
    assert follow_once(home, engine).observed == 60
    assert_once(home, ids)
    assert vacuum(home, arrivals, cursors=[6], grace=0) == 3


def test_a_follower_that_lost_files_says_so(home: Home, engine: PlainEngine) -> None:
    fill(home, 2, 20)
    arrivals = Table.open(home, ARRIVALS_LAYOUT)
    compact(home, arrivals)
    vacuum(home, arrivals, grace=0)
    with pytest.raises(StorageError, match="cannot be read again"):
        follow_once(home, engine)


def test_an_arrival_that_was_observed_is_dropped(home: Home, engine: PlainEngine) -> None:
    batch, raws = mails(0, 10)
    Table.open(home, EVIDENCE_LAYOUT).append(raws)
    arrivals = Table.open(home, ARRIVALS_LAYOUT)
    arrivals.append(batch)
    follow_once(home, engine)
    arrivals.append(batch)
    assert follow_once(home, engine) == (0, 10, 2)
    assert_once(home, batch.column("arrival_id").to_pylist())


def test_a_large_version_is_one_commit_of_several_batches(home: Home, engine: PlainEngine) -> None:
    batch, raws = mails(0, 12_000)
    Table.open(home, EVIDENCE_LAYOUT).append(raws)
    Table.open(home, ARRIVALS_LAYOUT).append(batch)
    assert follow_once(home, engine).observed == 12_000
    observations = Table.open(home, OBSERVATIONS_LAYOUT)
    assert observations.version == 1
    assert len(observations.files()) == 2


def test_a_second_follower_is_refused(home: Home, engine: PlainEngine) -> None:
    fill(home, 1, 5)
    with exclusive(home, FOLLOWER_LEASE), pytest.raises(UnavailableError, match="held by another"):
        follow_once(home, engine, wait=0.05)


def test_a_follower_without_the_lease_cannot_double(home: Home, engine: PlainEngine) -> None:
    """Two followers that both believe to be the one: the later commit is refused, its rows are not stored."""
    ids = fill(home, 1, 10)
    slow = Follower(home, engine)

    def overtaken(batch: pa.RecordBatch) -> pa.RecordBatch:
        if observed(home).num_rows == 0:
            follow_once(home, engine)
        return plain_analysis.observe_plainly(batch)

    class SlowEngine(PlainEngine):
        def analyse(self, batches):  # type: ignore[no-untyped-def]
            yield from map(overtaken, batches)

    slow._engine = SlowEngine()
    with pytest.raises(StorageError, match="another follower committed first"):
        slow.step()
    assert_once(home, ids)


@pytest.mark.parametrize("point", ["before the commit", "after the commit", "between roll-ups"])
def test_crash_points(home: Home, engine: PlainEngine, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    """A follower that stops at a named point; the next one brings everything in order."""
    ids = fill(home, 3, 30)

    class CrashError(Exception):
        pass

    commit, append, seen = Table.commit, Table.append, []

    def crashing_commit(table: Table, files, *, transaction=None, unless=None):  # type: ignore[no-untyped-def]
        if table.name == "observations" and point == "before the commit":
            raise CrashError
        done = commit(table, files, transaction=transaction, unless=unless)
        if table.name == "observations" and point == "after the commit":
            raise CrashError
        return done

    def crashing_append(table: Table, batches, *, transaction=None):  # type: ignore[no-untyped-def]
        seen.append(table.name)
        if len(seen) == 3 and point == "between roll-ups":
            raise CrashError
        return append(table, batches, transaction=transaction)

    with monkeypatch.context() as patch:
        patch.setattr(Table, "commit", crashing_commit)
        patch.setattr(Table, "append", crashing_append)
        with pytest.raises(CrashError):
            follow_once(home, engine)
    ids += fill(home, 1, 30, start=90)
    follow_once(home, engine)
    assert_once(home, ids)
    rolled, direct = figures(home, engine), figures(home, engine, from_observations=True)
    for figure in (*rolled, *direct):
        del figure["provenance"]["versions"]
    assert rolled == direct


@pytest.mark.parametrize("rounds", [ROUNDS, pytest.param(100, marks=pytest.mark.soak)])
def test_killed_at_random_points(home: Home, rounds: int) -> None:
    """kill -9 of the process, round after round: every arrival is observed and counted once all the same."""
    chance = random.Random(20260131)
    script = str(Path(plain_analysis.__file__))
    ids: list[str] = []
    for number in range(rounds):
        ids += fill(home, 4, 400, start=number * 1_600)
        process = subprocess.Popen([sys.executable, script, str(home.path)], stdout=subprocess.DEVNULL)
        before = observed(home).num_rows
        deadline = time.monotonic() + 20
        while not _files_beyond(home, before) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(chance.random() * 0.15)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    follow_plainly(home)
    assert_once(home, ids)


def _files_beyond(home: Home, rows: int) -> bool:
    """Whether the follower has begun: it holds the lease."""
    lock = home.leases / f"{FOLLOWER_LEASE}.lock"
    return rows >= 0 and lock.exists() and lock.stat().st_size > 0


def test_the_index_survives_and_is_rebuilt(home: Home, engine: PlainEngine) -> None:
    ids = fill(home, 2, 20)
    follow_once(home, engine)
    for path in home.indexes.iterdir():
        path.unlink()
    batch = arrival_rows([arrival(raw_mail(3))])
    Table.open(home, ARRIVALS_LAYOUT).append(batch, transaction=AppTransaction("segment", 1))
    follow_once(home, engine)
    assert_once(home, [*ids, *batch.column("arrival_id").to_pylist()])


def test_archives_and_the_follower_together(home: Home, engine: PlainEngine) -> None:
    writer = ArchiveWriter(home)
    first = writer.append(*mails(0, 50, channel="archive", monitor_class=None))
    again = writer.append(*mails(25, 75, channel="archive", monitor_class=None))
    assert (int(first.taken.sum()), int(again.taken.sum())) == (50, 25)
    assert follow_once(home, engine).observed == 75


def test_following_for_ever_sees_what_comes_later(home: Home) -> None:
    """A process that follows until it is told to stop; its lease is free again afterwards."""
    script = (
        "import sys; from plain_analysis import *; from meyasubako.engines.follower import follow_forever;"
    )
    script += "follow_forever(Home.at(sys.argv[1]), PlainEngine())"
    path = str(Path(plain_analysis.__file__).parent)
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(home.path)],
        env={**os.environ, "PYTHONPATH": path},
        stderr=subprocess.DEVNULL,
    )
    try:
        ids: list[str] = []
        for start in (0, 50):
            ids += fill(home, 1, 20, start=start)
            deadline = time.monotonic() + 60
            while observed(home).num_rows < len(ids) and time.monotonic() < deadline:
                time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
    follow_plainly(home)
    assert_once(home, ids)

"""Another generation beside the old: whole or not shown at all, whatever is going on meanwhile."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from plain_analysis import START, PlainEngine, arrival, arrival_rows, mails, observe_plainly, raw_mail

from meyasubako.analysis.context import ROOMS, Context, ContextSpec, code_digest
from meyasubako.engines.campaigns import campaign_months, keep_campaigns
from meyasubako.engines.erasure import erase
from meyasubako.engines.figures import FigureBook, figures
from meyasubako.engines.follower import Follower, follow_once
from meyasubako.engines.generations import Generation, Generations, Span
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.engines.reobserve import Reobserver, reobserve
from meyasubako.engines.upkeep import keep_up
from meyasubako.errors import UnavailableError, UsageError
from meyasubako.tables import ARRIVALS_LAYOUT, EVIDENCE_LAYOUT, Home
from meyasubako.tables.leases import exclusive
from meyasubako.tables.table import AppTransaction, OvertakenError, Table

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ROUNDS = 3


class NewEngine(PlainEngine):
    """An analysis that has learnt something: every mail is from Brazil."""

    country = "BR"

    def analyse(self, batches: Any) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = observe_plainly(batch).to_pylist()
            for row in rows:
                row |= {"country": self.country, "analysis_version": "new"}
            yield pa.RecordBatch.from_pylist(rows, schema=OBSERVATIONS_LAYOUT.schema)


@pytest.fixture
def new_engine() -> Iterator[NewEngine]:
    engine = NewEngine()
    yield engine
    engine.close()


def fill(home: Home, commits: int, rows: int, *, start: int = 0, months: int = 1) -> None:
    for number in range(start, start + commits):
        at = START + timedelta(days=30 * (number % months))
        batch, raws = mails(number * rows, (number + 1) * rows, received_at=at)
        Table.open(home, EVIDENCE_LAYOUT).append(raws)
        Table.open(home, ARRIVALS_LAYOUT).append(batch)


def again(home: Home, engine: PlainEngine, **how: Any) -> Any:
    return reobserve(home, engine, **{"analysis_version": "new", "now": NOW, **how})


def observed(home: Home, generation: int) -> list[dict[str, Any]]:
    rows = pa.Table.from_batches(Table.open(home, OBSERVATIONS_LAYOUT).scan(), OBSERVATIONS_LAYOUT.schema)
    return [row for row in rows.to_pylist() if row["generation"] == generation]


def countries(home: Home, engine: PlainEngine, **how: bool) -> dict[str, tuple[int, dict[str | None, int]]]:
    """Generation and mails by country of each month."""
    return {
        month["month"]: (
            month["provenance"]["generation"],
            {row["country"]: row["mails"] for row in month["countries"]},
        )
        for month in figures(home, engine, **how)
    }


def assert_whole(home: Home, engine: PlainEngine, generation: int, mails_there: int) -> None:
    """The generation has every arrival once, first ones marked, and both ways of counting agree."""
    rows = observed(home, generation)
    arrivals = [
        row for batch in Table.open(home, ARRIVALS_LAYOUT).scan() for row in batch["arrival_id"].to_pylist()
    ]
    assert sorted(row["arrival_id"] for row in rows) == sorted(arrivals)
    assert len(rows) == mails_there
    firsts = sorted(row["sha256"] for row in rows if row["first_of_bytes"])
    assert firsts == sorted({row["sha256"] for row in rows})
    assert countries(home, engine) == countries(home, engine, from_observations=True)
    assert sum(sum(found.values()) for _, found in countries(home, engine).values()) == mails_there


def test_a_new_generation_takes_over_whole(home: Home, engine: PlainEngine, new_engine: NewEngine) -> None:
    fill(home, 3, 20)
    follow_once(home, engine)
    Table.open(home, ARRIVALS_LAYOUT).append(arrival_rows([arrival(raw_mail(3))]))
    follow_once(home, engine)
    assert countries(home, engine) == {"2026-01": (1, {"JP": 61})}
    assert again(home, new_engine) == (2, None, 61)
    assert countries(home, engine) == {"2026-01": (2, {"BR": 61})}
    assert len(observed(home, 1)) == 61
    assert_whole(home, engine, 2, 61)
    found = figures(home, engine)[0]
    assert found["provenance"]["analysis_version"] == "new"


def test_what_arrives_later_is_written_to_it(home: Home, engine: PlainEngine, new_engine: NewEngine) -> None:
    fill(home, 2, 20)
    follow_once(home, engine)
    again(home, new_engine)
    fill(home, 1, 20, start=5)
    assert follow_once(home, engine).observed == 20
    assert countries(home, engine) == {"2026-01": (2, {"BR": 40, "JP": 20})}
    assert_whole(home, engine, 2, 60)
    assert again(home, new_engine) == (3, None, 60)
    assert_whole(home, engine, 3, 60)


def test_it_is_not_shown_before_it_is_complete(
    home: Home, engine: PlainEngine, new_engine: NewEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(home, 2, 20)
    follow_once(home, engine)

    class StopError(Exception):
        pass

    def stop(_worker: Reobserver, _generation: Generation) -> None:
        raise StopError

    with monkeypatch.context() as patched:
        patched.setattr(Reobserver, "_complete", stop)
        with pytest.raises(StopError):
            again(home, new_engine)
    assert len(observed(home, 2)) == 40
    assert countries(home, engine) == {"2026-01": (1, {"JP": 40})}
    fill(home, 1, 20, start=5)
    follow_once(home, engine)
    assert countries(home, engine) == {"2026-01": (1, {"JP": 60})}
    assert again(home, new_engine) == (2, None, 20)
    assert_whole(home, engine, 2, 60)


def test_another_analysis_begins_anew(home: Home, engine: PlainEngine, new_engine: NewEngine) -> None:
    fill(home, 1, 20)
    follow_once(home, engine)
    worker = Reobserver(home, new_engine, None)
    assert worker.begin(None, "newer", NOW).generation == 2
    assert worker.begin(None, "newer", NOW).generation == 2
    assert again(home, new_engine) == (3, None, 20)
    assert countries(home, engine) == {"2026-01": (3, {"BR": 20})}


def test_from_a_month_on(home: Home, engine: PlainEngine, new_engine: NewEngine) -> None:
    fill(home, 6, 10, months=3)
    follow_once(home, engine)
    keep_campaigns(home, now=NOW)
    assert again(home, new_engine, since="2026-03") == (2, "2026-03", 40)
    wanted = {"2026-01": (1, {"JP": 20}), "2026-03": (2, {"BR": 20}), "2026-04": (2, {"BR": 20})}
    assert countries(home, engine) == wanted
    assert countries(home, engine, from_observations=True) == wanted
    book = FigureBook(home, engine)
    assert [
        month["provenance"]["generation"] for month in (*book.months("2026-01"), *book.months("2026-04"))
    ] == [1, 2]
    fill(home, 6, 10, start=6, months=3)
    follow_once(home, engine)
    assert countries(home, engine)["2026-01"] == (1, {"JP": 40})
    assert countries(home, engine)["2026-04"] == (2, {"BR": 20, "JP": 20})
    with pytest.raises(UsageError, match="not a month"):
        again(home, new_engine, since="2026")


def test_spans_cover_every_month_once(home: Home, engine: PlainEngine) -> None:
    fill(home, 1, 1)
    follow_once(home, engine)
    table = Table.open(home, OBSERVATIONS_LAYOUT)
    generations = Generations(home, table)
    for number, since, complete in (
        (2, None, True),
        (3, "2026-03", True),
        (4, "2026-01", False),
        (5, "2026-05", True),
    ):
        generations.begin(Generation(number, since, "x", NOW))
        if complete:
            assert table.try_commit((), AppTransaction(f"generation-{number}", 1))
    generations.refresh()
    assert generations.spans() == (
        Span("0000-00", "2026-02", 2),
        Span("2026-03", "2026-04", 3),
        Span("2026-05", "9999-99", 5),
    )
    assert [generations.of(month) for month in ("1999-12", "2026-04", "2026-05")] == [2, 3, 5]
    assert generations.newest == 5


def test_campaigns_follow(home: Home, engine: PlainEngine, new_engine: NewEngine) -> None:
    class Alike(NewEngine):
        country = "JP"

        def analyse(self, batches: Any) -> Iterator[pa.RecordBatch]:
            for batch in super().analyse(batches):
                place = batch.schema.get_field_index("fingerprint")
                alike = pa.array([bytes(range(128))] * batch.num_rows, pa.binary())
                yield batch.set_column(place, batch.schema.field(place), alike)

    fill(home, 2, 10)
    follow_once(home, engine)
    keep_campaigns(home, now=NOW)
    assert campaign_months(home, engine) == []
    alike = Alike()
    again(home, alike)
    assert campaign_months(home, engine) == []
    keep_campaigns(home, now=NOW)
    assert [(row["month"], row["mails"]) for row in campaign_months(home, engine)] == [("2026-01", 20)]
    assert keep_campaigns(home, now=NOW).months == ()


def test_erased_mails_keep_what_is_left_of_them(
    home: Home, engine: PlainEngine, new_engine: NewEngine
) -> None:
    fill(home, 1, 10)
    follow_once(home, engine)
    sha256 = hashlib.sha256(raw_mail(4)).hexdigest()
    erase(home, sha256=sha256, reason="asked", by="a", now=NOW)
    assert again(home, new_engine).observed == 10
    assert countries(home, engine) == {"2026-01": (2, {"BR": 9, "JP": 1})}
    assert_whole(home, engine, 2, 10)
    erase(home, sha256=hashlib.sha256(raw_mail(5)).hexdigest(), reason="asked", by="a", now=NOW)
    assert {row["defects"][0]["code"] for one in (1, 2) for row in observed(home, one) if row["defects"]} == {
        "erased"
    }


def test_it_runs_beside_a_follower(home: Home, engine: PlainEngine, new_engine: NewEngine) -> None:
    fill(home, 4, 200)
    follow_once(home, engine)
    stop = threading.Event()

    def following() -> int:
        own, number = PlainEngine(), 4
        while not stop.is_set():
            fill(home, 1, 20, start=10 * number)
            number += 1
            follow_once(home, own)
            time.sleep(0.01)
        own.close()
        return (number - 4) * 20

    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(following)
        try:
            for _ in range(3):
                again(home, new_engine)
        finally:
            stop.set()
        arrived = beside.result()
    follow_once(home, engine)
    keep_up(home, grace=0)
    assert_whole(home, engine, 4, 800 + arrived)


def test_a_follower_that_missed_the_change_is_refused(
    home: Home, engine: PlainEngine, new_engine: NewEngine
) -> None:
    """Where leases do not hold (another machine), the transaction does."""
    fill(home, 1, 20)
    follow_once(home, engine)
    fill(home, 1, 20, start=3)

    class SlowEngine(PlainEngine):
        def analyse(self, batches: Any) -> Iterator[pa.RecordBatch]:
            for seen in super().analyse(batches):
                table = Table.open(home, OBSERVATIONS_LAYOUT)
                Generations(home, table).begin(Generation(2, None, "x", NOW))
                table.try_commit((), AppTransaction("generation", 2), AppTransaction("generation-2", 1))
                yield seen

    with pytest.raises(OvertakenError, match="beyond 1"):
        Follower(home, SlowEngine()).step()
    assert len(observed(home, 1)) == 20
    assert follow_once(home, engine).observed == 20
    assert len(observed(home, 2)) == 20


def test_one_at_a_time(home: Home, new_engine: NewEngine) -> None:
    with exclusive(home, "reobserve"), pytest.raises(UnavailableError, match="held by another"):
        again(home, new_engine)


def wait_for_commits(home: Home, process: subprocess.Popen[bytes], commits: int) -> None:
    """Return when the process made so many commits of generation 2, or ended."""
    table = Table.open(home, OBSERVATIONS_LAYOUT)
    before = table.transaction_version("reobserve-2") or 0
    while process.poll() is None and (table.transaction_version("reobserve-2") or 0) < before + commits:
        time.sleep(0.01)
        table.refresh()


def test_killed_anywhere_it_goes_on(home: Home, engine: PlainEngine, new_engine: NewEngine) -> None:
    fill(home, 4, 8_000)
    follow_once(home, engine)
    chance = random.Random(7)
    done: list[int] = []
    for _ in range(ROUNDS):
        process = subprocess.Popen([sys.executable, str(Path(__file__)), str(home.path)], env=os.environ)
        wait_for_commits(home, process, 1)
        time.sleep(chance.random() * 0.2)
        process.send_signal(signal.SIGKILL)
        process.wait()
        done.append(len(observed(home, 2)))
        generation, found = countries(home, engine)["2026-01"]
        assert (generation, found) in ((1, {"JP": 32_000}), (2, {"BR": 32_000}))
    assert done == sorted(done)
    assert any(done)
    if countries(home, engine)["2026-01"][0] == 1:
        assert again(home, new_engine) == (2, None, 32_000 - done[-1])
    assert_whole(home, engine, 2, 32_000)


def test_the_version_of_an_analysis_names_its_code() -> None:
    version = Context(ContextSpec()).analysis_version
    assert f"-{code_digest()} law=" in version
    assert {"mail", "origin", "sender", "law", "campaigns", "analysis"} == set(ROOMS)


if __name__ == "__main__":
    reobserve(Home.at(sys.argv[1]), NewEngine(), analysis_version="new", now=NOW)

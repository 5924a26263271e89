"""The engine contract, held by the local engine with the real analysis, in this process and in workers."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta

import pyarrow as pa
import pytest
from plain_analysis import START, arrival, arrival_rows

from meyasubako.analysis.schema import OBSERVATIONS
from meyasubako.engines.local import WINDOW, LocalEngine
from meyasubako.errors import StorageError

MAIL = b"""\
Received: from mail.example.com ([192.0.2.7]) by mx.example.jp with ESMTP; Sat, 31 Jan 2026 21:00:00 +0900
From: Shop <shop@example.com>
To: someone@example.jp
Subject: number %d
Date: Sat, 31 Jan 2026 21:00:00 +0900
Message-ID: <%d@example.com>

Come and see https://shop.example.com/ today.
"""


def batch(first: int, last: int) -> pa.RecordBatch:
    raws = [MAIL % (number, number) for number in range(first, last)]
    rows = arrival_rows(arrival(raw, received_at=START + timedelta(hours=1)) for raw in raws)
    return rows.append_column("raw", pa.array(raws, pa.binary()))


@pytest.fixture(params=[1, 2])
def engine(request: pytest.FixtureRequest) -> Iterator[LocalEngine]:
    engine = LocalEngine(workers=request.param)
    yield engine
    engine.close()


def test_one_batch_out_for_one_in_and_in_order(engine: LocalEngine) -> None:
    batches = [batch(number, number + 3) for number in range(0, 60, 3)]
    found = list(engine.analyse(batches))
    assert all(rows.schema.equals(OBSERVATIONS) for rows in found)
    assert [rows.column("subject").to_pylist() for rows in found] == [
        [f"number {number + step}" for step in range(3)] for number in range(0, 60, 3)
    ]
    assert list(engine.analyse([])) == []


def test_batches_are_drawn_only_a_little_ahead(engine: LocalEngine) -> None:
    drawn = 0

    def source() -> Iterator[pa.RecordBatch]:
        nonlocal drawn
        for number in range(50):
            drawn += 1
            yield batch(number, number + 1)

    results = engine.analyse(source())
    next(results)
    assert drawn <= WINDOW * 2 + 1
    assert sum(1 for _ in results) == 49


def test_erased_bytes_are_an_observation(engine: LocalEngine) -> None:
    rows = batch(0, 2)
    erased = rows.set_column(rows.schema.get_field_index("raw"), "raw", pa.nulls(2, pa.binary()))
    (found,) = engine.analyse([erased])
    assert found.column("arrival_id").to_pylist() == rows.column("arrival_id").to_pylist()
    assert found.column("size").to_pylist() == [0, 0]


def test_a_killed_worker_costs_nothing() -> None:
    engine = LocalEngine(workers=2)
    try:
        results = engine.analyse(batch(number, number + 1) for number in range(30))
        found = [next(results)]
        assert engine._pool is not None
        os.kill(next(iter(engine._pool._processes)), signal.SIGKILL)
        found += results
        assert [rows.column("subject")[0].as_py() for rows in found] == [
            f"number {number}" for number in range(30)
        ]
    finally:
        engine.close()


def test_workers_killed_between_two_batches_cost_nothing() -> None:
    engine = LocalEngine(workers=2)
    try:
        results = engine.analyse(batch(number, number + 1) for number in range(30))
        found = [next(results)]
        pool = engine._pool
        assert pool is not None
        for process in list(pool._processes):
            os.kill(process, signal.SIGKILL)
        patience = time.monotonic() + 20
        while not pool._broken and time.monotonic() < patience:
            time.sleep(0.01)
        assert pool._broken
        found += results
        assert [rows.column("subject")[0].as_py() for rows in found] == [
            f"number {number}" for number in range(30)
        ]
    finally:
        engine.close()


def test_workers_that_keep_dying_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = LocalEngine(workers=2)

    def submit_and_kill(task, stream: bytes):  # type: ignore[no-untyped-def]
        future = LocalEngine._submit(engine, task, stream)
        for process in list(engine._pool._processes):
            os.kill(process, signal.SIGKILL)
        return future

    try:
        monkeypatch.setattr(engine, "_submit", submit_and_kill)
        with pytest.raises(StorageError, match="keep dying"):
            list(engine.analyse([batch(0, 1)]))
    finally:
        engine.close()


def test_queries_take_values_and_views(engine: LocalEngine, tmp_path) -> None:  # type: ignore[no-untyped-def]
    import pyarrow.parquet as pq

    path = tmp_path / "it's.parquet"
    pq.write_table(pa.table({"month": ["2026-01", "2026-02"], "mails": [3, 4]}), path)
    rows = engine.query(
        "SELECT month, CAST(SUM(mails) AS BIGINT) AS mails FROM seen WHERE month >= :first GROUP BY month ORDER BY month",
        {"seen": "SELECT month, mails + 1 AS mails FROM plain"},
        {"plain": [str(path)]},
        {"first": "2026-02", "unused": 1},
    )
    assert rows == [{"month": "2026-02", "mails": 5}]

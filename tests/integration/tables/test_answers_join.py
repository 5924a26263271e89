"""Answers of the DNS beside arrivals: each arrival its own, null where nothing was asked, orphans asked for by nobody."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meyasubako.tables import ARRIVALS, Home
from meyasubako.tables.answers import ANSWERS, AnswersJoin
from meyasubako.tables.schema import DNS_ANSWERS, DNS_ANSWERS_LAYOUT
from meyasubako.tables.table import Table

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def arrivals(*ids: str) -> pa.RecordBatch:
    rows = [
        {
            "arrival_id": one,
            "sha256": "00",
            "received_at": NOW,
            "received_at_source": "clock",
            "month": "2026-11",
            "channel": "archive",
        }
        for one in ids
    ]
    return pa.RecordBatch.from_pylist(rows, schema=ARRIVALS)


def answers(*rows: tuple[str, str]) -> pa.RecordBatch:
    full: list[dict[str, Any]] = [
        {
            "arrival_id": arrival,
            "name": name,
            "type": "TXT",
            "rcode": "NOERROR",
            "records": [f"text of {name}"],
            "ttl": 60,
            "asked_at": NOW,
            "resolver": "192.0.2.1",
        }
        for arrival, name in rows
    ]
    return pa.RecordBatch.from_pylist(full, schema=DNS_ANSWERS)


def test_a_home_where_nothing_was_asked_has_no_table_and_no_column(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    batch = arrivals("a", "b")
    assert AnswersJoin(home).beside(batch) is batch
    assert not (tmp_path / "tables" / "dns_answers").exists()


def test_each_arrival_gets_its_own_answers_in_their_order(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    table = Table.open(home, DNS_ANSWERS_LAYOUT)
    table.append(answers(("b", "1.example"), ("a", "2.example"), ("b", "3.example"), ("orphan", "4.example")))
    join = AnswersJoin(home)
    table.append(answers(("d", "5.example")))
    joined = join.beside(arrivals("c", "b", "d", "a"))
    assert joined.schema.field("answers").type == ANSWERS
    found = joined.column("answers").to_pylist()
    assert [one and [row["name"] for row in one] for one in found] == [
        None,
        ["1.example", "3.example"],
        ["5.example"],
        ["2.example"],
    ]
    assert found[3] == [
        {
            "name": "2.example",
            "type": "TXT",
            "rcode": "NOERROR",
            "records": ["text of 2.example"],
            "ttl": 60,
        }
    ]
    assert join.beside(arrivals("x", "y")).column("answers").to_pylist() == [None, None]


def test_only_files_that_can_hold_the_arrivals_are_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home.at(tmp_path)
    table = Table.open(home, DNS_ANSWERS_LAYOUT)
    for number in range(5):
        table.append(answers((f"{number}a", "1.example"), (f"{number}b", "2.example")))
    opened: list[str] = []
    read = pq.read_table

    def watching(paths: list[str], **how: Any) -> pa.Table:
        opened.extend(paths)
        return read(paths, **how)

    monkeypatch.setattr(pq, "read_table", watching)
    assert AnswersJoin(home).beside(arrivals("3b", "3a")).column("answers").null_count == 0
    assert len(opened) == 1

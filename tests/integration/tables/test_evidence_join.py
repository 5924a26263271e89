"""Joining bytes to arrivals: any order, any file, and hashes made to look alike."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from meyasubako.tables import EVIDENCE, EVIDENCE_LAYOUT, Home
from meyasubako.tables.bytes import PIECE_ROWS, EvidenceJoin
from meyasubako.tables.compaction import compact
from meyasubako.tables.table import Table

NOW = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


def evidence(rows: dict[str, bytes | None]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(
        [
            {"sha256": key, "raw": raw, "size": len(raw or b""), "first_seen": NOW}
            for key, raw in rows.items()
        ],
        schema=EVIDENCE,
    )


def joined(home: Home, hashes: list[str]) -> list[bytes | None]:
    pieces = list(EvidenceJoin(home).pieces(pa.RecordBatch.from_pydict({"sha256": hashes})))
    assert all(piece.num_rows <= PIECE_ROWS for piece in pieces)
    assert [key for piece in pieces for key in piece.column("sha256").to_pylist()] == hashes
    return [raw for piece in pieces for raw in piece.column("raw").to_pylist()]


def test_any_order_and_any_file(home: Home) -> None:
    chance = random.Random(1)
    table = Table.open(home, EVIDENCE_LAYOUT)
    held: dict[str, bytes | None] = {}
    for number in range(5):
        rows: dict[str, bytes | None] = {
            chance.randbytes(32).hex(): chance.randbytes(50) for _ in range(1_300)
        }
        rows[chance.randbytes(32).hex()] = None
        table.append(evidence(rows))
        held |= rows
        if number == 2:
            compact(home, table)
    wanted = [*held, *chance.sample(sorted(held), 200), chance.randbytes(32).hex()]
    chance.shuffle(wanted)
    assert joined(home, wanted) == [held.get(key) for key in wanted]


def test_hashes_that_share_their_first_64_bits_are_told_apart(home: Home) -> None:
    start = "ab" * 8
    rows: dict[str, bytes | None] = {start + "00" * 24: b"one", start + "11" * 24: b"two"}
    table = Table.open(home, EVIDENCE_LAYOUT)
    for key, raw in rows.items():
        table.append(evidence({key: raw}))
    assert joined(home, [*rows, start + "22" * 24]) == [b"one", b"two", None]


def test_large_mails_come_alone(home: Home) -> None:
    rows: dict[str, bytes | None] = {f"{number:064x}": bytes([number]) * 3_000_000 for number in range(4)}
    Table.open(home, EVIDENCE_LAYOUT).append(evidence(rows))
    pieces = list(EvidenceJoin(home).pieces(pa.RecordBatch.from_pydict({"sha256": list(rows)})))
    assert [piece.num_rows for piece in pieces] == [2, 2]
    assert joined(home, list(rows)) == list(rows.values())


def test_nothing_asked(home: Home) -> None:
    assert (
        list(EvidenceJoin(home).pieces(pa.RecordBatch.from_pydict({"sha256": pa.array([], pa.string())})))
        == []
    )

"""Counts of attempts at addresses that never existed: what a line says, and that a flood stays small."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from meyasubako.errors import StorageError
from meyasubako.receivers import unknown
from meyasubako.receivers.unknown import Tally

NOW = datetime(2026, 11, 24, 3, 59, 59, tzinfo=UTC)


def attempt(tally: Tally, address: str, now: datetime = NOW, sender: str = "Bulk@Spam.example") -> None:
    tally.add(address, client_ip="192.0.2.9", helo="ホスト", envelope_from=sender, now=now)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(folder.iterdir()) for line in path.read_bytes().splitlines()]


def test_a_line_is_a_source_an_address_and_a_count(tmp_path: Path) -> None:
    tally = Tally(tmp_path)
    for _ in range(3):
        attempt(tally, "Abc123@Decoy.example")
    tally.write(tally.take(), NOW)
    (path,) = tmp_path.iterdir()
    assert path.name.startswith("2026-11-24T03Z.")
    assert lines(tmp_path) == [
        {"hour": "2026-11-24T03:00:00Z", "client_ip": "192.0.2.9", "helo": "ホスト", "from_domain": "spam.example",
         "domain": "decoy.example", "local_part": "abc123", "count": 3}
    ]  # fmt: skip


def test_hours_are_files_and_writes_are_appended(tmp_path: Path) -> None:
    tally = Tally(tmp_path)
    for minutes in (0, 0, 1):
        attempt(tally, "a@decoy.example", NOW + timedelta(minutes=minutes), sender="")
        tally.write(tally.take(), NOW)
    assert [row["count"] for row in lines(tmp_path)] == [1, 1, 1]
    assert len(list(tmp_path.iterdir())) == 2
    assert lines(tmp_path)[0]["from_domain"] is None


def test_a_flood_of_names_is_summed_by_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unknown, "HELD", 10)
    tally = Tally(tmp_path)
    for number in range(1_000):
        attempt(tally, f"name{number}@decoy.example")
    tally.write(tally.take(), NOW)
    rows = lines(tmp_path)
    assert len(rows) == 11
    assert rows[-1]["local_part"] is None
    assert sum(row["count"] for row in rows) == 1_000


def test_a_large_file_tells_names_no_longer_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unknown, "FILE_BYTES", 50)
    tally = Tally(tmp_path)
    for number in range(2):
        attempt(tally, f"name{number}@decoy.example")
        tally.write(tally.take(), NOW)
    assert [row["local_part"] for row in lines(tmp_path)] == ["name0", None]


def test_old_files_and_the_oldest_of_too_many_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("2026-01-01T00Z.x.jsonl", "2026-11-20T00Z.x.jsonl", "2026-11-21T00Z.x.jsonl"):
        (tmp_path / name).write_bytes(b"x" * 100)
    tally = Tally(tmp_path)
    tally.write(tally.take(), NOW)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        "2026-11-20T00Z.x.jsonl",
        "2026-11-21T00Z.x.jsonl",
    ]
    monkeypatch.setattr(unknown, "FOLDER_BYTES", 150)
    tally.write(tally.take(), NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["2026-11-21T00Z.x.jsonl"]


def test_a_folder_that_is_gone_is_a_storage_error(tmp_path: Path) -> None:
    tally = Tally(tmp_path / "gone")
    attempt(tally, "a@decoy.example")
    with pytest.raises(StorageError):
        tally.write(tally.take(), NOW)

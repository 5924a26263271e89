"""Mails into the tables: rows as the schemas want them, duplicates counted, reports their own."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from meyasubako.engines.local import LocalEngine
from meyasubako.errors import StorageError
from meyasubako.receivers import batch
from meyasubako.receivers.archives import Mail, Unreadable
from meyasubako.receivers.batch import Intake
from meyasubako.receivers.ingest import ingest
from meyasubako.receivers.taking import Taken, Taking
from meyasubako.tables.home import Home
from meyasubako.tables.schema import ARRIVALS_LAYOUT, EVIDENCE_LAYOUT, Layout
from meyasubako.tables.table import Table
from meyasubako.tables.unique import ArchiveWriter

GIVEN = datetime(2026, 1, 31, 15, tzinfo=UTC)
MAILS = [Mail(f"a.tar!{number}", b"Subject: %d\n\n" % number) for number in range(25)]


def run(home: Path, found: Iterable[Mail | Unreadable], intake: Intake, **options: Any) -> Taken:
    with closing(ArchiveWriter(Home.at(home))) as writer, closing(LocalEngine(workers=1)) as engine:
        taking = Taking(writer, engine, given=GIVEN, **options)
        taking.take(found, intake)
        return taking.result


def rows(home: Path, layout: Layout) -> list[dict[str, Any]]:
    return [row for piece in Table.open(Home.at(home), layout).scan() for row in piece.to_pylist()]


def test_rows_of_arrivals_and_evidence(tmp_path: Path) -> None:
    run(tmp_path, [MAILS[0]], Intake("monitor", "k", "mobile", "Example"))
    (arrival,) = rows(tmp_path, ARRIVALS_LAYOUT)
    digest = hashlib.sha256(MAILS[0].raw).hexdigest()
    assert len(arrival.pop("arrival_id")) == 36
    assert {name: value for name, value in arrival.items() if value is not None} == {
        "sha256": digest,
        "received_at": GIVEN,
        "received_at_source": "given",
        "month": "2026-02",
        "channel": "monitor",
        "monitor": "k",
        "monitor_class": "mobile",
        "carrier": "Example",
        "origin_path": "a.tar!0",
    }
    evidence = {"sha256": digest, "raw": MAILS[0].raw, "size": len(MAILS[0].raw), "first_seen": GIVEN}
    assert rows(tmp_path, EVIDENCE_LAYOUT) == [evidence]


def test_batches_duplicates_and_what_is_no_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "BATCH_ROWS", 7)
    seen: list[tuple[int, int]] = []
    found = [*MAILS, Unreadable("b", "empty"), *MAILS[:5]]
    intake = Intake("archive", None, None, None)
    first = run(
        tmp_path, found, intake, on_commit=lambda so_far: seen.append((so_far.taken, so_far.duplicate))
    )
    assert (first.taken, first.duplicate, first.unreadable) == (25, 5, [Unreadable("b", "empty")])
    assert len(seen) == 5
    assert seen == sorted(seen)
    again = run(tmp_path, found, intake)
    assert (again.taken, again.duplicate) == (0, 30)
    assert again.version == first.version
    ids = [row["arrival_id"] for row in rows(tmp_path, ARRIVALS_LAYOUT)]
    assert len(set(ids)) == 25


def test_the_same_bytes_of_another_monitor_are_another_arrival(tmp_path: Path) -> None:
    for monitor in ("a", "b", "a"):
        run(tmp_path, list(MAILS[:2]), Intake("monitor", monitor, "pc", None))
    assert len(rows(tmp_path, ARRIVALS_LAYOUT)) == 4
    assert len(rows(tmp_path, EVIDENCE_LAYOUT)) == 2


def test_each_mail_of_channel_report_is_a_report_unless_said(tmp_path: Path) -> None:
    run(tmp_path, list(MAILS[:3]), Intake("report", None, None, None))
    assert all(row["report_id"] == row["arrival_id"] for row in rows(tmp_path, ARRIVALS_LAYOUT))
    run(tmp_path, list(MAILS[3:5]), Intake("report", None, None, None, report_id="R-1"))
    assert sorted(row["report_id"] for row in rows(tmp_path, ARRIVALS_LAYOUT))[-2:] == ["R-1", "R-1"]


def test_what_was_committed_stays_when_reading_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "BATCH_ROWS", 5)

    def broken() -> Iterator[Mail]:
        yield from MAILS[:13]
        raise RuntimeError("the disk is gone")

    with pytest.raises(RuntimeError):
        run(tmp_path, broken(), Intake("archive", None, None, None))
    assert len(rows(tmp_path, ARRIVALS_LAYOUT)) == 10


def test_after_a_commit_that_failed_none_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes of a mail may stand in the batch that failed: an arrival of the next one would be without."""
    monkeypatch.setattr(batch, "BATCH_ROWS", 5)
    append, calls = ArchiveWriter.arrivals_append, 0

    def refuse_the_second(self: ArchiveWriter, rows: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise StorageError("arrivals", "no space")
        return append(self, rows)

    monkeypatch.setattr(ArchiveWriter, "arrivals_append", refuse_the_second)
    with pytest.raises(StorageError, match="no space"):
        run(tmp_path, MAILS, Intake("archive", None, None, None))
    assert len(rows(tmp_path, ARRIVALS_LAYOUT)) == 5
    assert calls == 2


def test_the_collector_is_left_as_it_was(tmp_path: Path) -> None:
    before = gc.get_threshold()
    (tmp_path / "mail").write_bytes(MAILS[0].raw + b"From: a@example.com\n")
    ingest([tmp_path / "mail"], home=tmp_path / "home")
    assert gc.get_threshold() == before

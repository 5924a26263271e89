"""Appending, following, compacting and removing on real Delta tables."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meyasubako.errors import StorageError, UnavailableError, UsageError
from meyasubako.tables import ARRIVALS, ARRIVALS_LAYOUT, EVIDENCE, EVIDENCE_LAYOUT, Home
from meyasubako.tables.bytes import EvidenceReader
from meyasubako.tables.compaction import REWRITE_APP, compact, pin, vacuum
from meyasubako.tables.keys import KeyIndex
from meyasubako.tables.leases import reading
from meyasubako.tables.table import AppTransaction, Table
from meyasubako.tables.unique import ArchiveWriter

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


def bytes_of(number: int) -> bytes:
    return b"Subject: %d\r\n\r\n" % number


def arrivals(first: int, last: int, *, month: str = "2026-01") -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(
        [
            {
                "arrival_id": str(uuid.uuid4()),
                "sha256": hashlib.sha256(bytes_of(number)).hexdigest(),
                "received_at": NOW,
                "received_at_source": "ingest",
                "month": month,
                "channel": "archive",
                "origin_path": f"{number}.eml",
            }
            for number in range(first, last)
        ],
        schema=ARRIVALS,
    )


def evidence(first: int, last: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(
        [
            {
                "sha256": hashlib.sha256(bytes_of(number)).hexdigest(),
                "raw": bytes_of(number),
                "size": len(bytes_of(number)),
                "first_seen": NOW,
            }
            for number in range(first, last)
        ],
        schema=EVIDENCE,
    )


def test_a_transaction_is_committed_once(home: Home) -> None:
    table, other = Table.open(home, ARRIVALS_LAYOUT), Table.open(home, ARRIVALS_LAYOUT)
    assert table.append(arrivals(0, 5), transaction=AppTransaction("segment-a", 1)) == (1, 5, False)
    assert other.append(arrivals(0, 5), transaction=AppTransaction("segment-a", 1)) == (1, 0, True)
    assert other.append(arrivals(5, 9), transaction=AppTransaction("segment-b", 1)) == (2, 4, False)
    table.refresh()
    assert table.count() == 9
    assert len(list(table.folder.glob("*.parquet"))) == 2


def test_a_lower_version_of_an_application_is_refused(home: Home) -> None:
    table = Table.open(home, ARRIVALS_LAYOUT)
    table.append(arrivals(0, 5), transaction=AppTransaction("follower", 7))
    assert table.append(arrivals(5, 9), transaction=AppTransaction("follower", 6)).already


def test_a_stale_snapshot_commits_nothing_twice(home: Home) -> None:
    table, stale = Table.open(home, ARRIVALS_LAYOUT), Table.open(home, ARRIVALS_LAYOUT)
    files = stale.write(arrivals(0, 5))
    table.append(arrivals(0, 5), transaction=AppTransaction("segment", 1))
    assert stale.commit(files, transaction=AppTransaction("segment", 1)).already
    assert stale.count() == 5
    assert len(list(table.folder.glob("*.parquet"))) == 1


def test_rows_that_do_not_fit_are_refused_and_leave_nothing(home: Home) -> None:
    table = Table.open(home, ARRIVALS_LAYOUT)
    with pytest.raises(ValueError, match="is missing"):
        table.append(pa.RecordBatch.from_pydict({"arrival_id": ["x"]}))
    assert table.refresh() == 0
    assert list(table.folder.glob("*.parquet")) == []


def _ingest(path: str, first: int, last: int) -> int:
    writer = ArchiveWriter(Home.at(path))
    taken = 0
    for start in range(first, last, 50):
        taken += int(writer.append(arrivals(start, start + 50), evidence(start, start + 50)).taken.sum())
    writer.close()
    return taken


def test_two_ingests_of_one_archive_at_once_do_not_double_it(home: Home) -> None:
    with get_context("spawn").Pool(3) as pool:
        taken = pool.starmap(_ingest, [(str(home.path), 0, 600)] * 3)
    table = Table.open(home, ARRIVALS_LAYOUT)
    hashes = [value for batch in table.scan(["sha256"]) for value in batch.column(0).to_pylist()]
    assert len(hashes) == len(set(hashes)) == sum(taken) == 600
    assert _ingest(str(home.path), 0, 600) == 0


def test_the_same_key_twice_in_one_batch_is_taken_once(home: Home) -> None:
    writer = ArchiveWriter(home)
    twice = pa.Table.from_batches([arrivals(0, 3), arrivals(0, 3)]).combine_chunks().to_batches()[0]
    assert writer.append(twice, evidence(0, 3)).taken.tolist() == [True] * 3 + [False] * 3
    assert writer.known(arrivals(2, 4)).tolist() == [True, False]


def test_the_key_index_follows_rebuilds_and_forgets_a_table_made_anew(home: Home) -> None:
    table = Table.open(home, EVIDENCE_LAYOUT)
    index = KeyIndex(home, table, ("sha256",))
    table.append(evidence(0, 50))
    index.refresh()
    index.save()
    again = KeyIndex(home, table, ("sha256",))
    assert again.version == 1
    assert again.known(again.hashes(evidence(25, 75))).tolist() == [True] * 25 + [False] * 25
    table.append(evidence(50, 60))
    again.refresh()
    assert again.known(again.hashes(evidence(50, 70))).tolist() == [True] * 10 + [False] * 10
    for run in home.indexes.glob("*.npy"):
        run.write_bytes(b"torn")
    torn = KeyIndex(home, table, ("sha256",))
    assert torn.version == -1
    compact(home, table)
    vacuum(home, table, grace=0)
    index.refresh()
    torn.refresh()
    for found in (index, torn):
        assert np.count_nonzero(found.known(found.hashes(evidence(0, 80)))) == 60


def test_compaction_sorts_keeps_rows_and_is_not_in_the_feed(home: Home) -> None:
    table = Table.open(home, ARRIVALS_LAYOUT)
    for start in range(0, 50, 10):
        table.append(arrivals(start, start + 10, month=f"2026-0{1 + start // 20}"))
    before = sorted(row["arrival_id"] for batch in table.scan() for row in batch.to_pylist())
    done = compact(home, table)
    assert (done.files_before, done.files_after, done.rows) == (5, 1, 50)
    rows = [row for batch in table.scan() for row in batch.to_pylist()]
    assert sorted(row["arrival_id"] for row in rows) == before
    assert rows == sorted(rows, key=lambda row: (row["month"], row["sha256"]))
    assert [piece.version for piece in table.feed(5)] == []
    assert sum(piece.rows.num_rows for piece in table.feed(0)) == 50
    assert compact(home, table).files_before == 0


def test_of_two_compactions_at_once_one_starts_again(home: Home) -> None:
    table, other = Table.open(home, ARRIVALS_LAYOUT), Table.open(home, ARRIVALS_LAYOUT)
    for start in range(0, 30, 10):
        table.append(arrivals(start, start + 10))
    other.refresh()
    names = [Path(file.path).name for file in other.files()]
    files = other.write(other.scan())
    compact(home, table)
    assert not other.replace(names, files, AppTransaction(REWRITE_APP, 1))
    assert not other.replace(names, files, AppTransaction(REWRITE_APP, 2))
    assert other.count() == 30


def test_appends_go_on_while_files_are_rewritten(home: Home) -> None:
    table, writer = Table.open(home, ARRIVALS_LAYOUT), Table.open(home, ARRIVALS_LAYOUT)
    for start in range(0, 30, 10):
        table.append(arrivals(start, start + 10))
    names = [Path(file.path).name for file in table.files()]
    files = table.write(table.scan())
    writer.append(arrivals(30, 40))
    assert table.replace(names, files, AppTransaction(REWRITE_APP, 1))
    assert table.count() == 40


def test_vacuum_keeps_what_cursors_pins_writers_and_readers_need(home: Home) -> None:
    table = Table.open(home, ARRIVALS_LAYOUT)
    for start in range(0, 40, 10):
        table.append(arrivals(start, start + 10))
    compact(home, table)
    uncommitted = table.write(arrivals(90, 95))
    pin(home, "arrivals", "campaigns", 0)
    assert vacuum(home, table, cursors=[3]) == 0
    pin(home, "arrivals", "campaigns", 1)
    assert vacuum(home, table, cursors=[3]) == 1  # version 1's file; the one never committed is young
    assert (table.folder / uncommitted[0].name).exists()
    assert vacuum(home, table, cursors=[3], grace=0) == 1
    assert sum(piece.rows.num_rows for piece in table.feed(1)) == 30
    with pytest.raises(StorageError, match="cannot be read again"):
        list(table.feed(0))
    with reading(home), pytest.raises(UnavailableError, match="readers"):
        vacuum(home, table, grace=0, wait=0.05)
    pin(home, "arrivals", "campaigns", 9)
    assert vacuum(home, table, cursors=[4], grace=0) == 3
    assert not (table.folder / uncommitted[0].name).exists()


def test_feed_batches_are_bounded(home: Home) -> None:
    table = Table.open(home, EVIDENCE_LAYOUT)
    table.append(evidence(0, 25))
    table.append(evidence(25, 30))
    pieces = list(table.feed(0, max_rows=10))
    assert [(piece.version, piece.rows.num_rows, piece.last) for piece in pieces] == [
        (1, 10, False), (1, 10, False), (1, 5, True), (2, 5, True),
    ]  # fmt: skip
    assert all(piece.rows.num_rows <= 6 for piece in table.feed(0, max_bytes=600))
    assert list(table.feed(2)) == []


def test_what_was_appended_is_read_as_deltas_feed_tells_it(home: Home) -> None:
    """Appended files are read without Delta; every other kind of version is Delta's to tell."""
    table = Table.open(home, ARRIVALS_LAYOUT)
    for start in (0, 10):
        table.append(arrivals(start, start + 10))
    table.commit([], transaction=AppTransaction("segment", 1))
    compact(home, table)
    names = ["arrival_id", "sha256", "received_at", "monitor"]
    schema = pa.schema([ARRIVALS.field(name) for name in names])
    for version in range(1, table.version + 1):
        ours = [row for batch in table._inserts(version, names, schema) for row in batch.to_pylist()]
        theirs = [row for batch in table._changes(version, names, schema) for row in batch.to_pylist()]
        assert ours == theirs
        assert len(ours) == (10 if version <= 2 else 0)
    assert [len(table._appended(version) or []) for version in (1, 2, 3)] == [1, 1, 0]
    assert table._appended(table.version) is None


def test_one_mail_by_its_hash(home: Home) -> None:
    table, reader = Table.open(home, EVIDENCE_LAYOUT), EvidenceReader(home)
    wanted = hashlib.sha256(bytes_of(7)).hexdigest()
    assert reader.find(wanted) is None
    table.append(evidence(0, 20))
    found = reader.find(wanted)
    assert found is not None
    assert found.raw == bytes_of(7)
    compact(home, table)
    table.append(evidence(20, 40))
    table._delta.update({"raw": "null"}, predicate=f"sha256 = '{wanted}'")
    erased = reader.find(wanted)
    assert erased is not None
    assert (erased.raw, erased.size) == (None, len(bytes_of(7)))


def test_files_are_plain_parquet_with_bloom_filters_and_statistics(home: Home) -> None:
    table = Table.open(home, ARRIVALS_LAYOUT)
    table.append(arrivals(0, 20))
    (file,) = table.files()
    assert file.least["month"] == file.greatest["month"] == "2026-01"
    with pq.ParquetFile(file.path) as parquet:
        assert parquet.schema_arrow.names == ARRIVALS.names
    with_bloom = duckdb.execute(
        "SELECT path_in_schema FROM parquet_metadata($path) WHERE bloom_filter_offset IS NOT NULL",
        {"path": file.path},
    ).fetchall()
    assert sorted(with_bloom) == [("arrival_id",), ("sha256",)]
    protocol = table._delta.protocol()
    assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 4)


@pytest.mark.parametrize("place", ["s3://bucket/home", "/proc/none/home"])
def test_a_home_that_cannot_be_is_refused_in_one_line(place: str) -> None:
    with pytest.raises((UsageError, StorageError), match=re.escape(place)):
        Home.at(place)


APPEND = """
import sys
from test_tables import arrivals
from meyasubako.tables import ARRIVALS_LAYOUT, Home
from meyasubako.tables.table import AppTransaction, Table
table = Table.open(Home.at(sys.argv[1]), ARRIVALS_LAYOUT)
batch = arrivals(0, 10)
print("BEGIN", flush=True)
table.append(batch, transaction=AppTransaction("segment", 1))
print("DONE", flush=True)
"""


def test_order_of_system_calls_of_an_append(home: Home, tmp_path: Path) -> None:
    """Data synced, its folder synced, log entry named, log entry synced, its folder synced, then we return."""
    trace = tmp_path / "trace"
    calls = "fsync,fdatasync,rename,renameat,renameat2,link,linkat,openat,write"
    subprocess.run(
        [
            "strace",
            "-f",
            "-y",
            "-s",
            "200",
            "-e",
            f"trace={calls}",
            "-o",
            trace,
            sys.executable,
            "-c",
            APPEND,
            str(home.path),
        ],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    )
    lines = trace.read_text().splitlines()
    begin = next(place for place, line in enumerate(lines) if "write(1" in line and "BEGIN" in line)
    lines = lines[begin:]

    def place(pattern: str) -> int:
        found = [place for place, line in enumerate(lines) if re.search(pattern, line)]
        assert found, pattern
        return found[0]

    order = [
        place(r"fsync\(\d+<[^>]*/arrivals/part-[0-9a-f]+\.zstd\.parquet>\)"),
        place(r"fsync\(\d+<[^>]*/tables/arrivals>\)"),
        place(r"(link|linkat|rename|renameat|renameat2)\(.*_delta_log/0{19}1\.json"),
        place(r"fsync\(\d+<[^>]*/_delta_log/0{19}1\.json>\)"),
        place(r"fsync\(\d+<[^>]*/arrivals/_delta_log>\)"),
        place(r"write\(1.*DONE"),
    ]
    assert order == sorted(order)


def test_settling_syncs_what_another_process_committed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit that was asked for again, and what a follower reads, is durable though its writer died before."""
    table = Table.open(home, ARRIVALS_LAYOUT)
    for number in range(105):
        table.commit([], transaction=AppTransaction("segment", number + 1))
    synced: list[str] = []
    monkeypatch.setattr("meyasubako.tables.table.sync_file", lambda path: synced.append(path.name))
    monkeypatch.setattr("meyasubako.tables.table.sync_folder", lambda path: synced.append(path.name))
    other = Table.open(home, ARRIVALS_LAYOUT)
    assert other.append(arrivals(0, 1), transaction=AppTransaction("segment", 105)).already
    assert [name for name in synced if name.endswith(".json")] == [
        f"{number:020d}.json" for number in range(106)
    ]
    assert synced[-1] == "_delta_log"
    assert "_last_checkpoint" in synced
    del synced[:]
    table.append(arrivals(0, 1))
    other.refresh()
    del synced[:]
    assert [piece.version for piece in other.feed(105)] == [106]
    assert synced == [f"{106:020d}.json", "_delta_log"]

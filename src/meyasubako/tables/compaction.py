"""Many small files become few large sorted ones, with the same rows; files nobody needs any more are removed.

Compaction commits as the application ``rewrite`` with the next number, so that of two rewriters at once one is
refused and starts from a fresh snapshot. The feed does not report what it rewrote. Vacuum keeps what the live
snapshot holds, what any cursor has still to read, and what no commit names while it is younger than the grace time (a
file that is written but not committed yet); it waits until nobody reads. What is here knows nothing of who follows: cursors are given.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from meyasubako.tables.durable import sync_folder, write_durably
from meyasubako.tables.home import Home
from meyasubako.tables.leases import no_readers, reading
from meyasubako.tables.table import AppTransaction, DataFile, Table

REWRITE_APP = "rewrite"
ATTEMPTS = 5
SMALL = 0.5
MEMORY = "1GB"
GRACE_SECONDS = 3600.0
PORTION_ROWS = 20_000


class Compaction(NamedTuple):
    """Files before and after, and rows rewritten; all 0 when there was nothing to do."""

    files_before: int
    files_after: int
    rows: int


def compact(home: Home, table: Table, *, select: str = "SELECT * FROM {files}") -> Compaction:
    """Rewrite the table's small files into large ones, sorted as its layout says.

    A file is small below half of a full one; at least two are needed. ``select`` says how rows are read
    (``{files}`` stands for their source) and may sum rows that have the same key. Retries from a fresh
    snapshot when another rewriter was first; gives up, having done nothing, after five times.
    """
    for _ in range(ATTEMPTS):
        table.refresh()
        small = [file for file in table.files() if _is_small(file, table)]
        if len(small) < 2:
            return Compaction(0, 0, 0)
        number = (table.transaction_version(REWRITE_APP) or 0) + 1
        with reading(home):
            files = table.write(_sorted_rows(home, table, small, select))
        if table.replace(
            [Path(file.path).name for file in small], files, AppTransaction(REWRITE_APP, number)
        ):
            return Compaction(len(small), len(files), sum(file.rows for file in files))
        table.discard(files)
    return Compaction(0, 0, 0)


def _is_small(file: DataFile, table: Table) -> bool:
    return file.size < SMALL * table.layout.file_bytes and file.rows < SMALL * table.layout.file_rows


def _sorted_rows(
    home: Home, table: Table, files: Sequence[DataFile], select: str
) -> Iterator[pa.RecordBatch]:
    """The rows of these files in the layout's order, sorted outside memory where they do not fit."""
    order = ", ".join(f'"{name}" NULLS FIRST' for name in table.layout.order)
    paths = [file.path for file in files]
    source = select.format(files="read_parquet($paths, hive_partitioning = false)")
    with duckdb.connect(config={"temp_directory": str(home.scratch), "memory_limit": MEMORY}) as connection:
        # Rows of several kilobytes are sorted in small vectors; the order of the input does not matter.
        connection.execute("SET preserve_insertion_order = false")
        connection.execute("SET TimeZone = 'UTC'")
        rows = connection.sql(f"{source} ORDER BY {order}", params={"paths": paths})
        yield from rows.to_arrow_reader(
            PORTION_ROWS if table.layout.row_group > 1_000 else table.layout.row_group
        )


def vacuum(
    home: Home, table: Table, *, cursors: Iterable[int] = (), grace: float = GRACE_SECONDS, wait: float = 60.0
) -> int:
    """Remove the files that neither the snapshot, nor a follower, nor a writer needs; how many went.

    ``cursors`` are the versions that each follower of this table has read up to; pins kept in the home count
    as cursors too. ``grace`` is the age in seconds below which a file that no commit names is left alone. Raises UnavailableError
    when readers do not finish within ``wait`` seconds.
    """
    with no_readers(home, wait=wait):
        table.refresh()
        behind = min([table.version, *cursors, *pinned(home, table.name)])
        keep = {Path(file.path).name for file in table.files()}
        for version in range(behind + 1, table.version + 1):
            keep |= _added_by(table.entry_path(version), inserts=True)
        oldest = time.time() - grace
        committed = _committed_since(table, oldest)
        removed = 0
        for path in table.folder.glob("*.parquet"):
            if path.name not in keep and (path.name in committed or path.stat().st_mtime <= oldest):
                path.unlink()
                removed += 1
        if removed:
            sync_folder(table.folder)
    return removed


def _committed_since(table: Table, oldest: float) -> set[str]:
    """Names of the files that commits younger than this time added: newest entries first, until they are older."""
    names: set[str] = set()
    for version in range(table.version, -1, -1):
        entry = table.entry_path(version)
        if not entry.exists() or entry.stat().st_mtime < oldest:
            break
        names |= _added_by(entry, inserts=False)
    return names


def _added_by(entry: Path, *, inserts: bool) -> set[str]:
    """Names of the files that one log entry added, or of those alone that the feed reads; none when it is gone."""
    if not entry.exists():
        return set()
    actions = (json.loads(line) for line in entry.read_bytes().splitlines() if line)
    added = [action["add"] for action in actions if "add" in action]
    return {file["path"] for file in added if file["dataChange"] or not inserts}


def pin(home: Home, table: str, consumer: str, version: int) -> None:
    """Say that a consumer outside the tables has read ``table`` up to ``version``; vacuum stays behind it.

    The true cursor lies in the consumer's own transaction; set the pin after that commits, and to 0 before the
    consumer first reads.
    """
    write_durably(home.pins / f"{table}.{consumer}.json", json.dumps({"version": version}).encode())


def pinned(home: Home, table: str) -> list[int]:
    """The versions that consumers outside the tables have read up to."""
    return [int(json.loads(path.read_bytes())["version"]) for path in home.pins.glob(f"{table}.*.json")]

"""Writing one Parquet file of a table, durably, with the statistics that its log entry will carry.

A file is written under a name nobody knows, synced, and only then named in a commit: a log entry never
points to bytes that a power cut can take back. Who commits it: ``table``.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from meyasubako.tables.durable import sync_file
from meyasubako.tables.schema import Layout

FALSE_POSITIVES = 0.01
HELD_BYTES = 16 * 1024 * 1024
"""Rows of so many bytes are a row group, however few they are."""


@dataclass(slots=True)
class WrittenFile:
    """A Parquet file that lies beside a table and is not part of it yet: name, rows, bytes, statistics (JSON)."""

    name: str
    rows: int
    size: int
    statistics: str


@dataclass(slots=True)
class _Range:
    """Least and greatest value of the columns named in ``Layout.statistics``, over the batches so far."""

    least: dict[str, Any] = field(default_factory=dict)
    greatest: dict[str, Any] = field(default_factory=dict)

    def take(self, batch: pa.RecordBatch, columns: Iterable[str]) -> None:
        for name in columns:
            found: Any = pc.min_max(batch.column(name)).as_py()
            least, greatest = found["min"], found["max"]
            if least is not None:
                self.least[name] = min(least, self.least.get(name, least))
                self.greatest[name] = max(greatest, self.greatest.get(name, greatest))


def conform(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with exactly these columns, in this order and of these types.

    A nullable column that is missing becomes null; string views, large strings and dictionaries become
    strings. Raises ValueError (pyarrow's ArrowInvalid) for a missing column that must not be null.
    """
    if batch.schema.equals(schema, check_metadata=False):
        return batch
    columns = []
    for wanted in schema:
        place = batch.schema.get_field_index(wanted.name)
        if place >= 0:
            column = batch.column(place)
            columns.append(column if column.type == wanted.type else column.cast(wanted.type))
        elif wanted.nullable:
            columns.append(pa.nulls(batch.num_rows, wanted.type))
        else:
            raise ValueError(f"column {wanted.name} is missing")
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def open_writer(path: Path, layout: Layout, expected_rows: int | None = None) -> pq.ParquetWriter:
    """A Parquet writer in this layout; ``expected_rows`` sizes the bloom filters of a small file."""
    group = min(layout.row_group, max(expected_rows or layout.row_group, 64))
    dictionary: Any = [name for name in layout.schema.names if name not in layout.unique]
    return pq.ParquetWriter(
        path,
        layout.schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=dictionary,
        bloom_filter_options={name: {"ndv": group, "fpp": FALSE_POSITIVES} for name in layout.bloom} or None,
        write_page_checksum=True,
        store_schema=False,
    )


class PartWriter:
    """One new data file beside a table, written batch by batch, with its statistics.

    ``expected_rows`` sizes the bloom filters of a small file. What is neither closed nor discarded stays behind as
    an orphan, as it does when its writer is killed.
    """

    def __init__(self, folder: Path, layout: Layout, expected_rows: int | None = None) -> None:
        """Open the file under a name that nobody knows."""
        self.name = f"part-{uuid.uuid4().hex}.zstd.parquet"
        self.path = folder / self.name
        self.rows = 0
        self._layout = layout
        self._ranges = _Range()
        self._writer = open_writer(self.path, layout, expected_rows)
        self._held: list[pa.RecordBatch] = []
        self._held_rows = self._held_bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Append rows, which must fit the schema.

        Every writing begins a row group: rows are held until they are one, or many bytes.
        """
        self._held.append(batch)
        self._held_rows += batch.num_rows
        self._held_bytes += batch.nbytes
        if self._held_rows >= self._layout.row_group or self._held_bytes >= HELD_BYTES:
            self._write_held()
        self._ranges.take(batch, self._layout.statistics)
        self.rows += batch.num_rows

    def _write_held(self) -> None:
        if self._held:
            rows = pa.Table.from_batches(self._held)
            self._held, self._held_rows, self._held_bytes = [], 0, 0
            self._writer.write_table(rows, row_group_size=self._layout.row_group)

    def close(self) -> WrittenFile:
        """Finish and sync the file. The folder is not synced: do that once, after the last file."""
        self._write_held()
        self._writer.close()
        sync_file(self.path)
        statistics = {
            "numRecords": self.rows,
            "minValues": self._ranges.least,
            "maxValues": self._ranges.greatest,
            "nullCount": {},
        }
        return WrittenFile(self.name, self.rows, self.path.stat().st_size, json.dumps(statistics))

    def discard(self) -> None:
        """Remove what was written."""
        self._held = []
        with suppress(OSError, pa.ArrowException):
            self._writer.close()
        self.path.unlink(missing_ok=True)


def write_file(folder: Path, layout: Layout, batches: Iterable[pa.RecordBatch]) -> WrittenFile | None:
    """Write batches to one new file in ``folder`` and sync it; None when there was no row.

    The folder itself is not synced: do that once, after the last file.
    """
    part: PartWriter | None = None
    try:
        for batch in batches:
            if not batch.num_rows:
                continue
            batch = conform(batch, layout.schema)
            if part is None:
                part = PartWriter(folder, layout, batch.num_rows)
            part.write(batch)
        return None if part is None else part.close()
    except BaseException:
        if part is not None:
            part.discard()
        raise

"""Finding the bytes of mails in ``evidence``: one mail by its sha256, or those of a batch of arrivals.

One mail is asked through the bloom filters and row-group ranges of the files. A batch is joined by remembering, for
each file, the first 64 bits of its keys in order: arrivals come in the order their evidence came, so the search
starts where the last batch was found and seldom looks further. Erased bytes are None.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from meyasubako.tables.files import conform
from meyasubako.tables.home import Home
from meyasubako.tables.schema import EVIDENCE, EVIDENCE_LAYOUT
from meyasubako.tables.table import DataFile, Table

REMEMBERED_ROWS = 4_000_000
GROUPS_HELD = 4
HELD = pa.schema([EVIDENCE.field("sha256"), EVIDENCE.field("raw")])
PIECE_ROWS = 500
PIECE_BYTES = 4 * 1024 * 1024


class Found(NamedTuple):
    """What ``evidence`` holds under one sha256; ``raw`` is None once erased."""

    raw: bytes | None
    size: int


class EvidenceReader:
    """One mail by its sha256. Keeps the files' footers between questions; not for two threads."""

    def __init__(self, home: Home) -> None:
        """Open the table."""
        self._table = Table.open(home, EVIDENCE_LAYOUT)
        self._connection = duckdb.connect(config={"threads": "1"})
        self._connection.execute("SET parquet_metadata_cache = true")

    def find(self, sha256: str) -> Found | None:
        """The bytes of this hash (hex), None where the table never held them. Hold ``reading`` around it."""
        self._table.refresh()
        paths = [file.path for file in self._table.files() if _may_hold(file, sha256)]
        if not paths:
            return None
        row = self._connection.execute(
            "SELECT raw, size FROM read_parquet($paths) WHERE sha256 = $sha256 ORDER BY raw NULLS LAST LIMIT 1",
            {"paths": paths, "sha256": sha256},
        ).fetchone()
        return None if row is None else Found(row[0], row[1])


def _may_hold(file: DataFile, sha256: str) -> bool:
    least, greatest = file.least.get("sha256"), file.greatest.get("sha256")
    return least is None or greatest is None or str(least) <= sha256 <= str(greatest)


class _Keys(NamedTuple):
    """Keys of one file, sorted: prefix, row in the file, size of the mail."""

    prefixes: npt.NDArray[np.uint64]
    rows: npt.NDArray[np.int32]
    sizes: npt.NDArray[np.int64]


def prefixes(column: pa.Array[Any]) -> npt.NDArray[np.uint64]:
    """The first 64 bits of each sha256 (hex)."""
    values: list[Any] = column.to_pylist()
    return np.array([int(value[:16], 16) for value in values], dtype=np.uint64)


class EvidenceJoin:
    """Puts ``raw`` beside arrivals, batch by batch."""

    def __init__(self, home: Home) -> None:
        """Open the table; the snapshot is refreshed with every batch that asks for something unknown."""
        self._table = Table.open(home, EVIDENCE_LAYOUT)
        self._files = self._table.files()
        self._keys: OrderedDict[str, _Keys] = OrderedDict()
        self._groups: OrderedDict[tuple[str, int], pa.RecordBatch] = OrderedDict()
        self._open: tuple[str, pq.ParquetFile, npt.NDArray[np.int64]] | None = None
        self._hint = 0

    def pieces(self, arrivals: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """The arrivals with a column ``raw``, in their order, in pieces of at most 500 rows and some 4 MB.

        Hold ``reading`` around it. Bytes that are erased or missing are null; a piece in which some were erased says
        which in a column ``erased``.
        """
        wanted = prefixes(arrivals.column("sha256"))
        self._table.refresh()
        self._files = self._table.files()
        places, rows, sizes = self._locate(wanted)
        start = 0
        while start < len(wanted):
            stop, size = start, 0
            while stop < len(wanted) and stop - start < PIECE_ROWS and (stop == start or size < PIECE_BYTES):
                size += int(sizes[stop])
                stop += 1
            piece = arrivals.slice(start, stop - start)
            raws = self._fetch(piece.column("sha256"), places[start:stop], rows[start:stop])
            piece = piece.append_column("raw", raws)
            if raws.null_count:
                gone = pa.array(places[start:stop] >= 0)
                piece = piece.append_column("erased", pc.and_(raws.is_null(), gone))
            yield piece
            start = stop

    def _locate(
        self, wanted: npt.NDArray[np.uint64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """File (its place in the snapshot, -1 for none), row and size of each wanted key."""
        places = np.full(len(wanted), -1, np.int64)
        rows = np.zeros(len(wanted), np.int64)
        sizes = np.zeros(len(wanted), np.int64)
        missing = np.arange(len(wanted))
        hint = min(self._hint, max(len(self._files) - 1, 0))
        for place in sorted(range(len(self._files)), key=lambda place: (abs(place - hint), -place)):
            keys = self._keys_of(self._files[place])
            at = np.searchsorted(keys.prefixes, wanted[missing])
            at[at == len(keys.prefixes)] = 0
            hit = keys.prefixes[at] == wanted[missing]
            if hit.any():
                found = missing[hit]
                places[found], rows[found], sizes[found] = place, keys.rows[at[hit]], keys.sizes[at[hit]]
                self._hint = place
                missing = missing[~hit]
            if not len(missing):
                break
        return places, rows, sizes

    def _keys_of(self, file: DataFile) -> _Keys:
        """Keys of one file, remembered for some four million rows in all."""
        keys = self._keys.get(file.path)
        if keys is None:
            read = pq.read_table(file.path, columns=["sha256", "size"]).combine_chunks()
            first = prefixes(read["sha256"].combine_chunks())
            order = np.argsort(first, kind="stable")
            sizes = read["size"].to_numpy()[order]
            keys = _Keys(first[order], order.astype(np.int32), sizes)
            self._keys[file.path] = keys
            while (
                len(self._keys) > 1 and sum(len(held.rows) for held in self._keys.values()) > REMEMBERED_ROWS
            ):
                self._keys.popitem(last=False)
        else:
            self._keys.move_to_end(file.path)
        return keys

    def _fetch(
        self, wanted: pa.Array[Any], places: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]
    ) -> pa.Array[Any]:
        """The bytes in these rows of these files, which hold these hashes, in their order; null for place -1."""
        order = np.lexsort((rows, places))
        parts: list[pa.Array[Any]] = []
        start = 0
        while start < len(order):
            place, row = int(places[order[start]]), int(rows[order[start]])
            if place < 0:
                stop = int(np.searchsorted(places[order], 0))
                parts.append(pa.nulls(stop - start, pa.binary()))
            else:
                held, first = self._group(self._files[place].path, row)
                within = (places[order] == place) & (rows[order] < first + held.num_rows)
                stop = start + int(np.count_nonzero(within[start:]))
                taken = held.take(rows[order[start:stop]] - first)
                parts.append(self._checked(wanted.take(order[start:stop]), taken))
            start = stop
        together = pa.concat_arrays(parts) if parts else pa.nulls(0, pa.binary())
        return together.take(np.argsort(order, kind="stable"))

    def _checked(self, wanted: pa.Array[Any], taken: pa.RecordBatch) -> pa.Array[Any]:
        """The column ``raw`` of rows found by the first 64 bits, where the whole hash is the one wanted."""
        raws = taken.column("raw")
        hashes: list[Any] = wanted.to_pylist()
        if hashes == taken.column("sha256").to_pylist():
            return raws
        found: list[Any] = taken.column("sha256").to_pylist()
        values: list[Any] = raws.to_pylist()
        exact = [
            value if asked == held else self._exactly(asked)
            for asked, held, value in zip(hashes, found, values, strict=True)
        ]
        return pa.array(exact, pa.binary())

    def _group(self, path: str, row: int) -> tuple[pa.RecordBatch, int]:
        """The row group of a file that holds a row, and the number of its first row."""
        if self._open is None or self._open[0] != path:
            if self._open is not None:
                self._open[1].close()
            parquet = pq.ParquetFile(path)
            metadata = parquet.metadata
            lengths = [metadata.row_group(place).num_rows for place in range(metadata.num_row_groups)]
            self._open = (path, parquet, np.cumsum([0, *lengths]))
        _, parquet, starts = self._open
        group = int(np.searchsorted(starts, row, side="right")) - 1
        held = self._groups.get((path, group))
        if held is None:
            read = parquet.read_row_group(group, columns=HELD.names).combine_chunks().to_batches()[0]
            held = conform(read, HELD)
            self._groups[path, group] = held
            if len(self._groups) > GROUPS_HELD:
                self._groups.popitem(last=False)
        return held, int(starts[group])

    def _exactly(self, wanted: str) -> bytes | None:
        """The bytes of one hash whose first 64 bits another one shares: made on purpose, so only once."""
        paths = [file.path for file in self._files]
        read: list[Any] = pq.read_table(paths, filters=[("sha256", "=", wanted)])["raw"].to_pylist()
        return read[0] if read else None

"""Finding the bytes of mails in ``evidence``: one mail by its sha256, or those of a batch of arrivals.

One mail is asked through the bloom filters and row-group ranges of the files. A batch is joined by remembering, for
each file, the first 64 bits of its keys in order: arrivals come in the order their evidence came, so the search
starts where the last batch was found and seldom looks further. Erased bytes are None.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from meyasubako.tables.home import Home
from meyasubako.tables.schema import EVIDENCE_LAYOUT
from meyasubako.tables.table import DataFile, Table

REMEMBERED_ROWS = 4_000_000
GROUPS_HELD = 4
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
        self._open: tuple[str, pq.ParquetFile] | None = None
        self._hint = 0

    def pieces(self, arrivals: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """The arrivals with a column ``raw``, in their order, in pieces of at most 500 rows and some 4 MB.

        Hold ``reading`` around it. Bytes that are erased or missing are null.
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
            raws = self._fetch(piece.column("sha256").to_pylist(), places[start:stop], rows[start:stop])
            yield piece.append_column("raw", pa.array(raws, pa.binary()))
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
        self, wanted: Sequence[Any], places: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]
    ) -> Sequence[bytes | None]:
        """The bytes in these rows of these files, which hold these hashes."""
        raws: list[bytes | None] = [None] * len(places)
        for at in np.lexsort((rows, places)).tolist():
            if places[at] >= 0:
                raws[at] = self._raw(wanted[at], self._files[int(places[at])].path, int(rows[at]))
        return raws

    def _raw(self, wanted: str, path: str, row: int) -> bytes | None:
        if self._open is None or self._open[0] != path:
            if self._open is not None:
                self._open[1].close()
            self._open = (path, pq.ParquetFile(path))
        parquet = self._open[1]
        group = 0
        while row >= (rows := parquet.metadata.row_group(group).num_rows):
            row -= rows
            group += 1
        held = self._groups.get((path, group))
        if held is None:
            held = parquet.read_row_group(group, columns=["sha256", "raw"]).combine_chunks().to_batches()[0]
            self._groups[path, group] = held
            if len(self._groups) > GROUPS_HELD:
                self._groups.popitem(last=False)
        if held.column("sha256")[row].as_py() != wanted:
            return self._exactly(wanted)
        raw: bytes | None = held.column("raw")[row].as_py()
        return raw

    def _exactly(self, wanted: str) -> bytes | None:
        """The bytes of one hash whose first 64 bits another one shares: made on purpose, so only once."""
        paths = [file.path for file in self._files]
        read: list[Any] = pq.read_table(paths, filters=[("sha256", "=", wanted)])["raw"].to_pylist()
        return read[0] if read else None

"""A compact index of the keys a table holds, to tell new rows from known ones without reading the table.

Each key (the values of some columns of a row) is kept as a 64-bit hash with a secret seed: 80 MB for ten million
rows, memory-mapped, sorted runs merged as they grow. Two different keys out of ten million share a hash with a
probability of 3e-6 in all, and nobody who does not know the seed can make them do so.

The index is a cache. It lies in the home's ``indexes`` folder with the version of the table that it has seen, reads
only what was inserted since, and is built anew when it is missing, torn or of another table.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from meyasubako.errors import StorageError
from meyasubako.tables.durable import write_durably
from meyasubako.tables.home import Home
from meyasubako.tables.table import Table

Hashes = npt.NDArray[np.uint64]

FORMAT = 1
SAVE_EVERY = 20_000
STALE_SECONDS = 3600.0


class KeyIndex:
    """Keys of one table as of :attr:`version`. ``columns`` name the key; a row with ``where`` null is left out."""

    def __init__(self, home: Home, table: Table, columns: Sequence[str], *, where: str | None = None) -> None:
        """Open the index kept in the home, or an empty one; call :meth:`refresh` before use."""
        self.columns = tuple(columns)
        self._where = where
        self._table = table
        self._folder = home.indexes
        self._name = f"{table.name}-{'-'.join(columns)}"
        self.version = -1
        self._seed = secrets.randbits(64)
        self._runs: list[Hashes] = []
        self._names: list[str] = []
        self._recent: set[int] = set()
        self._load()

    def __len__(self) -> int:
        """Keys known (a key added twice may count twice)."""
        return sum(len(run) for run in self._runs) + len(self._recent)

    # Hashing and asking

    def hashes(self, rows: pa.RecordBatch) -> Hashes:
        """One hash a row over the key's columns, in the order of the rows."""
        digest, seed = xxhash.xxh3_64_intdigest, self._seed
        columns: list[list[str | None]] = [rows.column(name).to_pylist() for name in self.columns]
        if len(columns) == 1:
            found = [digest((value or "").encode(), seed) for value in columns[0]]
        else:
            found = [digest(joined, seed) for joined in _joined(columns)]
        return np.array(found, dtype=np.uint64)

    def known(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Which of the hashes are in the index."""
        found = np.zeros(len(hashes), dtype=np.bool_)
        for run in self._runs:
            places = np.searchsorted(run, hashes)
            places[places == len(run)] = 0
            found |= run[places] == hashes
        if self._recent:
            recent = self._recent
            found |= np.fromiter((value in recent for value in hashes.tolist()), np.bool_, len(hashes))
        return found

    def fresh(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Which rows bring a key that neither the index nor an earlier row of the same batch has."""
        first = np.zeros(len(hashes), dtype=np.bool_)
        first[np.unique(hashes, return_index=True)[1]] = True
        return first & ~self.known(hashes)

    # Growing

    def add(self, hashes: Iterable[int], version: int) -> None:
        """Take in keys that are committed, and with them every key of the table up to ``version``.

        Keys of rows that are not committed yet must stay outside: the index may be kept at any time.
        """
        self._recent.update(hashes)
        self.version = max(self.version, version)
        if len(self._recent) >= SAVE_EVERY:
            self.save()

    def took(self, hashes: Iterable[int], version: int) -> None:
        """Take in the keys of a commit of ours; see :meth:`refresh` where others committed meanwhile."""
        if self.version == version - 1 == self._table.version - 1:
            self.add(hashes, version)
        else:
            self.refresh()

    def refresh(self) -> None:
        """See every key of the table's snapshot: what was inserted since, or all where that cannot be told."""
        version = self._table.version
        if version <= self.version:
            return
        columns = list(dict.fromkeys([*self.columns, *((self._where,) if self._where else ())]))
        if self.version >= 0:
            try:
                for piece in self._table.feed(self.version, columns=columns, max_rows=1_000_000):
                    self._take(piece.rows)
            except StorageError:  # vacuumed since the index was kept: read what the table holds now
                self.version = -1
        if self.version < 0:
            self._table.settle()
            for batch in self._table.scan(columns):
                self._take(batch)
        self.add((), version)

    def _take(self, rows: pa.RecordBatch) -> None:
        if self._where is not None:
            rows = rows.filter(rows.column(self._where).is_valid())
        self._recent.update(self.hashes(rows).tolist())
        if len(self._recent) >= 10 * SAVE_EVERY:
            self._settle_recent()

    def _settle_recent(self) -> None:
        """Turn the recent keys into a run and merge runs until each is twice the next."""
        if not self._recent:
            return
        run = np.fromiter(self._recent, np.uint64, len(self._recent))
        run.sort()
        self._recent.clear()
        while self._runs and len(self._runs[-1]) < 2 * len(run):
            run = np.union1d(self._runs.pop(), run)
            self._names.pop()
        self._runs.append(run)
        self._names.append("")

    # Keeping

    @property
    def _manifest(self) -> Path:
        return self._folder / f"{self._name}.json"

    def save(self) -> None:
        """Keep the index for the next process; runs that are kept already are not written again."""
        self._settle_recent()
        for place, name in enumerate(self._names):
            if not name:
                name = f"{self._name}-{uuid.uuid4().hex}.npy"
                np.save(self._folder / name, self._runs[place])
                self._names[place] = name
        manifest = {
            "format": FORMAT,
            "table": self._table.identity,
            "version": self.version,
            "seed": self._seed,
            "runs": [[name, len(run)] for name, run in zip(self._names, self._runs, strict=True)],
        }
        write_durably(self._manifest, json.dumps(manifest).encode())
        self._sweep()

    def _sweep(self) -> None:
        """Remove runs that no manifest names; another process may still be about to name a young one."""
        newest = self._manifest.stat().st_mtime
        for path in self._folder.glob(f"{self._name}-{'[0-9a-f]' * 32}.npy"):
            if path.name not in self._names and newest - path.stat().st_mtime > STALE_SECONDS:
                path.unlink(missing_ok=True)

    def _load(self) -> None:
        try:
            manifest: dict[str, Any] = json.loads(self._manifest.read_bytes())
            if manifest["format"] != FORMAT or manifest["table"] != self._table.identity:
                return
            if manifest["version"] > self._table.version:
                return
            runs = [self._map(name, length) for name, length in manifest["runs"]]
        except (OSError, ValueError, KeyError, StorageError):
            return
        self._runs = runs
        self._names = [name for name, _ in manifest["runs"]]
        self._seed = manifest["seed"]
        self.version = manifest["version"]

    def _map(self, name: str, length: int) -> Hashes:
        run: Hashes = np.load(self._folder / name, mmap_mode="r")
        if len(run) != length or run.dtype != np.uint64:
            raise StorageError(name, "is torn")
        return run


def _joined(columns: Sequence[Sequence[str | None]]) -> list[bytes]:
    """The values of each row as one string that no other values give: length before each, null apart from empty."""
    joined = [b""] * len(columns[0])
    for column in columns:
        if len(set(column)) == 1:  # a channel, a monitor: said once
            said = _marked(column[0])
            joined = [before + said for before in joined]
        else:
            joined = [before + _marked(value) for before, value in zip(joined, column, strict=True)]
    return joined


def _marked(value: str | None) -> bytes:
    if value is None:
        return b"-"
    raw = value.encode()
    return b"%d:" % len(raw) + raw

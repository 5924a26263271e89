"""Bringing bytes into ``evidence``: what is there already is left out, and what was erased is not kept again.

A draft is written while its mails pass by, so that nobody holds their bytes until it is time to commit. Two processes at
once may both bring the same bytes: a double row of evidence is harmless.
"""

from __future__ import annotations

from threading import Lock

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from meyasubako.errors import StorageError
from meyasubako.tables.durable import sync_folder
from meyasubako.tables.files import PartWriter, WrittenFile, conform
from meyasubako.tables.home import Home
from meyasubako.tables.keys import KeyIndex
from meyasubako.tables.schema import EVIDENCE, EVIDENCE_LAYOUT
from meyasubako.tables.table import Table
from meyasubako.tables.tombstones import Tombstones


class EvidenceWriter:
    """The evidence of one home, for one process: one thread may commit a draft while another writes the next."""

    def __init__(self, home: Home) -> None:
        """Open the table (created when missing) and its key index."""
        self.table = Table.open(home, EVIDENCE_LAYOUT)
        self._keys = KeyIndex(home, self.table, ("sha256",))
        self._tombstones = Tombstones(home)
        self._drafted: set[int] = set()
        """Keys in drafts that are neither committed nor discarded."""
        self._lock = Lock()
        """Held by whoever uses any of these."""

    def draft(self, expected_rows: int | None = None) -> EvidenceDraft:
        """A commit to be, empty; say how many rows it will have where they are few."""
        with self._lock:
            self.table.refresh()
            self._keys.refresh()
            return EvidenceDraft(self, self._tombstones.refresh(), expected_rows)

    def admit(self, rows: pa.RecordBatch) -> tuple[pa.RecordBatch, list[int]]:
        """The rows whose bytes are neither in the table nor drafted, without what was erased; and their keys."""
        with self._lock:
            hashes = self._keys.hashes(rows)
            fresh = self._keys.fresh(hashes)
            if self._drafted:
                drafted = self._drafted
                fresh &= np.fromiter((key not in drafted for key in hashes.tolist()), np.bool_, len(hashes))
            if not fresh.all():
                rows, hashes = rows.filter(pa.array(fresh)), hashes[fresh]
            keys: list[int] = hashes.tolist()
            self._drafted.update(keys)
            return self._tombstones.obey(rows), keys

    def commit(self, file: WrittenFile, keys: list[int], erasures: int) -> None:
        """Commit a synced file with these keys; ``erasures`` is how the tombstones stood when it was begun."""
        with self._lock:
            self.table.refresh()
            if self._tombstones.refresh() != erasures:
                file = self._written_again(file)
            self._keys.took(keys, self.table.commit([file]).version)
            self._drafted.difference_update(keys)

    def _written_again(self, file: WrittenFile) -> WrittenFile:
        """The file without what was erased since it was begun."""
        with pq.ParquetFile(self.table.folder / file.name) as parquet:
            batches = parquet.iter_batches(EVIDENCE_LAYOUT.row_group)
            (again,) = self.table.write(self._tombstones.obey(conform(batch, EVIDENCE)) for batch in batches)
        self.table.discard([file])
        return again

    def settle(self) -> None:
        """What stands in the table is durable when this returns."""
        with self._lock:
            self.table.settle()

    def forget(self, keys: list[int]) -> None:
        """These keys are drafted no more."""
        with self._lock:
            self._drafted.difference_update(keys)

    def close(self) -> None:
        """Keep the key index."""
        self._keys.save()


class EvidenceDraft:
    """Evidence on its way into one commit; either committed or discarded in the end."""

    def __init__(self, writer: EvidenceWriter, erasures: int, expected_rows: int | None) -> None:
        """Made by :meth:`EvidenceWriter.draft`."""
        self._writer = writer
        self._erasures = erasures
        self._expected_rows = expected_rows
        self._part: PartWriter | None = None
        self._keys: list[int] = []

    def write(self, rows: pa.RecordBatch) -> None:
        """Append rows in the schema of the table, without those that are there already."""
        rows, keys = self._writer.admit(rows)
        self._keys += keys
        if not keys:
            return
        try:
            if self._part is None:
                self._part = PartWriter(self._writer.table.folder, EVIDENCE_LAYOUT, self._expected_rows)
            self._part.write(rows)
        except OSError as error:
            raise self._refused(error) from error

    def commit(self) -> int:
        """Make the rows one durable commit; their number. What was there already is durable too."""
        part, keys = self._part, self._keys
        if part is None:
            self._writer.settle()
            return 0
        try:
            file = part.close()
            sync_folder(self._writer.table.folder)
        except OSError as error:
            raise self._refused(error) from error
        self._part = None  # whatever happens now, the file may be part of the table
        self._writer.commit(file, keys, self._erasures)
        self._keys = []
        return len(keys)

    def discard(self) -> None:
        """Remove what was written and not committed."""
        if self._part is not None:
            self._part.discard()
            self._part = None
        self._writer.forget(self._keys)
        self._keys = []

    def _refused(self, error: OSError) -> StorageError:
        self.discard()
        return StorageError(str(self._writer.table.folder), error.strerror or str(error))

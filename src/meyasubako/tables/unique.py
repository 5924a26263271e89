"""Appending rows whose key must not be in the table yet, right also when two processes do it at once.

Every such append commits as one application id with the next number: of two at once one is refused, looks at what
the other brought, and tries again with what is left.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from meyasubako.tables.evidence import EvidenceWriter
from meyasubako.tables.home import Home
from meyasubako.tables.keys import KeyIndex
from meyasubako.tables.schema import ARRIVALS_LAYOUT, DNS_ANSWERS_LAYOUT
from meyasubako.tables.table import ATTEMPTS, AppTransaction, StaleTransactionError, Table

UNIQUE_APP = "unique"
ARRIVAL_KEY = ("sha256", "channel", "monitor")


def arrival_keys(digests: Sequence[str], channel: str, monitor: str | None) -> pa.RecordBatch:
    """The key of arrivals that came in the same way, by the sha256 of their bytes."""
    count = len(digests)
    columns = [pa.array(values, pa.string()) for values in (digests, [channel] * count, [monitor] * count)]
    return pa.RecordBatch.from_arrays(columns, names=list(ARRIVAL_KEY))


class UniqueCommit(NamedTuple):
    """What an append of unique rows did: the table's version, and which of the rows were taken."""

    version: int
    taken: npt.NDArray[np.bool_]


class ArchiveWriter:
    """Brings an archive's mails into ``evidence`` and ``arrivals``, each (sha256, channel, monitor) once.

    One of these serves one process, where one thread may append while another asks what is :meth:`known`;
    :meth:`close` keeps its key indexes for the next.
    """

    def __init__(self, home: Home) -> None:
        """Open both tables (created when missing) and their key indexes."""
        self.arrivals = Table.open(home, ARRIVALS_LAYOUT)
        self.evidence = EvidenceWriter(home)
        self._home = home
        self._lock = Lock()
        """Held by whoever uses the arrivals and their keys."""
        self._answers: Table | None = None
        self._arrival_keys = KeyIndex(home, self.arrivals, ARRIVAL_KEY)

    def known(self, arrivals: pa.RecordBatch) -> npt.NDArray[np.bool_]:
        """Which of these arrivals (``arrival_keys`` at the least) are in the table already, as of now, and durable."""
        with self._lock:
            self.arrivals.refresh()
            self.arrivals.settle()
            self._arrival_keys.refresh()
            return self._arrival_keys.known(self._arrival_keys.hashes(arrivals))

    def append(self, arrivals: pa.RecordBatch, evidence: pa.RecordBatch) -> UniqueCommit:
        """Commit evidence that is not there yet, then the arrivals that are not there yet; durable.

        ``arrivals`` and ``evidence`` are in the schemas of their tables; every sha256 of the first must be in
        the second or in the table. Keep a call to some 10,000 rows and 32 MB.
        """
        self.evidence_append(evidence)
        return self.arrivals_append(arrivals)

    def answers_append(self, rows: pa.RecordBatch) -> None:
        """Append rows of ``dns_answers``, before the arrivals they belong to; durable. No row: no table is made."""
        if not rows.num_rows:
            return
        if self._answers is None:
            self._answers = Table.open(self._home, DNS_ANSWERS_LAYOUT)
        self._answers.append(rows)

    def evidence_append(self, rows: pa.RecordBatch) -> int:
        """Append the bytes that the table does not hold; the number of rows appended; durable.

        Bytes that were erased are not kept again.
        """
        draft = self.evidence.draft(rows.num_rows)
        try:
            draft.write(rows)
            return draft.commit()
        finally:
            draft.discard()

    def arrivals_append(self, rows: pa.RecordBatch) -> UniqueCommit:
        """Append the arrivals whose (sha256, channel, monitor) is not in the table yet.

        The same key twice in ``rows`` is taken once. Raises StaleTransactionError when others win fifty times.
        """
        with self._lock:
            return self._arrivals_append(rows)

    def _arrivals_append(self, rows: pa.RecordBatch) -> UniqueCommit:
        table, keys = self.arrivals, self._arrival_keys
        hashes = keys.hashes(rows)
        table.refresh()
        for attempt in range(ATTEMPTS):
            keys.refresh()
            fresh = keys.fresh(hashes)
            if not fresh.any():
                table.settle()
                return UniqueCommit(table.version, fresh)
            number = (table.transaction_version(UNIQUE_APP) or 0) + 1
            files = table.write(rows if fresh.all() else rows.filter(pa.array(fresh)))
            if table.try_commit(files, AppTransaction(UNIQUE_APP, number)):
                keys.took(hashes[fresh].tolist(), table.version)
                return UniqueCommit(table.version, fresh)
            table.discard(files)
            time.sleep(min(0.002 * 2**attempt, 0.1))
        raise StaleTransactionError(str(table.folder), "other writers kept committing first")

    def close(self) -> None:
        """Keep the key indexes."""
        self._arrival_keys.save()
        self.evidence.close()

"""What is gathered of an ingest: portions for workers, and batches for a commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from meyasubako.engines.local import from_stream
from meyasubako.tables.evidence import EvidenceDraft
from meyasubako.tables.schema import ARRIVALS, EVIDENCE

BATCH_ROWS = 10_000
BATCH_BYTES = 32 * 1024 * 1024
PORTION_ROWS = 500
PORTION_BYTES = 4 * 1024 * 1024


class Intake(NamedTuple):
    """What all mails of one ingest have in common; None where it does not apply."""

    channel: str
    monitor: str | None
    monitor_class: str | None
    carrier: str | None
    report_id: str | None = None


@dataclass(slots=True)
class Portion:
    """Mails for a worker, with what is known of them unread: ids, sha256 (hex), paths, bytes, in the same order.

    ``given`` is the time the operator said, ``now`` that of the ingest. ``observed`` asks for observations too.
    ``duplicates`` counts the mails that were left out because they are there already.
    """

    intake: Intake
    given: datetime | None
    now: datetime
    observed: bool
    ids: list[str] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    raws: list[bytes] = field(default_factory=list)
    duplicates: int = 0


class Seen(NamedTuple):
    """What a worker saw in a portion, as Arrow streams: rows of ``arrivals``, and of ``observations`` if asked."""

    arrivals: bytes
    observations: bytes | None


class Batch:
    """Portions that were seen, gathered until it is time to commit them; their bytes are written as they come.

    ``raws`` are the bytes, where somebody asked to keep them until then.
    """

    def __init__(self, evidence: EvidenceDraft, *, raws_kept: bool = False) -> None:
        """Nothing yet."""
        self.evidence = evidence
        self.raws: list[bytes] = []
        self.duplicates = 0
        self._raws_kept = raws_kept
        self._arrivals: list[pa.RecordBatch] = []
        self._observations: list[pa.RecordBatch] = []
        self._mails = self._bytes = 0

    def __len__(self) -> int:
        """Mails, those that were there already included."""
        return self._mails + self.duplicates

    @property
    def is_full(self) -> bool:
        """Whether it is time to commit."""
        return len(self) >= BATCH_ROWS or self._bytes >= BATCH_BYTES

    def add(self, portion: Portion, seen: Seen) -> None:
        """Take a portion in."""
        self.duplicates += portion.duplicates
        if not portion.raws:
            return
        arrivals = from_stream(seen.arrivals)
        sizes = np.fromiter(map(len, portion.raws), np.int64, len(portion.raws))
        self.evidence.write(_evidence(portion.raws, sizes, arrivals))
        self._arrivals.append(arrivals)
        if seen.observations is not None:
            self._observations.append(from_stream(seen.observations))
        if self._raws_kept:
            self.raws += portion.raws
        self._mails += len(sizes)
        self._bytes += int(sizes.sum())

    @property
    def arrivals(self) -> pa.RecordBatch:
        """Rows of ``arrivals``, one a mail."""
        return _together(self._arrivals, ARRIVALS)

    def observations(self, taken: npt.NDArray[np.bool_]) -> pa.RecordBatch | None:
        """The observations of the arrivals that were taken; None where not every mail was observed."""
        if not self._observations or sum(rows.num_rows for rows in self._observations) < self._mails:
            return None
        rows = _together(self._observations, self._observations[0].schema)
        return rows if taken.all() else rows.filter(pa.array(taken))


def _evidence(raws: list[bytes], sizes: npt.NDArray[np.int64], arrivals: pa.RecordBatch) -> pa.RecordBatch:
    """Rows of ``evidence`` for these arrivals, whose bytes stand in the same order."""
    columns = {
        "sha256": arrivals.column("sha256"),
        "raw": _binary(raws, sizes),
        "size": pa.array(sizes),
        "first_seen": arrivals.column("received_at"),
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in EVIDENCE.names], schema=EVIDENCE)


def _together(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.RecordBatch:
    whole = pa.Table.from_batches(batches, schema).combine_chunks().to_batches()
    return whole[0] if whole else pa.RecordBatch.from_pylist([], schema=schema)


def _binary(values: list[bytes], sizes: npt.NDArray[np.int64]) -> pa.Array[Any]:
    """A column of bytes, copied once: a builder would grow its buffer again and again, a page fault at a time."""
    ends = np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)
    buffers = [None, pa.py_buffer(ends.tobytes()), pa.py_buffer(b"".join(values))]
    return pa.Array.from_buffers(pa.binary(), len(values), buffers)

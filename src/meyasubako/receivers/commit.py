"""From the spool to the tables: each segment once, whatever dies on the way.

Evidence first, so that an arrival never lacks its bytes; then the arrivals, with the application transaction
(segment id, 1); then the segment goes. Killed before the last step, the next run finds the transaction made.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, NamedTuple

import pyarrow as pa

from meyasubako.receivers.spool import Record, Segment, free_segments
from meyasubako.tables.home import Home
from meyasubako.tables.schema import ARRIVALS, EVIDENCE
from meyasubako.tables.table import AppTransaction
from meyasubako.tables.unique import ArchiveWriter

EVIDENCE_BYTES = 32 * 1024 * 1024


class Committed(NamedTuple):
    """What a run brought into the tables: segments, mails, segments put aside as damaged."""

    segments: int
    mails: int
    damaged: int


def spool_commit(home: Home, writer: ArchiveWriter) -> Committed:
    """Commit every segment that no receiver is writing, and remove it. Raises StorageError."""
    segments = mails = damaged = 0
    for segment in free_segments(home.spool):
        mails += _commit(segment, writer)
        segment.remove()
        segments += 1
        damaged += segment.damaged
    return Committed(segments, mails, damaged)


def _commit(segment: Segment, writer: ArchiveWriter) -> int:
    """Bring one segment into the tables; the number of its mails."""
    arrivals: list[dict[str, Any]] = []
    evidence: list[dict[str, Any]] = []
    size = 0
    for record in segment.records():
        arrival = _arrival(record)
        arrivals.append(arrival)
        evidence.append(
            {
                "sha256": arrival["sha256"],
                "raw": record.raw,
                "size": len(record.raw),
                "first_seen": arrival["received_at"],
            }
        )
        size += len(record.raw)
        if size >= EVIDENCE_BYTES:
            writer.evidence_append(pa.RecordBatch.from_pylist(evidence, schema=EVIDENCE))
            evidence, size = [], 0
    if evidence:
        writer.evidence_append(pa.RecordBatch.from_pylist(evidence, schema=EVIDENCE))
    if arrivals:
        rows = pa.RecordBatch.from_pylist(arrivals, schema=ARRIVALS)
        writer.arrivals.append(rows, transaction=AppTransaction(segment.id, 1))
    return len(arrivals)


def _arrival(record: Record) -> dict[str, Any]:
    """A row of ``arrivals`` from a record: times read, sha256 added where the receiver left it out."""
    row = dict(record.envelope)
    row["received_at"] = datetime.fromisoformat(row["received_at"])
    row["sha256"] = row.get("sha256") or hashlib.sha256(record.raw).hexdigest()
    return row

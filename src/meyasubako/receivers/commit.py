"""From the spool to the tables: each segment once, whatever dies on the way.

Evidence first, so that an arrival never lacks its bytes; then what the DNS says of the senders; then the arrivals, with
the application transaction (writer, number); then the segments go. Killed before the last step, the next run finds the
transaction made. Segments of one writer share a commit up to its size: a table read every second has few small files.
One committer at a time (a lease): it takes a writer's segments in their order, which the transactions rest on.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import pyarrow as pa

from meyasubako.errors import StorageError, UnavailableError
from meyasubako.receivers.spool import Record, Segment, free_segments, in_order
from meyasubako.tables.home import Home
from meyasubako.tables.leases import exclusive
from meyasubako.tables.schema import ARRIVALS, DNS_ANSWERS_LAYOUT, EVIDENCE
from meyasubako.tables.table import AppTransaction, Table
from meyasubako.tables.unique import ArchiveWriter

COMMIT_LEASE = "spool-commit"
BATCH_ROWS = 10_000
BATCH_BYTES = 32 * 1024 * 1024
ASKED_ROWS = 2_000
"""Mails of a commit whose senders are asked for: asking takes its time, and ends are waited for."""
ASK_BELOW = 512 * 1024 * 1024
"""Bytes in the spool beyond which senders are not asked for: a slow resolver must not fill the disk."""
EVERY_SECONDS = 2.0
PAUSE_AFTER_FAILURE = 5.0

Capture = Callable[[pa.RecordBatch, Sequence[bytes]], pa.RecordBatch]
"""Arrivals that are not there yet, with their bytes, in; what the DNS says of their senders out: ``dns_answers``."""

_log = logging.getLogger(__name__)


class Committed(NamedTuple):
    """What a run brought into the tables: segments, mails, segments put aside as damaged."""

    segments: int
    mails: int
    damaged: int


@dataclass(slots=True)
class _Batch:
    """Segments of one writer on their way into one commit."""

    segments: list[Segment] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    bytes: int = 0

    def takes(self, segment: Segment, rows: int) -> bool:
        """Whether a segment may join, up to so many mails."""
        if not self.segments:
            return True
        is_same = self.segments[0].writer == segment.writer
        return is_same and len(self.records) < rows and self.bytes < BATCH_BYTES

    def add(self, segment: Segment) -> None:
        """Read a segment whole."""
        self.segments.append(segment)
        for record in segment.records():
            self.records.append(record)
            self.bytes += len(record.raw)

    @property
    def transaction(self) -> AppTransaction:
        """The commit's number: that of its last segment."""
        return AppTransaction(str(self.segments[-1].writer), self.segments[-1].number)


def spool_commit(home: Home, writer: ArchiveWriter, capture: Capture | None = None) -> Committed:
    """Commit every segment that no receiver is writing, and remove it.

    With ``capture`` the DNS is asked about each mail's sender first, and the answers are committed before it; while the
    spool is deep it is not. Raises StorageError (what was committed stays so), UnavailableError while another process
    commits.
    """
    try:
        with exclusive(home, COMMIT_LEASE):
            return _commit_all(home, writer, capture)
    except OSError as error:
        raise StorageError(str(home.path), error.strerror or str(error)) from error


def _commit_all(home: Home, writer: ArchiveWriter, capture: Capture | None) -> Committed:
    """Under the lease: everything that lies there."""
    segments = mails = damaged = 0
    for batch in _batches(home, writer.arrivals, BATCH_ROWS if capture is None else ASKED_ROWS):
        is_deep = capture is not None and _spool_bytes(home) > ASK_BELOW
        if is_deep:
            _log.warning("the spool is deep: %d mails are not asked for", len(batch.records))
        _commit(home, batch, writer, None if is_deep else capture)
        for segment in batch.segments:
            segment.remove()
            damaged += segment.damaged
        segments += len(batch.segments)
        mails += len(batch.records)
    return Committed(segments, mails, damaged)


def commit_forever(
    home: Home, stop: threading.Event, *, capture: Capture | None = None, every: float = EVERY_SECONDS
) -> Committed:
    """Commit what lies there, again and again, until told to stop; what was committed in all.

    A table or disk that refuses is tried again: the mails lie safe in the spool meanwhile.
    """
    total = Committed(0, 0, 0)
    with closing(ArchiveWriter(home)) as writer:
        while True:
            is_last = stop.is_set()
            pause = every
            try:
                done = spool_commit(home, writer, capture)
                total = Committed(*map(sum, zip(total, done, strict=True)))
            except UnavailableError as error:
                _log.info("spool left to another process: %s", error.reason)
            except StorageError as error:
                _log.warning("spool not committed, will be tried again: %s", error.reason)
                pause = PAUSE_AFTER_FAILURE
            if is_last:
                return total
            stop.wait(pause)


def _spool_bytes(home: Home) -> int:
    total = 0
    for path in in_order(home.spool):
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


def _batches(home: Home, arrivals: Table, rows: int) -> Iterator[_Batch]:
    """What is not committed yet, in commits; segments that are, or hold nothing, are removed here."""
    batch = _Batch()
    arrivals.refresh()
    for segment in free_segments(home.spool):
        last = arrivals.transaction_version(str(segment.writer))
        if last is not None and last >= segment.number:
            arrivals.settle()
            segment.remove()
            continue
        if not batch.takes(segment, rows):
            yield batch
            batch = _Batch()
        batch.add(segment)
    if batch.segments:
        yield batch


def _commit(home: Home, batch: _Batch, writer: ArchiveWriter, capture: Capture | None) -> None:
    """Bring one batch into the tables."""
    if not batch.records:
        return
    rows = [_arrival(record) for record in batch.records]
    raws = [record.raw for record in batch.records]
    arrivals = pa.RecordBatch.from_pylist(rows, schema=ARRIVALS)
    evidence = {
        "sha256": arrivals.column("sha256"),
        "raw": pa.array(raws, pa.binary()),
        "size": pa.array(map(len, raws), pa.int64()),
        "first_seen": arrivals.column("received_at"),
    }
    writer.evidence_append(
        pa.RecordBatch.from_arrays([evidence[column.name] for column in EVIDENCE], schema=EVIDENCE)
    )
    if capture is not None:
        _capture(home, batch.transaction, capture, arrivals, raws)
    writer.arrivals.append(arrivals, transaction=batch.transaction)


def _capture(
    home: Home, transaction: AppTransaction, capture: Capture, arrivals: pa.RecordBatch, raws: list[bytes]
) -> None:
    """Ask the DNS once for a batch, however often it is tried."""
    answers = Table.open(home, DNS_ANSWERS_LAYOUT)
    if (answers.transaction_version(transaction.app) or 0) < transaction.version:
        answers.append(capture(arrivals, raws), transaction=transaction)


def _arrival(record: Record) -> dict[str, Any]:
    """A row of ``arrivals`` from a record: times read, sha256 added where the receiver left it out."""
    row = dict(record.envelope)
    row["received_at"] = datetime.fromisoformat(row["received_at"])
    row["sha256"] = row.get("sha256") or hashlib.sha256(record.raw).hexdigest()
    return row

"""Archives into ``evidence`` and ``arrivals``: read, hash, have them seen by workers, commit in batches, each once.

An archive is its own spool: a mail counts as taken when its batch is committed and synced, and whoever was killed
before that reads the archive again. Uniqueness on (sha256, channel, monitor), also against another ingest at
the same time, is the tables' (``ArchiveWriter``). One batch is committed by a thread while the next one is read.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa

from meyasubako.engines.local import LocalEngine
from meyasubako.errors import StorageError
from meyasubako.receivers import batch as limits
from meyasubako.receivers.archives import Found, Mail, Unreadable
from meyasubako.receivers.arrival import ArrivalIds
from meyasubako.receivers.batch import PORTION_BYTES, PORTION_ROWS, Batch, Intake, Portion, Seen
from meyasubako.receivers.following import Following
from meyasubako.receivers.seeing import see
from meyasubako.tables.unique import ArchiveWriter, UniqueCommit, arrival_keys


@dataclass(slots=True)
class Taken:
    """What was taken in so far: mails, duplicates, what could not be read, the version of ``arrivals``."""

    taken: int = 0
    duplicate: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)
    version: int = -1


OnCommit = Callable[[Taken], None]
"""Called in the reading thread after each committed batch."""

Capture = Callable[[pa.RecordBatch, Sequence[bytes]], pa.RecordBatch]
"""Arrivals that are not there yet, with their bytes, in; what the DNS says of their senders out: ``dns_answers``."""


class Taking:
    """Takes the mails of archives in; what it did stands in ``result``.

    ``given`` is the time of mails whose trusted boundary says none. With a ``following`` that is ours, mails are
    observed by the workers that date them, unless ``capture`` has something to ask first.
    """

    def __init__(
        self,
        writer: ArchiveWriter,
        engine: LocalEngine,
        *,
        given: datetime | None = None,
        capture: Capture | None = None,
        following: Following | None = None,
        on_commit: OnCommit = lambda _: None,
    ) -> None:
        """Nothing is read yet."""
        self.result = Taken()
        self._writer = writer
        self._engine = engine
        self._given = given
        self._capture = capture
        self._following = following
        self._on_commit = on_commit
        self._ids = ArrivalIds()
        self._is_broken = False

    def take(self, found: Iterable[Found], intake: Intake) -> None:
        """Commit every mail of ``found`` that is not there yet; returns after the last commit is durable.

        Raises StorageError; what was committed until then stays.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="commit") as committer:
            under_way: tuple[Batch, Future[UniqueCommit]] | None = None
            for batch in self._batches(found, intake):
                before, under_way = under_way, (batch, committer.submit(self._commit, batch))
                if before is not None:
                    self._settle(*before)
            if under_way is not None:
                self._settle(*under_way)

    def _batches(self, found: Iterable[Found], intake: Intake) -> Iterator[Batch]:
        """What the workers saw, gathered into batches; workers are kept busy while one is committed."""
        batch: Batch | None = None
        try:
            for portion, seen in self._seen(self._portions(found, intake)):
                if batch is None:
                    batch = Batch(self._writer.evidence.draft(), raws_kept=self._capture is not None)
                batch.add(portion, seen)
                if batch.is_full:
                    full, batch = batch, None
                    yield full
        except BaseException:
            if batch is not None:
                batch.evidence.discard()
            raise
        if batch is not None:
            yield batch

    def _seen(self, portions: Iterator[Portion]) -> Iterator[tuple[Portion, Seen]]:
        """Each portion with what a worker saw in it."""
        under_way: deque[Portion] = deque()

        def drawn() -> Iterator[Portion]:
            for portion in portions:
                under_way.append(portion)
                yield portion

        for seen in self._engine.work(see, drawn()):
            yield under_way.popleft(), seen

    def _portions(self, found: Iterable[Found], intake: Intake) -> Iterator[Portion]:
        """The mails of ``found`` in portions for the workers."""
        held: list[Mail] = []
        size = 0
        for item in found:
            if isinstance(item, Unreadable):
                self.result.unreadable.append(item)
                continue
            held.append(item)
            size += len(item.raw)
            if len(held) >= min(PORTION_ROWS, limits.BATCH_ROWS) or size >= PORTION_BYTES:
                yield self._portion(held, intake)
                held, size = [], 0
        if held:
            yield self._portion(held, intake)

    def _portion(self, mails: Sequence[Mail], intake: Intake) -> Portion:
        """These mails without those that are there already."""
        digests = [hashlib.sha256(mail.raw).hexdigest() for mail in mails]
        known = self._writer.known(arrival_keys(digests, intake.channel, intake.monitor)).tolist()
        is_observed = self._capture is None and self._following is not None and self._following.is_ours
        portion = Portion(intake, self._given, datetime.now(UTC), is_observed, duplicates=sum(known))
        for mail, digest, is_known in zip(mails, digests, known, strict=True):
            if not is_known:
                portion.ids.append(self._ids.next())
                portion.digests.append(digest)
                portion.paths.append(mail.path)
                portion.raws.append(mail.raw)
        return portion

    def _commit(self, batch: Batch) -> UniqueCommit:
        """Commit a batch: its bytes, then what the DNS answers, then the arrivals, so that none is seen without.

        Batches rest on those before them: after one that failed, none is committed.
        """
        try:
            if self._is_broken:
                raise StorageError("ingest", "what came before is not committed")
            batch.evidence.commit()
            arrivals = batch.arrivals
            if self._capture is not None:
                fresh = ~self._writer.known(arrivals)
                if fresh.any():
                    raws = [raw for raw, is_fresh in zip(batch.raws, fresh, strict=True) if is_fresh]
                    self._writer.answers_append(self._capture(arrivals.filter(pa.array(fresh)), raws))
            return self._writer.arrivals_append(arrivals)
        except BaseException:
            self._is_broken = True
            batch.evidence.discard()
            raise

    def _settle(self, batch: Batch, committed: Future[UniqueCommit]) -> None:
        """Wait for a commit, count it, and have it followed."""
        commit = committed.result()
        fresh = int(commit.taken.sum())
        self.result.taken += fresh
        self.result.duplicate += len(batch) - fresh
        self.result.version = commit.version
        if self._following is not None and fresh:
            self._following.committed(batch.observations(commit.taken))
        self._on_commit(self.result)

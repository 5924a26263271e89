"""Archives into ``evidence`` and ``arrivals``: read, date, hash, commit in batches, each mail once.

An archive is its own spool: a mail counts as taken when its batch is committed and synced, and whoever was killed
before that reads the archive again. Uniqueness on (sha256, channel, monitor), also against another ingest at
the same time, is the tables' (``ArchiveWriter``). One batch is committed by a thread while the next one is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pyarrow as pa

from meyasubako.receivers.archives import Found, Unreadable
from meyasubako.receivers.arrival import ArrivalIds, BoundaryTime, reception_of
from meyasubako.receivers.batch import Gathering, Intake
from meyasubako.tables.unique import ArchiveWriter, UniqueCommit


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


def take(
    found: Iterable[Found],
    intake: Intake,
    writer: ArchiveWriter,
    *,
    given: datetime | None,
    boundary_time: BoundaryTime,
    capture: Capture | None = None,
    on_commit: OnCommit = lambda _: None,
    so_far: Taken | None = None,
) -> Taken:
    """Commit every mail of ``found`` that is not there yet; returns after the last commit is durable.

    ``given`` is the time of mails whose trusted boundary says none. ``so_far`` is counted on, where one ingest takes
    several sources. Raises StorageError; what was committed until then stays.
    """
    result = so_far if so_far is not None else Taken()
    ids = ArrivalIds()
    gathering = Gathering(intake, ids)
    now = datetime.now(UTC)
    with ThreadPoolExecutor(1, thread_name_prefix="commit") as committer:
        under_way: Future[UniqueCommit] | None = None

        def settle() -> None:
            if under_way is not None:
                commit = under_way.result()
                fresh = int(commit.taken.sum())
                result.taken += fresh
                result.duplicate += len(commit.taken) - fresh
                result.version = commit.version
                on_commit(result)

        for item in found:
            if isinstance(item, Unreadable):
                result.unreadable.append(item)
                continue
            reception = reception_of(item.raw, given=given, now=now, boundary_time=boundary_time)
            gathering.add(item, reception)
            if gathering.is_full:
                settle()
                under_way = committer.submit(_commit, writer, gathering, capture)
                gathering = Gathering(intake, ids)
                now = datetime.now(UTC)
        settle()
        under_way = committer.submit(_commit, writer, gathering, capture) if len(gathering) else None
        settle()
    return result


def _commit(writer: ArchiveWriter, gathering: Gathering, capture: Capture | None) -> UniqueCommit:
    """Commit a batch: answers of the DNS before the arrivals they belong to, so that none is observed without."""
    arrivals, evidence = gathering.rows()
    if capture is not None:
        fresh = ~writer.known(arrivals)
        if fresh.any():
            raws = [raw for raw, is_fresh in zip(gathering.raws, fresh, strict=True) if is_fresh]
            writer.answers_append(capture(arrivals.filter(pa.array(fresh)), raws))
    return writer.append(arrivals, evidence)

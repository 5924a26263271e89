"""Archives into ``evidence`` and ``arrivals``: read, date, hash, commit in batches, each mail once.

An archive is its own spool: a mail counts as taken when its batch is committed and synced, and whoever was killed
before that reads the archive again. Uniqueness on (sha256, channel, monitor), also against another ingest at
the same time, is the tables' (``ArchiveWriter``). One batch is committed by a thread while the next one is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

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


def take(
    found: Iterable[Found],
    intake: Intake,
    writer: ArchiveWriter,
    *,
    given: datetime | None,
    boundary_time: BoundaryTime,
    on_commit: OnCommit = lambda _: None,
) -> Taken:
    """Commit every mail of ``found`` that is not there yet; returns after the last commit is durable.

    ``given`` is the time of mails whose trusted boundary says none. Raises StorageError; what was committed
    until then stays.
    """
    result = Taken()
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
                under_way = committer.submit(_commit, writer, gathering)
                gathering = Gathering(intake, ids)
                now = datetime.now(UTC)
        settle()
        under_way = committer.submit(_commit, writer, gathering) if len(gathering) else None
        settle()
    return result


def _commit(writer: ArchiveWriter, gathering: Gathering) -> UniqueCommit:
    arrivals, evidence = gathering.rows()
    return writer.append(arrivals, evidence)

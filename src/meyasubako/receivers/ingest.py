"""Archives to observations: everything between ``meyasu ingest`` and its answer.

When :func:`ingest` returns, every mail named as taken is in ``evidence`` and ``arrivals``, synced, and its observation
is committed. Killed at any point, the same call again takes what is missing and nothing twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from meyasubako.analysis.context import ContextSpec
from meyasubako.engines.local import LocalEngine, seldom_collecting
from meyasubako.errors import UsageError
from meyasubako.origin import Trust, load_trust
from meyasubako.receivers.archives import Unreadable, read_archives
from meyasubako.receivers.arrival import is_plausible
from meyasubako.receivers.batch import Intake
from meyasubako.receivers.capturing import SenderCapture
from meyasubako.receivers.following import Following
from meyasubako.receivers.routes import CLASSES, load_routes
from meyasubako.receivers.taking import Taken, Taking
from meyasubako.tables.home import Home
from meyasubako.tables.unique import ArchiveWriter

CHANNELS = ("archive", "monitor", "report")

Progress = Callable[[int, int], None]
"""Told (mails read and committed, observations committed) after each commit; may be called by another thread."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What an ingest did. ``notices`` are (ja, en) sentences about what was assumed."""

    taken: int
    duplicate: int
    unreadable: tuple[Unreadable, ...]
    seconds: float
    notices: tuple[tuple[str, str], ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """The contract of ``meyasu ingest --json``."""
        return {
            "taken": self.taken,
            "duplicate": self.duplicate,
            "unreadable": [item._asdict() for item in self.unreadable],
            "seconds": round(self.seconds, 3),
        }


class Source(NamedTuple):
    """Files and folders whose mails came in the same way."""

    paths: tuple[Path, ...]
    intake: Intake


Asking = Callable[[Trust], SenderCapture]
"""How the DNS is asked about senders: ``SenderCapture.of_system``, or the resolver of a made-up world."""


def ingest(
    paths: Iterable[Path],
    *,
    home: Path,
    channel: str = "archive",
    monitor: str | None = None,
    monitor_class: str | None = None,
    carrier: str | None = None,
    received_at: datetime | None = None,
    report_id: str | None = None,
    workers: int = 1,
    asking: Asking | None = None,
    progress: Progress = lambda _committed, _observed: None,
) -> Ingested:
    """Take the mails of files and folders in, and observe them; see :func:`ingest_sources`.

    Class and carrier of a monitor come from the caller, else from the routes snapshot, else the class is ``pc`` with
    a notice. Each mail of channel ``report`` is a report of its own unless ``report_id`` names the one that held
    them all.
    """
    source = Source(tuple(paths), Intake(channel, monitor, monitor_class, carrier, report_id))
    return ingest_sources(
        [source], home=home, received_at=received_at, workers=workers, asking=asking, progress=progress
    )


def ingest_sources(
    sources: Sequence[Source],
    *,
    home: Path,
    received_at: datetime | None = None,
    workers: int = 1,
    asking: Asking | None = None,
    progress: Progress = lambda _committed, _observed: None,
) -> Ingested:
    """Take several sources in one after the other, and observe them with one engine.

    ``received_at`` (aware) is the time of mails whose trusted boundary names none. With ``asking`` the DNS is asked
    about the sender of every mail that is new, and the answers are kept before it.

    Raises UsageError for values that make no sense together, MeyasuError for a path that is not there,
    UnavailableError where there is no DNS to ask, StorageError when the tables refuse.
    """
    began = time.monotonic()
    given = _checked_time(received_at)
    routed = [_intake_of(home, source.intake) for source in sources]
    notices = tuple(notice for _, said in routed for notice in said)
    reading = [
        (read_archives(source.paths), intake) for source, (intake, _) in zip(sources, routed, strict=True)
    ]
    spec = ContextSpec.of_home(home)
    committed = observed = 0

    def note_observed(count: int) -> None:
        nonlocal observed
        observed += count
        progress(committed, observed)

    def note_committed(so_far: Taken) -> None:
        nonlocal committed
        committed = so_far.taken + so_far.duplicate
        progress(committed, observed)

    with ExitStack() as stack:
        stack.enter_context(seldom_collecting())
        capture = stack.enter_context(asking(load_trust(spec.trust))) if asking is not None else None
        place = Home.at(home)
        engine = stack.enter_context(closing(LocalEngine(spec, workers=workers)))
        writer = stack.enter_context(closing(ArchiveWriter(place)))
        following = stack.enter_context(Following(place, engine, note_observed))
        taking = Taking(
            writer, engine, given=given, capture=capture, following=following, on_commit=note_committed
        )
        for found, intake in reading:
            taking.take(found, intake)
        result = taking.result
        if result.version >= 0:
            following.reach(result.version)
    return Ingested(
        result.taken, result.duplicate, tuple(result.unreadable), time.monotonic() - began, notices
    )


def _checked_time(received_at: datetime | None) -> datetime | None:
    if received_at is None:
        return None
    if received_at.tzinfo is None:
        raise UsageError("--received-at", f"{received_at.isoformat()} names no zone (+09:00, Z)")
    moment = received_at.astimezone(UTC)
    if not is_plausible(moment, datetime.now(UTC)):
        raise UsageError("--received-at", f"{received_at.isoformat()} is before 1990 or in the future")
    return moment


def _intake_of(home: Path, said: Intake) -> tuple[Intake, tuple[tuple[str, str], ...]]:
    """What was said, checked and filled from the routes snapshot, with notices about what was assumed."""
    if said.channel not in CHANNELS:
        raise UsageError("--channel", f"{said.channel!r} is none of {', '.join(CHANNELS)}")
    if said.monitor_class is not None and said.monitor_class not in CLASSES:
        raise UsageError("--monitor-class", f"{said.monitor_class!r} is none of {', '.join(CLASSES)}")
    if said.report_id is not None and said.channel != "report":
        raise UsageError("--report-id", "belongs to --channel report")
    route = load_routes(home).get(said.monitor) if said.monitor is not None else None
    if route is not None:
        if said.monitor_class not in (None, route.monitor_class):
            raise UsageError(
                "--monitor-class", f"monitor {said.monitor} is registered as {route.monitor_class}"
            )
        said = said._replace(
            monitor_class=said.monitor_class or route.monitor_class, carrier=said.carrier or route.carrier
        )
    if said.channel != "monitor" or said.monitor_class is not None:
        return said, ()
    name = said.monitor or "-"
    notice = (
        f"モニター {name} の種別が不明のため pc として扱います（--monitor-class で指定できます）。",
        f"The class of monitor {name} is not known; taken as pc (name it with --monitor-class).",
    )
    return said._replace(monitor_class="pc"), (notice,)

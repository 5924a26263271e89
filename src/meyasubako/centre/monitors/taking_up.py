"""Files of counts and logs, taken up once however often they are given: how far each was read lies beside the counts.

Counts of our own receivers are known by the file's name and only grow. A log is known by its first line and by a digest
of all that was read of it, so that it is the same log when it has grown, was renamed by rotation or was compressed.
"""

from __future__ import annotations

import bz2
import fcntl
import gzip
import hashlib
import json
import lzma
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from django.conf import settings
from django.db import transaction

from meyasubako.centre.accounts.owners import centre_organisation
from meyasubako.centre.monitors.attempts import attempts_add
from meyasubako.centre.monitors.models import ReadFile, UnknownAttempt
from meyasubako.centre.monitors.postfix import Clock, attempt_in
from meyasubako.centre.monitors.selectors import decoy_domains
from meyasubako.errors import MeyasuError
from meyasubako.receivers.unknown import SUFFIX, Attempt
from meyasubako.tables.home import Home

RECEIVER, LOG = UnknownAttempt.Origin.RECEIVER.value, UnknownAttempt.Origin.LOG.value
STRETCH_BYTES = 32 * 1024 * 1024
STRETCH_ATTEMPTS = 20_000
LONGEST_READ = 1024 * 1024
ENDED = timedelta(hours=2)
"""How long after its hour a receiver's file is still written to."""

Progress = Callable[[Path, int, int], None]
"""Told (file, bytes read, attempts) now and then."""


class Readable(Protocol):
    """Bytes of a log, packed or not."""

    def read(self, size: int = -1, /) -> bytes:
        """Some of them."""

    def readline(self, size: int = -1, /) -> bytes:
        """A line, or as much of it."""


class LogRead(NamedTuple):
    """What a log gave: lines and attempts that are new, bytes read now and before."""

    path: Path
    lines: int
    attempts: int
    new_bytes: int
    known_bytes: int


@dataclass(slots=True)
class _Stretch:
    """What was read since the last commit."""

    counts: Counter[Attempt]
    lines: int = 0
    attempts: int = 0
    bytes: int = 0

    def is_full(self) -> bool:
        return self.bytes >= STRETCH_BYTES or len(self.counts) >= STRETCH_ATTEMPTS


def step_unknown_take_up(now: datetime) -> int:
    """A step: take up what receivers counted; how many attempts. A file that is over and read is removed."""
    home = Home.at(settings.HOME)
    taken = 0
    with _alone(home.path):
        for path in sorted(home.unknown.glob(f"*{SUFFIX}")):
            taken += _take_up(path, now)
    return taken


def log_take_up(
    path: Path,
    *,
    zone: tzinfo,
    now: datetime,
    until: datetime | None = None,
    progress: Progress = lambda _path, _read, _attempts: None,
) -> LogRead:
    """Count the attempts that a Postfix log tells of and that were not counted before. Raises MeyasuError.

    ``until`` is when the log's last line was written, for times without a year; else the file's own time.
    """
    try:
        written = until or datetime.fromtimestamp(path.stat().st_mtime, UTC)
        with _alone(Path(settings.HOME)), opened(path) as file:
            first = file.readline(LONGEST_READ)
            if not first.endswith(b"\n"):
                return LogRead(path, 0, 0, 0, 0)
            identity = hashlib.sha256(first).hexdigest()
            known = _known_part(path, identity)
            return _read_on(path, identity, known, Clock(zone, min(written, now)), now, progress)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise MeyasuError(str(path), f"cannot be read: {error}") from error


@contextmanager
def opened(path: Path) -> Iterator[Readable]:
    """A log's own bytes, whatever it is packed with, by its content."""
    with path.open("rb") as file:
        magic = file.read(6)
        file.seek(0)
        if magic.startswith(b"\x1f\x8b"):
            with gzip.open(file, "rb") as unpacked:
                yield unpacked
        elif magic == b"\xfd7zXZ\x00":
            with lzma.open(file, "rb") as unpacked_xz:
                yield unpacked_xz
        elif magic.startswith(b"BZh"):
            with bz2.open(file, "rb") as unpacked_bz:
                yield unpacked_bz
        else:
            yield file


def _known_part(path: Path, identity: str) -> ReadFile | None:
    """What was read of this log before: the longest part whose digest its bytes have.

    A log that ends before it is an older copy of the same: its first line names time, host and process.
    """
    rows = {row.offset: row for row in ReadFile.objects.filter(kind=LOG, identity=identity)}
    found = None
    seen = hashlib.sha256()
    position = 0
    with opened(path) as file:
        for offset in sorted(rows):
            while position < offset:
                piece = file.read(min(1024 * 1024, offset - position))
                if not piece:
                    return rows[offset]  # an older copy: all of it was read
                seen.update(piece)
                position += len(piece)
            if seen.hexdigest() == rows[offset].digest:
                found = rows[offset]
    return found


def _read_on(
    path: Path, identity: str, known: ReadFile | None, clock: Clock, now: datetime, progress: Progress
) -> LogRead:
    start = known.offset if known is not None else 0
    seen = hashlib.sha256()
    lines = attempts = 0
    position = start
    row = known
    with opened(path) as file:
        for piece in _pieces(file, start):
            seen.update(piece)
        for stretch in _stretches(file, clock, seen):
            position += stretch.bytes
            lines += stretch.lines
            attempts += stretch.attempts
            row = _committed(stretch, row, identity, position, seen.hexdigest(), now)
            progress(path, position, attempts)
    return LogRead(path, lines, attempts, position - start, start)


def _pieces(file: Readable, size: int) -> Iterator[bytes]:
    while size and (piece := file.read(min(1024 * 1024, size))):
        size -= len(piece)
        yield piece


def _stretches(file: Readable, clock: Clock, seen: Any) -> Iterator[_Stretch]:
    """Whole lines, some at a time; a line without its end is left for the next time."""
    stretch = _Stretch(Counter())
    while line := file.readline(LONGEST_READ):
        if not line.endswith(b"\n") and len(line) < LONGEST_READ:
            break
        seen.update(line)
        stretch.bytes += len(line)
        stretch.lines += 1
        attempt = attempt_in(line, clock)
        if attempt is not None:
            stretch.counts[attempt] += 1
            stretch.attempts += 1
        if stretch.is_full():
            yield stretch
            stretch = _Stretch(Counter())
    if stretch.bytes:
        yield stretch


def _committed(
    stretch: _Stretch, row: ReadFile | None, identity: str, offset: int, digest: str, now: datetime
) -> ReadFile:
    """Count a stretch and move on, in one transaction."""
    with transaction.atomic():
        owner = centre_organisation(now).pk
        attempts_add(stretch.counts, origin=LOG, owner=owner, decoys=decoy_domains())
        if row is None:
            row = ReadFile(organisation_id=owner, kind=LOG, identity=identity)
        row.offset, row.digest, row.read_at = offset, digest, now
        row.save()
    return row


def _take_up(path: Path, now: datetime) -> int:
    identity = hashlib.sha256(path.name.encode()).hexdigest()
    owner = centre_organisation(now).pk
    row = ReadFile.objects.filter(kind=RECEIVER, identity=identity).first() or ReadFile(
        organisation_id=owner, kind=RECEIVER, identity=identity, digest=""
    )
    taken = 0
    with path.open("rb") as file:
        file.seek(row.offset)
        content = file.read()
    whole = content[: content.rfind(b"\n") + 1]
    if whole:
        counts: Counter[Attempt] = Counter()
        for line in whole.splitlines():
            read = read_count(line)
            if read is not None:
                counts[read[0]] += read[1]
        with transaction.atomic():
            taken = attempts_add(counts, origin=RECEIVER, owner=owner, decoys=decoy_domains())
            row.offset += len(whole)
            row.read_at = now
            row.save()
    if len(whole) == len(content) and _is_over(path, now):
        path.unlink(missing_ok=True)
    return taken


def read_count(line: bytes) -> tuple[Attempt, int] | None:
    """A line of a receiver's file; None for one that is none."""
    try:
        said = json.loads(line)
        hour = datetime.fromisoformat(said["hour"])
        texts = [said[name] for name in ("client_ip", "helo", "from_domain", "domain", "local_part")]
        count = said["count"]
    except (ValueError, KeyError, TypeError):
        return None
    if hour.tzinfo is None or not isinstance(count, int) or isinstance(count, bool) or count < 1:
        return None
    if not all(text is None or isinstance(text, str) for text in texts) or not texts[3]:
        return None
    return Attempt(hour.astimezone(UTC), *texts), count


def _is_over(path: Path, now: datetime) -> bool:
    try:
        hour = datetime.strptime(path.name[:14], "%Y-%m-%dT%HZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    return now > hour + timedelta(hours=1) + ENDED


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One process at a time takes files up; the others wait."""
    lock = os.open(home / ".unknown.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)

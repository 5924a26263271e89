"""Counts of mails to addresses that never existed at decoy domains, as a file that the centre takes up.

Sending to addresses that a program made up is forbidden (Act Art 6), and who does it is seen here. A receiver counts in
memory and writes what it counted every few seconds, so that a flood costs lines by source and address, not by mail. The
format is in ``docs/receivers.md``. A crash loses the last seconds of counts: they are figures, not mails.
"""

from __future__ import annotations

import json
import os
import secrets
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from meyasubako.errors import StorageError

SUFFIX = ".jsonl"
HELD = 20_000
"""Different keys held between two writes; beyond it local parts are no longer told apart (null)."""
FILE_BYTES = 16 * 1024 * 1024
"""Size of an hour's file beyond which local parts are no longer told apart."""
FOLDER_BYTES = 256 * 1024 * 1024
"""Size of the folder beyond which the oldest files go."""
KEPT = timedelta(days=62)
"""Age at which a file goes, whether the centre took it up or not."""


class Attempt(NamedTuple):
    """What is counted: who tried, as whom, for which address. ``hour`` is its beginning, UTC."""

    hour: datetime
    client_ip: str | None
    helo: str | None
    from_domain: str | None
    domain: str
    local_part: str | None


class Tally:
    """Counts attempts of one process and writes them into the folder. Count in one thread, write in another."""

    def __init__(self, folder: Path) -> None:
        """Nothing is written before the first :meth:`write`."""
        self._folder = folder
        self._writer = secrets.token_hex(4)
        self._counts: Counter[Attempt] = Counter()
        self._coarse = False

    def add(
        self, address: str, *, client_ip: str | None, helo: str | None, envelope_from: str, now: datetime
    ) -> None:
        """Count one attempt at an address, in lower case; of the envelope's sender only the domain is kept."""
        local, _, domain = address.lower().rpartition("@")
        sender = envelope_from.rpartition("@")[2].lower() or None
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        known: str | None = None if self._coarse or len(self._counts) >= HELD else local
        self._counts[Attempt(hour, client_ip, helo, sender, domain, known)] += 1

    def take(self) -> Counter[Attempt]:
        """What was counted since, which begins anew."""
        counts, self._counts = self._counts, Counter()
        return counts

    def write(self, counts: Counter[Attempt], now: datetime) -> None:
        """Append counts to the files of their hours, synced, and remove what is too old. Raises StorageError."""
        by_hour: dict[datetime, list[bytes]] = {}
        for attempt, count in counts.items():
            row = {**attempt._asdict(), "hour": attempt.hour.strftime("%Y-%m-%dT%H:00:00Z"), "count": count}
            by_hour.setdefault(attempt.hour, []).append(
                json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            )
        try:
            for hour, lines in by_hour.items():
                self._append(self._folder / f"{hour:%Y-%m-%dT%H}Z.{self._writer}{SUFFIX}", b"".join(lines))
            self._remove_old(now)
        except OSError as error:
            raise StorageError(str(self._folder), error.strerror or str(error)) from error

    def _append(self, path: Path, lines: bytes) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            written = os.write(descriptor, lines)
            if written < len(lines):  # a disk that filled up: no half line stays
                os.ftruncate(descriptor, size)
                raise OSError("No space left on device")
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)
        self._coarse = size + written > FILE_BYTES

    def _remove_old(self, now: datetime) -> None:
        files = sorted(self._folder.glob(f"*{SUFFIX}"))
        total = sum(path.stat().st_size for path in files)
        oldest = f"{now.astimezone(UTC) - KEPT:%Y-%m-%dT%H}Z"
        for path in files:
            if path.name >= oldest and total <= FOLDER_BYTES:
                return
            total -= path.stat().st_size
            path.unlink(missing_ok=True)

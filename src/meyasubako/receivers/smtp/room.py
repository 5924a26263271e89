"""Whether there is room for another mail: how deep the spool is, what is free on its disk, what memory holds.

Looked at once a second by a thread, estimated in between. What is left free on the disk is for the committer: tables
on the same disk must be able to take the spool's mails, or it would never empty.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from meyasubako.receivers.spool import SUFFIX


@dataclass(frozen=True, slots=True)
class Depths:
    """The most the spool may hold (bytes, files), what must stay free on its disk, what memory may hold (bytes)."""

    spool_bytes: int = 4 * 1024**3
    spool_files: int = 10_000
    disk_free: int = 256 * 1024**2
    memory: int = 256 * 1024**2


class Room:
    """Room in some spool folders on one disk."""

    def __init__(self, folders: tuple[Path, ...], depths: Depths) -> None:
        """Look for the first time."""
        self._folders = folders
        self._depths = depths
        self._since = 0
        self.held = 0
        """Bytes in memory: mails coming in, and mails on their way to the disk."""
        self._left = 0
        self.refresh()

    def refresh(self) -> None:
        """Look at folders and disk; may be called in another thread."""
        sizes = [size for folder in self._folders for size in _segment_sizes(folder)]
        status = os.statvfs(self._folders[0])
        free = status.f_bavail * status.f_frsize - self._depths.disk_free
        deep = self._depths.spool_bytes - sum(sizes)
        self._since = 0
        self._left = min(free, deep) if len(sizes) < self._depths.spool_files else 0

    def is_there(self, size: int) -> bool:
        """Whether a mail of about this size may come."""
        return self._left - self._since > size and self.held + size <= self._depths.memory

    @property
    def is_memory_full(self) -> bool:
        """Whether no more text may be held."""
        return self.held > self._depths.memory

    def take(self, size: int) -> None:
        """A mail of this size goes to the spool."""
        self._since += size


def _segment_sizes(folder: Path) -> list[int]:
    sizes = []
    for path in folder.glob(f"*{SUFFIX}"):
        with suppress(FileNotFoundError):  # committed meanwhile
            sizes.append(path.stat().st_size)
    return sizes

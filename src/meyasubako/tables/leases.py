"""Who may work on a table now: one follower at a time, readers against the removal of files.

Leases are file locks of the machine (``flock``): they end with the process that holds them, however it ends. They
keep honest processes out of each other's way; that nothing is counted twice rests on the application
transactions, not on these.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meyasubako.errors import UnavailableError
from meyasubako.tables.home import Home

POLL_SECONDS = 0.05


@contextmanager
def exclusive(home: Home, name: str, *, wait: float = 0.0) -> Iterator[None]:
    """Hold the lease ``name`` alone. Raises UnavailableError when it is not free within ``wait`` seconds."""
    path = home.leases / f"{name}.lock"
    with _held(path, fcntl.LOCK_EX, wait) as descriptor:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "since": time.time()}).encode(), 0)
        yield


@contextmanager
def shared(home: Home, name: str, *, wait: float = math.inf) -> Iterator[None]:
    """Hold the lease ``name`` together with others who share it, while nobody holds it alone."""
    with _held(home.leases / f"{name}.lock", fcntl.LOCK_SH, wait):
        yield


@contextmanager
def reading(home: Home, *, wait: float = 60.0) -> Iterator[None]:
    """Hold the files of every snapshot seen from now on: none is removed until this ends."""
    with _held(home.leases / "readers.lock", fcntl.LOCK_SH, wait):
        yield


@contextmanager
def no_readers(home: Home, *, wait: float = 60.0) -> Iterator[None]:
    """Wait until nobody reads, and keep readers out meanwhile."""
    with _held(home.leases / "readers.lock", fcntl.LOCK_EX, wait):
        yield


@contextmanager
def _held(path: Path, kind: int, wait: float) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        deadline = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise UnavailableError(path.stem, f"held by another process ({_holder(path)})") from None
                time.sleep(POLL_SECONDS)
        yield descriptor
    finally:
        os.close(descriptor)


def _holder(path: Path) -> str:
    try:
        return f"pid {json.loads(path.read_bytes())['pid']}"
    except (OSError, ValueError, KeyError):
        return "a reader"

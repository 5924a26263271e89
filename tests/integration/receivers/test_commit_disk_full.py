"""The tables' disk fills up while the spool is committed: nothing is lost, nothing comes twice, and it goes on by itself.

However little is left - nothing at all, or enough for some of the files of a commit - the committer is refused with
an error that it tries again after, and the segments stay. On a small tmpfs where this user may mount one, else under a
limit on the size of files.
"""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from meyasubako.errors import StorageError
from meyasubako.receivers.commit import spool_commit
from meyasubako.receivers.spool import Spool
from meyasubako.tables.home import Home
from meyasubako.tables.schema import ARRIVALS_LAYOUT, EVIDENCE_LAYOUT
from meyasubako.tables.table import Table
from meyasubako.tables.unique import ArchiveWriter

DISK = 24 * 1024 * 1024
MAILS = 12


@contextmanager
def disk(folder: Path) -> Iterator[bool]:
    """A disk of 24 MB; False where it cannot be had."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder], capture_output=True
    )
    try:
        yield mounted.returncode == 0
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def room(folder: Path, left: int, *, is_mounted: bool) -> Iterator[None]:
    """Only so many bytes can be written."""
    if not is_mounted:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (left, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        return
    filler = folder / "filler"
    status = os.statvfs(folder)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, status.f_bavail * status.f_frsize - left))
    try:
        yield
    finally:
        filler.unlink()


def spooled(home: Home) -> None:
    """Mails that do not compress."""
    with Spool(home.spool) as spool:
        for number in range(MAILS):
            envelope = {
                "arrival_id": str(number),
                "received_at": "2026-05-01T00:00:00.000001+00:00",
                "received_at_source": "clock",
                "month": "2026-05",
                "channel": "monitor",
            }
            spool.accept(envelope, os.urandom(200_000)).result(10)


@pytest.mark.parametrize("left", [0, 4_096, 100_000, 2_420_000, 2_500_000])
def test_a_commit_that_found_no_room_is_made_when_there_is(tmp_path: Path, left: int) -> None:
    folder = tmp_path / "disk"
    with disk(folder) as is_mounted:
        home = Home.at(folder)
        with closing(ArchiveWriter(home)) as writer:  # the tables are there, as they are in service
            spooled(home)
            with room(folder, left, is_mounted=is_mounted):
                try:
                    spool_commit(home, writer)
                except StorageError:
                    assert len(list(home.spool.glob("*.segment"))) == 1
                else:
                    assert left > 2_400_000
            spool_commit(home, writer)
        assert list(home.spool.glob("*.segment")) == []
        arrivals = Table.open(home, ARRIVALS_LAYOUT)
        found = [one for batch in arrivals.scan(["arrival_id"]) for one in batch.column(0).to_pylist()]
        assert sorted(found) == sorted(map(str, range(MAILS)))
        assert Table.open(home, EVIDENCE_LAYOUT).count() == MAILS

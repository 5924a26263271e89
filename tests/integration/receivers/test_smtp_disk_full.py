"""A disk that fills up: 452, nothing half taken, and it goes on by itself when there is room again.

On a small tmpfs where this user may mount one; and, everywhere, under a limit on the size of files, which makes the same
system calls fail in the same places.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from smtp_running import Client, Running, arrivals, commit, patient

MAIL = b"Subject: %d\r\n\r\n" + (b"x" * 998 + b"\r\n") * 300
DISK = 4 * 1024 * 1024


@contextmanager
def tmpfs(folder: Path) -> Iterator[bool]:
    """A disk of 4 MB in this folder; False where it cannot be had."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder], capture_output=True
    )
    try:
        yield mounted.returncode == 0
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "-l", folder], check=True)


def fill(client: Client, answered: list[int], number: int) -> int:
    """Send mails until one is put off; the code of that, or 0 after a hundred."""
    for one in range(number, number + 100):
        code = client.send(MAIL % one)
        if code != 250:
            return code
        answered.append(one)
    return 0


def check(server: Running, home: Path) -> None:
    """Fill it, empty it, fill it again; then all that was answered is there, once, whole."""
    client = Client(server.connect())
    client.say(b"EHLO x")
    answered: list[int] = []
    for start in (0, 1_000):
        assert fill(client, answered, start) == 452
        assert client.say(b"RSET") == 250
        time.sleep(1.5)  # the server lets go of what it wrote
        commit(home)
        ends = time.monotonic() + 20
        while (code := client.send(MAIL % (start + 500))) == 452 and time.monotonic() < ends:
            time.sleep(0.2)
            client.say(b"RSET")
        assert code == 250
        answered.append(start + 500)
    client.close()
    counts = server.stop()
    assert counts["mails"] == len(answered)
    assert counts["put_off"] >= 2
    commit(home)
    assert sorted(row["raw"] for row in arrivals(home)) == sorted(MAIL % number for number in answered)
    assert list((home / "spool").iterdir()) == []


def test_a_small_disk(home: Path) -> None:
    with tmpfs(home / "spool") as is_mounted:
        if not is_mounted:  # no right to mount here: the size of files stands for that of the disk
            check_with_small_files(home)
            return
        assert os.statvfs(home / "spool").f_blocks * os.statvfs(home / "spool").f_frsize == DISK
        with patient(home, depths={"disk_free": 0}) as server:
            check(server, home)
        assert "No space left on device" in (home.parent / "home.log").read_text()


def check_with_small_files(home: Path) -> None:
    with patient(home, depths={"disk_free": 0}, file_bytes=2_000_000) as server:
        check(server, home)
    assert "File too large" in (home.parent / "home.log").read_text()


def test_files_that_may_not_grow(home: Path) -> None:
    check_with_small_files(home)


def test_a_reserve_is_left_for_the_tables(home: Path) -> None:
    with (
        tmpfs(home / "spool") as is_mounted,
        patient(home, depths={"disk_free": DISK // 2 if is_mounted else 1 << 60}) as server,
    ):
        client = Client(server.connect())
        client.say(b"EHLO x")
        answered: list[int] = []
        assert fill(client, answered, 0) == 452
        client.close()
        server.stop()
        status = os.statvfs(home / "spool")
        if is_mounted:
            assert answered
            assert status.f_bavail * status.f_frsize > DISK // 4


@pytest.mark.parametrize("size", [10**9, 10**12])
def test_a_mail_said_to_be_larger_than_the_room_is_put_off_at_once(home: Path, size: int) -> None:
    with patient(home, limits={"size": 10**13}, depths={"memory": 1 << 62, "spool_bytes": 10**8}) as server:
        client = Client(server.connect())
        assert client.say(b"EHLO x", b"MAIL FROM:<a@b> SIZE=%d" % size) == 452
        client.close()
        server.stop()

"""kill -9 of the receiver and of the committer: what was answered for is in the tables, once."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ingest_runs import finish, kill

from meyasubako.receivers.commit import spool_commit
from meyasubako.receivers.spool import Spool
from meyasubako.tables.home import Home
from meyasubako.tables.schema import ARRIVALS_LAYOUT, EVIDENCE_LAYOUT
from meyasubako.tables.table import Table
from meyasubako.tables.unique import ArchiveWriter

PROCESS = Path(__file__).with_name("spool_process.py")


def start(*arguments: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, PROCESS, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def answered(process: subprocess.Popen[bytes], count: int) -> list[str]:
    """Ids answered for until some time after ``count`` of them, when the process is killed."""
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(count)]
    process.send_signal(9)
    lines += process.stdout.read().splitlines(keepends=True)
    kill(process)
    return [line.decode().strip() for line in lines if line.endswith(b"\n")]


def arrivals(home: Home) -> list[str]:
    return [
        arrival_id
        for batch in Table.open(home, ARRIVALS_LAYOUT).scan(["arrival_id"])
        for arrival_id in batch.column(0).to_pylist()
    ]


def killed_rounds(folder: Path, rounds: int) -> None:
    home = Home.at(folder)
    chance = random.Random(time.time_ns())
    acknowledged: list[str] = []
    for number in range(rounds):
        acknowledged += answered(start("receive", folder, f"r{number}"), chance.randint(1, 1_500))
        committer = start("commit", folder)
        time.sleep(chance.uniform(0.6, 1.8))
        kill(committer)
    finish(start("commit", folder))
    found = arrivals(home)
    assert len(found) == len(set(found))
    assert set(acknowledged) <= set(found)
    assert list(home.spool.glob("*.segment")) == []
    assert list(home.spool.glob("*.damaged")) == []


def test_what_was_answered_for_is_there_once(tmp_path: Path) -> None:
    killed_rounds(tmp_path, rounds=3)


@pytest.mark.soak
def test_what_was_answered_for_is_there_once_a_hundred_times(tmp_path: Path) -> None:
    killed_rounds(tmp_path, rounds=100)


def test_a_segment_committed_twice_is_one_commit(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    envelope = {
        "arrival_id": "1",
        "received_at": "2026-05-01T00:00:00+00:00",
        "received_at_source": "clock",
        "month": "2026-05",
        "channel": "report",
    }
    with Spool(home.spool) as spool:
        spool.accept(envelope, b"raw").result(10)
    (segment,) = home.spool.glob("*.segment")
    content = segment.read_bytes()
    assert spool_commit(home, ArchiveWriter(home)) == (1, 1, 0)
    segment.write_bytes(content)  # as if the removal had not reached the disk
    spool_commit(home, ArchiveWriter(home))
    assert arrivals(home) == ["1"]
    assert Table.open(home, EVIDENCE_LAYOUT).count() == 1
    assert list(home.spool.iterdir()) == []

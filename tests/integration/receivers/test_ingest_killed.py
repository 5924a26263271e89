"""kill -9 at random points of ingest and follow, and two ingests at once: every mail exactly once."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
from ingest_runs import assert_every_mail_once, finish, kill, start, write_archive

MAILS = 2_000


def undisturbed(tmp_path: Path, archive: Path, workers: int) -> float:
    """Seconds that an ingest takes when nobody kills it."""
    began = time.monotonic()
    finish(start("ingest", archive, home=tmp_path / f"undisturbed-{workers}", workers=workers))
    return time.monotonic() - began


def killed_rounds(tmp_path: Path, rounds: int, kills: int, workers: int, seed: int) -> None:
    """``rounds`` homes, in each of which ingest and follow are killed some times and then left to finish."""
    chance = random.Random(seed)
    digests = write_archive(tmp_path / "archive.tar", range(MAILS))
    length = undisturbed(tmp_path, tmp_path / "archive.tar", workers)
    for round_number in range(rounds):
        home = tmp_path / f"home-{round_number}"
        for _ in range(kills):
            verb = chance.choice([("ingest", tmp_path / "archive.tar"), ("follow", "--once")])
            process = start(*verb, home=home, workers=workers)
            # Starting up is the longest part of a short run: kill late more often than early.
            time.sleep(length * chance.triangular(0.2, 1.0, 0.85))
            kill(process)
        answer = json.loads(
            finish(start("ingest", tmp_path / "archive.tar", "--json", home=home, workers=workers))
        )
        assert answer["taken"] + answer["duplicate"] == MAILS
        assert_every_mail_once(home, digests)


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_at_random_points(tmp_path: Path, workers: int) -> None:
    killed_rounds(tmp_path, rounds=1, kills=2, workers=workers, seed=time.time_ns())


@pytest.mark.soak
@pytest.mark.parametrize("workers", [1, 2])
def test_killed_at_a_hundred_random_points(tmp_path: Path, workers: int) -> None:
    killed_rounds(tmp_path, rounds=25, kills=4, workers=workers, seed=time.time_ns())


def two_at_once(tmp_path: Path, rounds: int) -> None:
    digests = write_archive(tmp_path / "archive.tar", range(MAILS))
    for round_number in range(rounds):
        home = tmp_path / f"home-{round_number}"
        both = [start("ingest", tmp_path / "archive.tar", "--json", home=home) for _ in range(2)]
        answers = [json.loads(finish(process)) for process in both]
        assert sum(answer["taken"] for answer in answers) == MAILS
        assert sum(answer["duplicate"] for answer in answers) == MAILS
        assert_every_mail_once(home, digests)


def test_two_ingests_of_one_archive_at_once(tmp_path: Path) -> None:
    two_at_once(tmp_path, rounds=1)


@pytest.mark.soak
def test_two_ingests_at_once_again_and_again(tmp_path: Path) -> None:
    two_at_once(tmp_path, rounds=20)


def test_ingest_beside_a_follower(tmp_path: Path) -> None:
    home = tmp_path / "home"
    digests = write_archive(tmp_path / "archive.tar", range(MAILS))
    follower = start("follow", home=home)
    try:
        answer = json.loads(finish(start("ingest", tmp_path / "archive.tar", "--json", home=home)))
        assert answer["taken"] == MAILS
        assert_every_mail_once(home, digests)
        assert follower.poll() is None
    finally:
        kill(follower)

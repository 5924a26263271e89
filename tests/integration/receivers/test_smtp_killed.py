"""kill -9 under load, of the server and of the committer: every mail that was answered 250 is observed once."""

from __future__ import annotations

import os
import random
import subprocess
import threading
import time
from pathlib import Path

import pytest
from smtp_running import CLI, Client, Running, smtp

from meyasubako.engines.follower import OBSERVATIONS_LAYOUT
from meyasubako.tables.home import Home
from meyasubako.tables.schema import ARRIVALS_LAYOUT
from meyasubako.tables.table import Table

SENDERS = 6


class Load:
    """Clients that send until the server is gone, and remember what they were answered."""

    def __init__(self, server: Running, name: str) -> None:
        self.answered: list[str] = []
        self._threads = [
            threading.Thread(target=self._send, args=(server, f"{name}-{number}"))
            for number in range(SENDERS)
        ]
        for thread in self._threads:
            thread.start()

    def _send(self, server: Running, name: str) -> None:
        connection = server.connect()
        try:
            client = Client(connection, greeted=False)
            if client.reply() != 220 or client.say(b"EHLO x") != 250:
                return
            number = 0
            while True:
                subject = f"{name}-{number}"
                text = (
                    f"Subject: {subject}\r\nFrom: a@example.com\r\n\r\n{'text ' * random.randint(1, 900)}\r\n"
                )
                if client.send(text.encode()) != 250:
                    return
                self.answered.append(subject)
                number += 1
        except OSError:
            return
        finally:
            client.file.close()
            connection.close()

    def wait(self) -> list[str]:
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()
        return self.answered


def meyasu(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*CLI, *arguments],
        env={**os.environ, "MEYASU_HOME": str(home), "MEYASU_WORKERS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=(subprocess.DEVNULL),
    )


def column(home: Path, layout: object, name: str) -> list[str]:
    table = Table.open(Home.at(home), layout)  # type: ignore[arg-type]
    return [value for batch in table.scan([name]) for value in batch.column(0).to_pylist()]


def killed_rounds(home: Path, rounds: int) -> None:
    chance = random.Random(time.time_ns())
    answered: list[str] = []
    for number in range(rounds):
        committer = meyasu(home, "commit", "--every", "0.2", "--no-ask-dns")
        with smtp(home) as server:
            load = Load(server, f"round{number}")
            time.sleep(chance.uniform(0.2, 2.0))
            if chance.random() < 0.5:
                committer.kill()
            server.kill()
            answered += load.wait()
        committer.kill()
        committer.wait()
    assert meyasu(home, "commit", "--once", "--no-ask-dns").wait(60) == 0
    assert meyasu(home, "follow", "--once").wait(120) == 0
    assert len(answered) > rounds
    subjects = column(home, OBSERVATIONS_LAYOUT, "subject")
    assert len(subjects) == len(set(subjects)) == len(column(home, ARRIVALS_LAYOUT, "arrival_id"))
    assert set(answered) <= set(subjects)
    assert list((home / "spool").glob("[!.]*")) == []


def test_what_was_answered_is_observed_once(home: Path) -> None:
    killed_rounds(home, rounds=4)


@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_what_was_answered_is_observed_once_a_hundred_times(home: Path) -> None:
    killed_rounds(home, rounds=100)

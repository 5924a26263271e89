"""Servers of our own as processes, what clients say to them, and what came of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from meyasubako.receivers.commit import spool_commit
from meyasubako.receivers.spool import Record, free_segments
from meyasubako.tables.home import Home
from meyasubako.tables.schema import ARRIVALS_LAYOUT, EVIDENCE_LAYOUT
from meyasubako.tables.table import Table
from meyasubako.tables.unique import ArchiveWriter

PROCESS = Path(__file__).with_name("smtp_process.py")
CLI = [sys.executable, "-m", "meyasubako.cli"]
LOOPBACK = "127.0.0.1"


class Running:
    """A server process: where it listens, and how to end it."""

    def __init__(self, process: subprocess.Popen[str], said: dict[str, Any]) -> None:
        self.process = process
        self.said = said
        first = said["listening"][0]
        self.port = int(first.rpartition(":")[2]) if not first.startswith("/") else 0

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    def connect(self, timeout: float = 20) -> socket.socket:
        return socket.create_connection((LOOPBACK, self.port), timeout)

    def stop(self, timeout: float = 40) -> dict[str, Any]:
        """SIGTERM; what it counted."""
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=timeout)
        assert self.process.returncode == 0, output
        counts: dict[str, Any] = json.loads(output.splitlines()[-1])
        assert counts.pop("held", 0) == 0
        return counts

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def running(command: list[str], home: Path) -> Iterator[Running]:
    """Start it, wait until it listens, and see to it that it is gone in the end."""
    log = home.parent / f"{home.name}.log"
    with log.open("a") as errors:
        process = subprocess.Popen(
            command,
            env={**os.environ, "MEYASU_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, log.read_text()
        yield Running(process, json.loads(line))
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


def smtp(home: Path, *options: str) -> Any:
    """``meyasu smtp`` on a free port."""
    return running([*CLI, "smtp", "--port", "0", "--json", "--name", "mx.example.org", *options], home)


def lmtp(home: Path, *options: str) -> Any:
    """``meyasu lmtp``; the options say where."""
    return running([*CLI, "lmtp", "--json", "--name", "mx.example.org", *options], home)


def patient(home: Path, **settings: Any) -> Any:
    """A server with other limits, patience, quotas or depths than the verbs offer."""
    return running([sys.executable, str(PROCESS), json.dumps(settings)], home)


def commit(folder: Path) -> None:
    """Bring the spool into the tables."""
    home = Home.at(folder)
    with closing(ArchiveWriter(home)) as writer:
        spool_commit(home, writer)


def arrivals(folder: Path) -> list[dict[str, Any]]:
    """Every arrival with its bytes under ``raw``, in the order of their ids."""
    home = Home.at(folder)
    raws = {
        row["sha256"]: row["raw"]
        for batch in Table.open(home, EVIDENCE_LAYOUT).scan(["sha256", "raw"])
        for row in batch.to_pylist()
    }
    rows = [row for batch in Table.open(home, ARRIVALS_LAYOUT).scan() for row in batch.to_pylist()]
    return [{**row, "raw": raws[row["sha256"]]} for row in sorted(rows, key=lambda row: row["arrival_id"])]


def spooled(folder: Path) -> list[Record]:
    """What lies in a spool folder."""
    return [record for segment in free_segments(folder) for record in segment.records()]


def write_routes(home: Path, **routes: Any) -> None:
    """A routes snapshot, by renaming."""
    (home / "routes.new").write_text(json.dumps({"format": 1, "monitors": {}, **routes}))
    (home / "routes.new").rename(home / "routes.json")


class Client:
    """A client that says what it is told, and reads whole replies."""

    def __init__(self, connection: socket.socket, *, greeted: bool = True) -> None:
        self.socket = connection
        self.file = connection.makefile("rb")
        if greeted:
            assert self.reply() == 220

    def reply(self) -> int:
        """The code of the next reply; 0 when the server ended."""
        while line := self.file.readline():
            if line[3:4] != b"-":
                return int(line[:3])
        return 0

    def say(self, *lines: bytes) -> int:
        """Each line with its end, and the reply to the last."""
        for line in lines:
            self.socket.sendall(line + b"\r\n")
            code = self.reply()
        return code

    def send(self, text: bytes, recipient: bytes = b"trap@decoy.example") -> int:
        """A whole mail; the reply to it, or to the first command that was refused."""
        for line in (b"MAIL FROM:<a@example.com>", b"RCPT TO:<%s>" % recipient, b"DATA"):
            code = self.say(line)
            if code >= 400:
                return code
        self.socket.sendall(text + b".\r\n")
        return self.reply()

    def close(self) -> None:
        self.file.close()
        self.socket.close()

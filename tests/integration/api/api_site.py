"""The public site as a real process that can be killed, with keys of its API, and a client that sends mails."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

SET_UP = """
import sys
from datetime import UTC, datetime
from meyasubako.centre.config.startup import start
start()
from meyasubako.centre.accounts.models import Organisation
from meyasubako.centre.accounts.types import SYSTEM
from meyasubako.centre.keys.scopes import SCOPES
from meyasubako.centre.keys.services import api_key_make
now = datetime.now(UTC)
made, _ = Organisation.objects.get_or_create(
    slug="carrier", defaults={"kind": "carrier", "name_ja": "C", "name_en": "C", "created_at": now})
print(api_key_make(organisation=made, name="test", scopes=SCOPES, expires_at=None, by=SYSTEM, now=now,
                   requests_per_hour=1_000_000, mails_per_hour=10_000_000)[1])
"""


def mail(number: int, size: int = 0) -> bytes:
    """A mail of this number, filled up to a size."""
    text = (
        f"From: ad@spam.example\r\nTo: a@home.example\r\nSubject: ad {number}\r\n"
        f"Message-ID: <{number}@spam.example>\r\n\r\n{number}\r\n"
    ).encode()
    line = b"x" * 70 + b"\r\n"
    return text + line * max(0, (size - len(text)) // len(line))


class ApiSite:
    """A data folder with a site on it; ``kill`` is kill -9 of all its processes."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            **os.environ,
            "MEYASU_HOME": str(home),
            "MEYASU_SITE_URL": "https://centre.example",
        }
        self.environment.pop("MEYASU_FIGURES_FILE", None)
        subprocess.run(
            [sys.executable, "-m", "meyasubako.centre.config.prepare"], env=self.environment, check=True
        )
        self.token = subprocess.run(
            [sys.executable, "-c", SET_UP], env=self.environment, check=True, capture_output=True, text=True
        ).stdout.strip()
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the site; it answers a little later."""
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "gunicorn", f"--bind=127.0.0.1:{self.port}", "--workers=1", "--threads=8",
                "--worker-class=gthread", "--no-control-socket", "--log-level=critical",
                "meyasubako.centre.config.wsgi:application",
            ],
            env=self.environment,
            start_new_session=True,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def wait(self) -> None:
        """Until the site answers."""
        for _ in range(600):
            if self.ask("GET", "/healthz")[0] == 200:
                return
            time.sleep(0.05)
        raise AssertionError("the site does not answer")

    def kill(self) -> None:
        """Kill it, whatever it is doing."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def anonymous_memory(self) -> int:
        """The memory of the worker (KB) that is not the page cache's."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        lines = Path(f"/proc/{children[0]}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of an answer. (0, {}) where nobody answers."""
        told = {"Authorization": f"Bearer {self.token}", "Host": "localhost", **headers}
        try:
            with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
                connection.request(method, path, body, told)
                answer = connection.getresponse()
                said = answer.read()
                is_json = "json" in answer.headers.get("Content-Type", "")
                return answer.status, json.loads(said) if is_json else {}
        except (OSError, HTTPException):
            return 0, {}

    def send(self, path: str, mails: list[bytes], once: str) -> tuple[int, dict[str, Any]]:
        """Send mails as JSON under an idempotency key."""
        body = {
            "mails": [{"name": str(n), "content": base64.b64encode(m).decode()} for n, m in enumerate(mails)]
        }
        headers = {"Content-Type": "application/json", "Idempotency-Key": once}
        return self.ask("POST", path, json.dumps(body).encode(), **headers)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the relational database."""
        with closing(sqlite3.connect(self.home / "centre.sqlite3")) as connection:
            return list(connection.execute(sql))

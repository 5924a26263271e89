"""The public site and the steps of reports as real processes that can be killed, and a client that sends forms."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from django.core import signing
from relay_sink import free_port

from meyasubako.centre.site_public.reporting.tokens import SALT

STEPS = """
import sys, time
from datetime import UTC, datetime
from meyasubako.centre.config.startup import start
start()
from meyasubako.centre.reports.steps.delivery import step_delivery
from meyasubako.centre.reports.steps.intake import step_intake
once = sys.argv[1] == "once"
while True:
    now = datetime.now(UTC)
    done = step_intake(now) + step_delivery(now)
    print(done, flush=True)
    if once and not done:
        break
    time.sleep(0.02)
"""


class Aged(signing.TimestampSigner):
    """Signs as a form that was given out ten seconds ago."""

    def timestamp(self) -> str:
        """Ten seconds ago."""
        return signing.b62_encode(int(time.time()) - 10)


class Site:
    """A data folder with a site on it; ``kill`` is kill -9 of all its processes."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            **os.environ,
            "MEYASU_HOME": str(home),
            "MEYASU_PROXIES": "127.0.0.0/8",
            "MEYASU_REPORT_ADDRESSES": "meiwaku@centre.example",
        }
        self.environment.pop("MEYASU_FIGURES_FILE", None)
        subprocess.run(
            [sys.executable, "-m", "meyasubako.centre.config.prepare"], env=self.environment, check=True
        )
        self.port = free_port()
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
        )  # fmt: skip

    def kill(self) -> None:
        """Kill it, whatever it is doing."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def token(self, nonce: str) -> str:
        """A token that the site takes."""
        key = (self.home / "secret-key").read_text("ascii").strip()
        return Aged(key=key, salt=SALT).sign(nonce)

    def post(self, number: int, token: str) -> tuple[int, str]:
        """Send the form of this number; status and where it leads. (0, "") where nobody answers."""
        boxes = {"token": token, "website": "", "work": "", "source": source(number)}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Host": "localhost",
            "X-Forwarded-For": f"198.51.{number // 250}.{number % 250}",
        }
        try:
            with closing(HTTPConnection("127.0.0.1", self.port, timeout=40)) as connection:
                connection.request("POST", "/en/report/other/", urlencode(boxes), headers)
                answer = connection.getresponse()
                answer.read()
                return answer.status, answer.headers.get("Location", "")
        except (OSError, HTTPException):
            return 0, ""

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of the relational database."""
        with closing(sqlite3.connect(self.home / "centre.sqlite3")) as connection:
            return list(connection.execute(sql))

    def steps(self, how: str) -> subprocess.Popen[str]:
        """The steps in a process of their own: ``forever`` or ``once`` (until nothing is left)."""
        return subprocess.Popen(
            [sys.executable, "-c", STEPS, how], env=self.environment, stdout=subprocess.PIPE, text=True
        )


class Answered(NamedTuple):
    """A form that got its receipt, how often it was sent."""

    location: str
    tries: int


def source(number: int) -> str:
    """The source of a mail of this number."""
    return (
        f"Received: from mail.spam.example ([192.0.2.7]) by mx.isp.example; Tue, 24 Nov 2026 10:00:00 +0900\r\n"
        f"From: ad@spam.example\r\nSubject: ad {number}\r\nMessage-ID: <{number}@spam.example>\r\n\r\n{number}\r\n"
    )

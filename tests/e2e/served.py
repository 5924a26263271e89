"""Start and stop `meyasu serve`, ask it plainly, and watch a page of it."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection
from typing import NamedTuple

from playwright.sync_api import Page

READY_SECONDS = 60


class Served(NamedTuple):
    """A running `meyasu serve`."""

    address: str
    process: subprocess.Popen[str]


def serve(environment: dict[str, str], *options: str) -> Served:
    """Start the site on a free port and wait for the line that names its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "meyasubako.cli", "serve", "--port", "0", *options],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], READY_SECONDS)
    line = process.stdout.readline() if ready else ""
    found = re.search(r"http://\S+?(?=/ )", line)
    if found is None:
        process.kill()
        raise AssertionError(f"meyasu serve did not name its address: {line!r}")
    return Served(found[0], process)


def stop(served: Served) -> int:
    """Stop it as Ctrl-C does; its exit code."""
    served.process.send_signal(signal.SIGINT)
    code = served.process.wait(30)
    assert served.process.stdout is not None
    served.process.stdout.close()
    return code


class Answer(NamedTuple):
    """What a plain request brought."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(address: str, path: str, **headers: str) -> Answer:
    """GET a path; keywords are header fields with ``_`` for ``-``."""
    with closing(HTTPConnection(address.removeprefix("http://"), timeout=30)) as connection:
        connection.request(
            "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())


class Watched(NamedTuple):
    """A page, what its console said and which hosts it asked."""

    page: Page
    console: list[str]
    hosts: set[str]

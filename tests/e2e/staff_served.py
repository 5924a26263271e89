"""Start the staff site as its own process, and make accounts for it through the command line."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from meyasubako.centre.accounts import totp

READY_SECONDS = 60


class StaffServed(NamedTuple):
    """A running staff site over a data folder."""

    address: str
    home: Path
    process: subprocess.Popen[bytes]


def serve_staff(home: Path) -> StaffServed:
    """Prepare the folder, start gunicorn on a free port, wait until the site answers."""
    environment = {**os.environ, "MEYASU_HOME": str(home)}
    subprocess.run(
        [sys.executable, "-m", "meyasubako.centre.config.prepare"], env=environment, check=True, timeout=120
    )
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    command = [sys.executable, "-m", "gunicorn", f"--bind=fd://{listener.fileno()}", "--threads=4"]
    command += ["--worker-class=gthread", "--log-level=warning", "--no-control-socket"]
    process = subprocess.Popen(
        [*command, "meyasubako.centre.config.wsgi_staff:application"],
        env={**environment, "MEYASU_STAFF_URL": address},
        pass_fds=(listener.fileno(),),
    )
    listener.close()
    until = time.monotonic() + READY_SECONDS
    while not _answers(address):
        assert time.monotonic() < until, "the staff site does not answer"
        assert process.poll() is None, "the staff site ended"
        time.sleep(0.2)
    return StaffServed(address, home, process)


def stop_staff(served: StaffServed) -> int:
    """Ask it to end; its exit code."""
    served.process.terminate()
    return served.process.wait(30)


def _answers(address: str) -> bool:
    with closing(HTTPConnection(urlsplit(address).netloc, timeout=READY_SECONDS)) as connection:
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False


def meyasu(served: StaffServed, *arguments: str) -> Any:
    """What a verb prints with --json."""
    environment = {**os.environ, "MEYASU_HOME": str(served.home), "MEYASU_STAFF_URL": served.address}
    done = subprocess.run(
        [sys.executable, "-m", "meyasubako.cli", *arguments, "--json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def code_now(secret: str) -> str:
    """What an authenticator app would show now for a secret as it is typed in."""
    import base64

    text = re.sub(r"\s", "", secret)
    raw = base64.b32decode(text + "=" * (-len(text) % 8))
    return totp.code_at(raw, int(time.time()) // totp.PERIOD_SECONDS)

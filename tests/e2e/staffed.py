"""The staff site and the third origin in processes of their own, over a folder made by ``staff_home``."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Page
from staff_home import OFFICER, PASSWORD, SECRET

from meyasubako.centre.accounts.totp import code_at, step_of

READY_SECONDS = 60
GUNICORN = (
    "--workers=1",
    "--threads=4",
    "--worker-class=gthread",
    "--log-level=warning",
    "--no-control-socket",
)


class Staffed(NamedTuple):
    """Two running processes, their origins, and the ids that ``staff_home`` made."""

    staff: str
    mailview: str
    made: dict[str, Any]
    home: Path
    processes: tuple[subprocess.Popen[bytes], ...]


def staffed(home: Path) -> Staffed:
    """Make the folder, start both, and wait until they answer."""
    program = Path(__file__).with_name("staff_home.py")
    done = subprocess.run(
        [sys.executable, str(program), str(home)], check=True, capture_output=True, text=True
    )
    made = json.loads(done.stdout.splitlines()[-1])
    staff, mailview = free_port(), free_port()
    # Two host names, so that a cookie of the one would not be sent to the other either.
    origins = f"http://127.0.0.1:{staff}", f"http://localhost:{mailview}"
    environment = {
        **os.environ,
        "MEYASU_HOME": str(home),
        "MEYASU_STAFF_ORIGINS": origins[0],
        "MEYASU_MAILVIEW_ORIGIN": origins[1],
    }
    processes = tuple(
        subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *GUNICORN, f"--bind=127.0.0.1:{port}", f"meyasubako.centre.config.wsgi_{name}:application"],
            env=environment,
        )
        for name, port in (("staff", staff), ("mailview", mailview))
    )  # fmt: skip
    for port in (staff, mailview):
        wait_for(port)
    return Staffed(*origins, made, home, processes)


def stop_all(running: Staffed) -> None:
    """End both."""
    for process in running.processes:
        process.terminate()
    for process in running.processes:
        process.wait(30)


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    """Until the process answers."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            try:
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.1)
    raise AssertionError(f"nothing answers on port {port}")


def log_in(page: Page, address: str, email: str = OFFICER) -> None:
    """Log in as a person does: password, then the code of the authenticator."""
    page.goto(f"{address}/ja/login/")
    page.fill("input[name=email]", email)
    page.fill("input[type=password]", PASSWORD)
    page.click("main form button")
    page.wait_for_selector("input[name=code]")
    page.fill("input[name=code]", code_at(SECRET, step_of(datetime.now(UTC))))
    page.click("main form button")
    page.wait_for_selector("nav.navigation")


def arrivals(home: Path) -> list[dict[str, Any]]:
    """The arrivals of the folder, asked in a process of its own."""
    program = (
        "import json, sys, pyarrow.parquet as pq, pathlib\n"
        "rows = [row for file in pathlib.Path(sys.argv[1]).glob('tables/arrivals/*.parquet')\n"
        "        for row in pq.read_table(file, columns=['arrival_id', 'channel', 'origin_path']).to_pylist()]\n"
        "print(json.dumps(rows))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(home)], check=True, capture_output=True, text=True
    )
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows

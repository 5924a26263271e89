"""The suite of the centre on a PostgreSQL that is started for it, over a unix socket, without a password or a port."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_suite_of_the_centre_passes_on_postgresql(server: str, tmp_path: Path) -> None:
    environment = {**os.environ, "MEYASU_DATABASE_URL": server, "MEYASU_HOME": str(tmp_path)}
    environment.pop("PYTEST_XDIST_WORKER", None)
    environment.pop("PYTEST_XDIST_WORKER_COUNT", None)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "tests/centre"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout[-8000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed.group(1)) > 100


def test_the_command_line_works_on_postgresql(server: str, tmp_path: Path) -> None:
    environment = {**os.environ, "MEYASU_DATABASE_URL": server, "MEYASU_HOME": str(tmp_path)}
    said = ["account", "add", "a@centre.example", "--name", "A", "--role", "administrator", "--json"]
    for arguments in (said, ["audit", "seal"], ["audit", "verify"]):
        done = subprocess.run(
            [sys.executable, "-m", "meyasubako.cli", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr

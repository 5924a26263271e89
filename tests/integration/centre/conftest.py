"""A PostgreSQL of the tests' own, over a unix socket."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

# Debian keeps the server's programs apart for each version.
PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
# PostgreSQL refuses to run as root.
UNPRIVILEGED = "nobody"


def program(name: str) -> str:
    found = shutil.which(name, path=str(PROGRAMS) if PROGRAMS else None) or shutil.which(name)
    assert found, f"{name} is not there; install the package postgresql"
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a database on a server of the test's own. Nothing it writes needs to last."""
    user = UNPRIVILEGED if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    as_user = {"user": user} if os.geteuid() == 0 else {}
    # Not below pytest's folder: another user cannot go in there, and a socket's path is short.
    folder = Path(tempfile.mkdtemp(prefix="meyasu-pg-"))
    try:
        if as_user:
            shutil.chown(folder, user)
        data = folder / "data"
        setup = [program("initdb"), "-D", str(data), "-A", "trust", "-U", "meyasu", "-E", "UTF8", "--no-sync"]
        subprocess.run(
            [*setup, "--locale=C.UTF-8"], check=True, capture_output=True, timeout=120, cwd="/", **as_user
        )
        options = (
            f"-k {folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=20"
        )
        control = [program("pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log")]
        subprocess.run(
            [*control, "-o", options, "start"],
            check=True,
            capture_output=True,
            timeout=60,
            cwd="/",
            **as_user,
        )
        try:
            yield f"postgresql://meyasu@/postgres?host={quote(str(folder), safe='')}"
        finally:
            stop = [*control, "-m", "immediate", "stop"]
            subprocess.run(stop, check=True, capture_output=True, timeout=60, cwd="/", **as_user)
    finally:
        shutil.rmtree(folder)

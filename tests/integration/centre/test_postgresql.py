"""The suite of the centre on a PostgreSQL that is started for it, over a unix socket, without a password or a port."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SUITE = ROOT / "tests" / "centre"
# Each folder by itself, and what lies beside them; one database for all of them.
PARTS = {folder.name: [folder] for folder in sorted(SUITE.iterdir()) if list(folder.glob("test_*.py"))}
PARTS["rest"] = sorted(SUITE.glob("test_*.py"))


def environment(server: str, home: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {**inherited, "MEYASU_DATABASE_URL": server, "MEYASU_HOME": str(home)}


@pytest.mark.parametrize("part", PARTS)
def test_the_suite_of_the_centre_passes_on_postgresql(server: str, tmp_path: Path, part: str) -> None:
    plain = ["-q", "--reuse-db", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plain, *PARTS[part]],
        cwd=ROOT,
        env=environment(server, tmp_path),
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout[-8000:]
    assert re.search(r"\d+ passed", done.stdout)


def test_the_parts_are_the_whole_suite() -> None:
    covered = {
        file
        for paths in PARTS.values()
        for path in paths
        for file in (path.rglob("test_*.py") if path.is_dir() else [path])
    }
    assert covered == set(SUITE.rglob("test_*.py"))
    assert len(PARTS) > 4


def test_the_command_line_works_on_postgresql(server: str, tmp_path: Path) -> None:
    said = ["account", "add", "a@centre.example", "--name", "A", "--role", "administrator", "--json"]
    for arguments in (said, ["audit", "seal"], ["audit", "verify"]):
        done = subprocess.run(
            [sys.executable, "-m", "meyasubako.cli", *arguments],
            env=environment(server, tmp_path),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr

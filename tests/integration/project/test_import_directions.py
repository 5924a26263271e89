"""The import contracts hold, and would notice: violations planted in a copy of the tree are caught."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

VIOLATIONS = [
    ("mail/words.py", "import meyasubako.origin.types", "mail is below origin"),
    ("origin/types.py", "import meyasubako.law.types", "origin and law do not know each other"),
    ("law/types.py", "import socket", "a pure room reaches no network"),
    ("mail/dates.py", "import django", "a pure room knows no framework"),
    ("tables/home.py", "import meyasubako.engines.types", "tables are below engines"),
    ("engines/types.py", "import meyasubako.receivers.routes", "engines are below receivers"),
    ("receivers/routes.py", "import meyasubako.sample.draws", "receivers and sample do not know each other"),
    ("receivers/routes.py", "import meyasubako.centre.config.urls", "receivers never see the centre"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts over the tree in ``folder``."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", folder / "pyproject.toml"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    return tmp_path


def test_the_contracts_hold(copy: Path) -> None:
    shown = lint(copy)
    assert shown.returncode == 0, shown.stdout


@pytest.mark.parametrize(("file", "line", "why"), VIOLATIONS)
def test_a_planted_violation_is_caught(copy: Path, file: str, line: str, why: str) -> None:
    path = copy / "src" / "meyasubako" / file
    path.write_text(path.read_text("utf-8") + f"\n{line}\n", "utf-8")
    shown = lint(copy)
    assert shown.returncode == 1, f"not caught: {why}"
    module = "meyasubako." + file.removesuffix(".py").replace("/", ".")
    assert module in shown.stdout

"""Modules that import cython are compiled, from the source that stands there, with every check on (ADR 10)."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[3] / "src"
COMPILED = sorted(
    path
    for path in SOURCES.rglob("*.py")
    if re.search(r"^import cython$", path.read_text("utf-8"), re.MULTILINE)
)


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(SOURCES).with_suffix("").parts)


@pytest.mark.parametrize("path", COMPILED, ids=module_of)
def test_what_runs_is_compiled_from_the_source_as_it_stands(path: Path) -> None:
    loaded = importlib.import_module(module_of(path)).__file__
    assert loaded is not None
    assert loaded.endswith(".so"), f"{path} is not compiled: make compile"
    assert Path(loaded).stat().st_mtime >= path.stat().st_mtime, f"{path} has changed since: make compile"


@pytest.mark.parametrize("path", COMPILED, ids=module_of)
def test_no_check_is_switched_off(path: Path) -> None:
    source = path.read_text("utf-8")
    for word in (
        "boundscheck",
        "wraparound",
        "nonecheck",
        "cdivision",
        "initializedcheck",
        "cython.pointer",
        "cython.p_",
        "cimports",
    ):
        assert word not in source, f"{path}: {word}"


def test_nothing_lies_compiled_without_a_source_that_asks_for_it() -> None:
    asked = {path.with_suffix("") for path in COMPILED}
    left = [so for so in SOURCES.rglob("*.so") if so.with_name(so.name.split(".")[0]) not in asked]
    assert left == []


def test_the_sources_run_as_plain_python_and_say_the_same(tmp_path: Path) -> None:
    shutil.copytree(SOURCES, tmp_path / "src", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    script = Path(__file__).with_name("plain.py")

    def seen(sources: Path) -> list[str]:
        environment = {**os.environ, "PYTHONPATH": str(sources)}
        ran = subprocess.run(
            [sys.executable, script], env=environment, capture_output=True, text=True, check=True
        )
        where, *digests = ran.stdout.splitlines()
        assert where.startswith(str(sources))
        return digests

    compiled, plain = seen(SOURCES), seen(tmp_path / "src")
    assert len(compiled) > 300
    assert plain == compiled

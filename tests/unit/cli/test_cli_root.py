"""The command's root: every verb is listed, an unknown one is a usage error, help imports nothing heavy."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from meyasubako.cli.verbs import VERBS


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "meyasubako.cli", *arguments], capture_output=True, text=True, check=False
    )


def test_help_lists_every_verb() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    assert all(f"  {verb} " in shown.stdout for verb in VERBS)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from meyasubako.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'pyarrow', 'deltalake', 'duckdb', 'numpy', 'django', 'altair', 'rich.console'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr


def test_an_unknown_verb_is_a_usage_error() -> None:
    shown = run("bogus")
    assert shown.returncode == 2
    assert "bogus" in shown.stderr
    assert "Traceback" not in shown.stderr


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_command(verb: str) -> None:
    module = importlib.import_module(f"meyasubako.cli.{verb.replace('-', '_')}")
    assert callable(module.command)

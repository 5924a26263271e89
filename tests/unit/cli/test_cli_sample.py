"""``meyasu sample`` writes a run, says so, and does not write over what is not its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from meyasubako.cli import app
from meyasubako.cli.sample import sample_sources
from meyasubako.errors import UsageError


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["sample", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_json_names_folder_and_counts(tmp_path: Path) -> None:
    said = json.loads(run("--mails", "60", "--months", "2008-11", "--out", str(tmp_path / "a"), "--json"))
    assert said["mails"] == 60 == said["monitor"] + said["report"]
    assert Path(said["folder"]) == tmp_path / "a"
    assert len((tmp_path / "a" / "truth.jsonl").read_text("utf-8").splitlines()) == 60


def test_a_second_run_replaces_the_first(tmp_path: Path) -> None:
    run("--mails", "60", "--months", "2008-11", "--out", str(tmp_path / "a"))
    assert "50 mails" in run("--mails", "50", "--months", "2009-01", "--out", str(tmp_path / "a"))
    assert {path.stem for path in (tmp_path / "a").rglob("*.mbox")} == {"2009-01"}
    sources = list(sample_sources(tmp_path / "a"))
    assert {source.intake.channel for source in sources} == {"monitor", "report"}


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", "utf-8")
    with pytest.raises(UsageError, match="something else"):
        CliRunner().invoke(app, ["sample", "--mails", "5", "--out", str(tmp_path)], catch_exceptions=False)
    assert (tmp_path / "letter.txt").read_text("utf-8") == "mine"

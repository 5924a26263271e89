"""``meyasu unwrap``: cards and JSON, inert and whole."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from meyasubako.cli import app

CORPUS = Path(__file__).resolve().parent.parent.parent / "corpus" / "wrapped"
GMAIL = CORPUS / "01-gmail-ja.eml"


def run(*arguments: str | Path) -> str:
    shown = CliRunner().invoke(app, ["unwrap", *map(str, arguments)])
    assert shown.exit_code == 0, shown.output
    return shown.output


def test_json_holds_what_was_found_derived_and_lost() -> None:
    found = json.loads(run("--json", GMAIL))
    assert (found["kind"], found["reason"], len(found["mails"])) == ("inline", "", 1)
    assert found["mails"][0]["from"] == "info@bank-check.example"
    assert found["mails"][0]["derived"] == {"date": "+0900"}
    assert "trace" in found["mails"][0]["lost"]


def test_a_card_speaks_both_languages_and_its_links_are_dead(tmp_path: Path) -> None:
    report = tmp_path / "report.eml"
    report.write_bytes(
        b"From: a@example.jp\nSubject: \x1b[31mhttp://evil.example/\n\nFrom: <b@c.example>\nSubject: \x1b[2Jhttp://evil.example/\nDate: 2026/3/3 10:00\n\nx"
    )
    shown = run(report)
    assert "\x1b[2J" not in shown
    assert "http://" not in shown
    card = run(GMAIL)
    assert "配送経路" in card
    assert "origin is unknown" in card


@pytest.mark.parametrize("as_tar", [False, True])
def test_folders_archives_and_mboxes_are_walked(tmp_path: Path, *, as_tar: bool) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "one.eml").write_bytes(GMAIL.read_bytes())
    mail = b"From a@example.jp Tue Mar  3 18:42:07 2026\nFrom: a@example.jp\nSubject: hello\n\nhello\n\n"
    (folder / "inbox").write_bytes(mail * 2)
    target = folder
    if as_tar:
        target = tmp_path / "reports.tar"
        with tarfile.open(target, "w") as archive:
            archive.add(folder, "reports")
    counts = run("--summary", target)
    assert "| inline | inline:gmail | 1 |" in counts
    assert "| none | no-mail-inside | 2 |" in counts
    assert "| all | 1 mails in them | 3 |" in counts


def test_a_path_that_is_not_there_is_said(tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["unwrap", str(tmp_path / "nothing")])
    assert "no such file or folder" in str(shown.exception)

"""``meyasu ingest`` as it is typed: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ingest_runs import plain_mail, start, write_archive

from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.tables.home import Home
from meyasubako.tables.schema import ARRIVALS_LAYOUT
from meyasubako.tables.table import Table


def run(home: Path, *arguments: str | Path) -> tuple[int, str, str]:
    process = start("ingest", *arguments, home=home)
    output, errors = process.communicate(timeout=60)
    return process.returncode, output.decode(), errors.decode()


def test_json_by_the_contract_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails" / "a.eml").write_bytes(plain_mail(1))
    (tmp_path / "mails" / "b.eml").write_bytes(plain_mail(1))
    (tmp_path / "mails" / "notes.txt").write_bytes(b"nothing\n")
    code, output, errors = run(tmp_path / "home", tmp_path / "mails", "--json")
    assert (code, errors) == (0, "")
    answer = json.loads(output)
    assert set(answer) == {"taken", "duplicate", "unreadable", "seconds"}
    assert (answer["taken"], answer["duplicate"]) == (1, 1)
    assert [item["path"] for item in answer["unreadable"]] == [str(tmp_path / "mails" / "notes.txt")]


def test_a_monitor_with_its_routes_and_a_time(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "routes.json").write_text(
        json.dumps({"format": 1, "monitors": {"k": {"class": "mobile", "carrier": "Example"}}})
    )
    (tmp_path / "mail").write_bytes(b"From: a@example.com\nSubject: no trace\n\n")
    given = "2026-03-01T00:30:00+09:00"
    code, _, errors = run(
        home, tmp_path / "mail", "--channel", "monitor", "--monitor", "k", "--received-at", given
    )
    assert (code, errors) == (0, "")
    (batch,) = Table.open(Home.at(home), ARRIVALS_LAYOUT).scan()
    row = batch.to_pylist()[0]
    assert (row["monitor"], row["monitor_class"], row["carrier"]) == ("k", "mobile", "Example")
    assert (row["month"], row["received_at_source"]) == ("2026-03", "given")


def test_an_unknown_monitor_gets_a_notice(tmp_path: Path) -> None:
    write_archive(tmp_path / "a.tar", range(3))
    code, output, errors = run(
        tmp_path / "home", tmp_path / "a.tar", "--channel", "monitor", "--monitor", "x"
    )
    assert code == 0
    assert "3 mails taken in" in output
    assert errors.count("\n") == 1
    assert "taken as pc" in errors


def test_reports_are_their_own(tmp_path: Path) -> None:
    write_archive(tmp_path / "a.tar", range(3))
    assert run(tmp_path / "home", tmp_path / "a.tar", "--channel", "report")[0] == 0
    (batch,) = Table.open(Home.at(tmp_path / "home"), OBSERVATIONS_LAYOUT).scan(["arrival_id", "report_id"])
    assert batch.column(0) == batch.column(1)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nowhere.tar"], 3, "nowhere.tar: no such file or folder"),
        (["here", "--channel", "pigeon"], 2, "--channel: 'pigeon'"),
        (["here", "--received-at", "yesterday"], 2, "--received-at: 'yesterday'"),
    ],
)
def test_errors_are_one_line(tmp_path: Path, arguments: list[str], code: int, words: str) -> None:
    (tmp_path / "here").write_bytes(plain_mail(1))
    paths = [str(tmp_path / arguments[0]), *arguments[1:]]
    found, output, errors = run(tmp_path / "home", *paths)
    assert (found, output) == (code, "")
    assert errors.count("\n") == 1
    assert words in errors


def test_nothing_but_rubbish_is_exit_code_3(tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 and nothing more")
    code, output, errors = run(tmp_path / "home", tmp_path / "bad.zip")
    assert (code, errors) == (3, "")
    assert "bad.zip: damaged" in output

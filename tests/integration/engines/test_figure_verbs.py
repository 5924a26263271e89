"""The verbs figures, follow and compact: texts for people, JSON for machines, one line for an error."""

from __future__ import annotations

import json

import pytest
from plain_analysis import PlainEngine, mails
from typer.testing import CliRunner

from meyasubako.cli import app
from meyasubako.engines.follower import follow_once
from meyasubako.errors import UsageError
from meyasubako.tables import ARRIVALS_LAYOUT, EVIDENCE_LAYOUT, Home
from meyasubako.tables.table import Table


@pytest.fixture(autouse=True)
def filled_home(home: Home, engine: PlainEngine, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("MEYASU_HOME", str(home.path))
    monkeypatch.setenv("MEYASU_WORKERS", "1")
    arrivals, evidence = mails(0, 30)
    Table.open(home, EVIDENCE_LAYOUT).append(evidence)
    Table.open(home, ARRIVALS_LAYOUT).append(arrivals)
    follow_once(home, engine)
    return home


def run(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_figures_as_json_are_a_list_or_one_month() -> None:
    (every,) = json.loads(run("figures", "--json"))
    one = json.loads(run("figures", "--month", "2026-01", "--json"))
    assert one == every
    assert list(one) == [
        *("month", "reports", "monitors", "countries", "networks"),
        *("authentication", "pools", "senders", "findings", "provenance"),
    ]
    assert one["monitors"]["pc"] == {"domestic": 30, "overseas": 0, "unknown": 0}
    counted = json.loads(run("figures", "--month", "2026-01", "--from-observations", "--json"))
    assert {**counted, "provenance": None} == {**one, "provenance": None}


def test_figures_for_people() -> None:
    text = run("figures")
    assert "2026-01" in text
    assert "30 / 0 / 0" in text
    assert "geography of 2026-01-01" in text


def test_a_month_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="13: is not a month"):
        run("figures", "--month", "13")


def test_no_figures_yet(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEYASU_HOME", str(home.path / "empty"))
    assert "meyasu ingest" in run("figures")
    assert json.loads(run("figures", "--json")) == []


def test_follow_and_compact(home: Home) -> None:
    arrivals, evidence = mails(30, 40)
    Table.open(home, EVIDENCE_LAYOUT).append(evidence)
    Table.open(home, ARRIVALS_LAYOUT).append(arrivals)
    assert json.loads(run("follow", "--once", "--json")) == {"observed": 10, "dropped": 0, "cursor": 2}
    assert run("follow", "--once") == "0 mails observed\n"
    done = json.loads(run("compact", "--keep-hours", "0", "--json"))
    assert done["arrivals"] == {"files_before": 2, "files_after": 1, "rows": 40, "removed": 2}
    assert "arrivals: nothing to rewrite; 0 old files removed" in run("compact", "--keep-hours", "0")

"""``meyasu imap``: what makes no sense is refused before any server is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from meyasubako.cli import app
from meyasubako.errors import MeyasuError, UsageError

ROUTES = {"format": 1, "monitors": {"tokyo-1": {"class": "pc", "carrier": None}}}


def refused(*arguments: str) -> str:
    shown = CliRunner().invoke(app, ["imap", "imap.example", "--user", "decoy@decoy.example", *arguments])
    assert isinstance(shown.exception, MeyasuError), shown.output
    assert shown.exception.exit_code == (2 if isinstance(shown.exception, UsageError) else 3)
    return str(shown.exception)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "exactly one"),
        (("--report", "--monitor", "tokyo-1"), "exactly one"),
        (("--monitor", "nobody"), "no such monitor"),
        (("--report", "--tls", "none"), "in the clear"),
        (("--report", "--tls", "odd"), "none of"),
        (("--report", "--move", "Done", "--delete-after-days", "3"), "only one"),
        (("--report", "--password-file", "/nonexistent"), "cannot be read"),
    ],
)
def test_what_makes_no_sense_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], reason: str
) -> None:
    (home / "routes.json").write_text(json.dumps(ROUTES))
    monkeypatch.setenv("MEYASU_IMAP_PASSWORD", "secret")
    assert reason in refused(*arguments)


def test_without_a_password_nothing_is_asked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEYASU_IMAP_PASSWORD", raising=False)
    assert "MEYASU_IMAP_PASSWORD" in refused("--report")
    empty = home / "password"
    empty.write_text("\n")
    assert "--password-file" in refused("--report", "--password-file", str(empty))


def test_no_option_takes_a_password_itself() -> None:
    shown = CliRunner().invoke(app, ["imap", "--help"]).output
    assert "--password-file" in shown
    assert "--password " not in shown

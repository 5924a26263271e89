"""The diagram of states in the documentation is the table's."""

from __future__ import annotations

from pathlib import Path

from meyasubako.centre.reports.domain.states import diagram

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reports.md"


def test_the_diagram_is_the_tables() -> None:
    assert f"```mermaid\n{diagram()}\n```" in PAGE.read_text("utf-8")

"""Every clause that the code cites stands in ``docs/standards.tsv`` with what it is about, and no other does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))

import standards


def test_every_cited_clause_is_in_the_index() -> None:
    assert standards.described().keys() == standards.cited().keys()


def test_every_clause_says_what_it_is_about() -> None:
    assert [clause for clause, about in standards.described().items() if not about] == []


def test_clauses_are_found_beside_code(tmp_path: Path) -> None:
    room = tmp_path / "src" / "meyasubako" / "mail"
    room.mkdir(parents=True)
    (room / "one.py").write_text(
        "# see RFC 5321\n    # section 4.4, and Act Art 3(1)(i); RFC 2046.\n", "utf-8"
    )
    assert standards.cited(tmp_path) == {
        "Act Art 3(1)(i)": ["mail/one.py"],
        "RFC 2046": ["mail/one.py"],
        "RFC 5321 section 4.4": ["mail/one.py"],
    }


@pytest.mark.parametrize(
    ("low", "high"),
    [("RFC 822", "RFC 5322"), ("Act Art 4(ii)", "Act Art 12"), ("RFC 1 section 2.9", "RFC 1 section 2.10")],
)
def test_numbers_sort_as_numbers(low: str, high: str) -> None:
    assert standards.order(low) < standards.order(high)

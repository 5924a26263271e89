"""Our parser against the standard library's on every archive of real mail: each disagreement has a class in
``triage.tsv`` that says who is right and why; none is left over, and no class stands there for nothing.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stdlib_oracle import RULES, disagreements, explain

from meyasubako.mail import parse

TRIAGE = Path(__file__).with_name("triage.tsv")
ARCHIVES = (
    "spam-ham-2001-2002",
    "phishing-2019-2025",
    "mailing-lists-2019-2026",
    "reports-and-bounces",
    "japanese",
    "malformed-mime",
    "auth-vectors",
)


@pytest.fixture(scope="module")
def triage() -> dict[tuple[str, str], str]:
    with TRIAGE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {(row["aspect"], row["class"]): row["right"] for row in rows if row["why"]}


def test_every_rule_stands_in_the_table_and_the_reverse(triage: dict[tuple[str, str], str]) -> None:
    assert set(triage) == set(RULES)
    assert set(triage.values()) <= {"ours", "undefined"}, "where they are right, the parser has to be mended"


def test_every_disagreement_is_explained_and_every_class_is_met(
    archive_mails: Callable[[str], Iterator[tuple[str, bytes]]],
) -> None:
    met: Counter[tuple[str, str]] = Counter()
    unexplained = []
    for archive in ARCHIVES:
        for path, raw in archive_mails(archive):
            for case in disagreements(raw, parse(raw)):
                name = explain(case)
                if name is None:
                    unexplained.append(f"{path}: {case.aspect}: {case.ours!r:.120} / {case.theirs!r:.120}")
                else:
                    met[case.aspect, name] += 1
    assert unexplained == []
    assert set(RULES) - set(met) == set()

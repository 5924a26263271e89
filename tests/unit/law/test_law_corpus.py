"""Walks tests/corpus/law: one mail, the facts known from outside, and what every version of the law says of it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from meyasubako.law import judge, load_regime
from meyasubako.law.casefile import facts_from_json
from meyasubako.mail import parse

CORPUS = Path(__file__).resolve().parents[2] / "corpus" / "law"
CASES = sorted(CORPUS.glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_corpus_case_is_judged_as_written(path: Path) -> None:
    case = json.loads(path.read_text("utf-8"))
    message = parse(path.with_suffix(".eml").read_bytes())
    regime = load_regime(case["regime"])
    for day, expected in case["expect"].items():
        version = regime.on(date.fromisoformat(day))
        assert version is not None
        assert version.name == day
        found = judge(message, facts_from_json(case["facts"]), version)
        assert {finding.check: finding.verdict.value for finding in found} == expected, day


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_spans_lie_inside_what_they_name(path: Path) -> None:
    case = json.loads(path.read_text("utf-8"))
    message = parse(path.with_suffix(".eml").read_bytes())
    sources = {
        "text": message.text,
        "html_text": message.html_text,
        "subject": message.subject or "",
        "from": message.from_.name if message.from_ else "",
    }
    for day in case["expect"]:
        version = load_regime(case["regime"]).on(date.fromisoformat(day))
        assert version is not None
        for finding in judge(message, facts_from_json(case["facts"]), version):
            for span in finding.spans:
                assert 0 <= span.start < span.end <= len(sources[span.where]), finding


def test_every_case_is_whole() -> None:
    assert len(CASES) >= 200
    for path in CASES:
        readme = path.with_suffix(".readme").read_text("utf-8").strip()
        assert readme, path
        assert path.with_suffix(".eml").is_file(), path
    stems = {path.stem for path in CASES}
    assert {path.stem for path in CORPUS.iterdir()} == stems


def test_every_rule_of_every_version_is_tried_and_found_both_ways() -> None:
    seen: dict[tuple[str, str, str], set[str]] = {}
    for path in CASES:
        case = json.loads(path.read_text("utf-8"))
        for day, expected in case["expect"].items():
            for check, verdict in expected.items():
                seen.setdefault((case["regime"], day, check), set()).add(verdict)
    for name in ("jp", "au"):
        for version in load_regime(name).versions:
            for check in version.rules:
                assert len(seen.get((name, version.name, check), set())) >= 1, (name, version.name, check)
                if name == "jp" and check != "incidental":
                    assert len(seen[name, version.name, check]) >= 2, (version.name, check)

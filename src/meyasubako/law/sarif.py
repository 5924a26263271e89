"""Findings as SARIF 2.1.0, which code hosts and editors show beside the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from meyasubako.law.types import Finding, Verdict
from meyasubako.law.words import CHECK_WORDS

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {
    Verdict.BREACH: "error",
    Verdict.MISSING: "error",
    Verdict.WRONG_PLACE: "error",
    Verdict.LIKELY: "warning",
    Verdict.UNVERIFIABLE: "note",
}


def level(finding: Finding) -> str:
    """``error``, ``warning``, ``note`` or ``none``; that a mail is advertising is nothing to be mended."""
    if finding.check == "advertising":
        return "none"
    return LEVELS.get(finding.verdict, "none")


def sarif(found: Mapping[str, Sequence[Finding]], version: str) -> dict[str, Any]:
    """One SARIF run over mails by path; ``version`` is the program's. Spans point into decoded text, so they are named
    as logical places (``text[12:30]``) and not as lines of the file."""
    results = [
        result(path, finding)
        for path, findings in found.items()
        for finding in findings
        if level(finding) != "none"
    ]
    checks = sorted({finding.check for findings in found.values() for finding in findings})
    rules = [
        {
            "id": check,
            "shortDescription": {"text": CHECK_WORDS[check].en},
            "name": check.replace("_", " ").title().replace(" ", ""),
        }
        for check in checks
    ]
    driver = {"name": "meyasu lint", "version": version, "rules": rules}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def result(path: str, finding: Finding) -> dict[str, Any]:
    """One finding as a SARIF result."""
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": {"uri": path}}}
    if finding.spans:
        location["logicalLocations"] = [
            {"fullyQualifiedName": f"{span.where}[{span.start}:{span.end}]"} for span in finding.spans
        ]
    return {
        "ruleId": finding.check,
        "level": level(finding),
        "message": {"text": f"{finding.en} / {finding.ja}"},
        "locations": [location],
        "properties": {
            "article": finding.article,
            "lawVersion": finding.version,
            "verdict": finding.verdict.value,
            "certainty": finding.certainty.value,
        },
    }

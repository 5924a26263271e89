"""The way through the checks: which of them the law of the day has, and which of those a mail calls for.

A mail outside the Act's scope is asked only what does not depend on it: that is the fast way most lawful mail takes.
"""

from __future__ import annotations

from datetime import date

import cython

from meyasubako.law.checks import CHECKS
from meyasubako.law.matter import Matter
from meyasubako.law.regimes import load_regime
from meyasubako.law.schema import Version
from meyasubako.law.types import Facts, Finding, Verdict
from meyasubako.mail.types import Message

NO_FACTS = Facts()
SCOPELESS = frozenset({"fictitious_address"})
"""Checks that ask whatever the mail says; but see the rule's ``advertising_only``."""


def findings(
    message: Message, facts: Facts = NO_FACTS, *, regime: str = "jp", day: date
) -> tuple[Finding, ...]:
    """Every finding about a mail under the law of a day, in the order of ``CHECKS``.

    Empty before a regime's first version. Raises LawDataError for an unknown regime, nothing else, on any mail.
    """
    version = load_regime(regime).on(day)
    return judge(message, facts, version) if version is not None else ()


def judge(message: Message, facts: Facts, version: Version) -> tuple[Finding, ...]:
    """Every finding under one version: the way in for bulk, where the version is looked up once a day."""
    matter = Matter(message, facts, version)
    rules = version.rules
    scope = CHECKS["advertising"](matter, rules["advertising"])
    assert scope is not None
    found = [scope]
    applies: cython.bint = matter.is_in_scope(scope)
    if not applies and facts.fictitious is None:
        return (scope,)
    skipped: frozenset[str] = frozenset()
    for name, check in CHECKS.items():
        rule = rules.get(name)
        if rule is None or name == "advertising" or name in skipped:
            continue
        if not applies and (name not in SCOPELESS or rule.values["advertising_only"]):
            continue
        finding = check(matter, rule)
        if finding is None:
            continue
        found.append(finding)
        if name == "incidental":
            freed = frozenset(rule.values["frees"])
            if finding.verdict is Verdict.OK:
                skipped = freed
            else:
                matter.doubtful = freed
    return tuple(found)

"""The page docs/reference/checks.md: every check in every version, with its certainty and the test mails that try it.

Made from the law's data, the checks' own docstrings and the corpus; nothing in it is written by hand.
"""

from __future__ import annotations

import json
from collections import Counter
from importlib import import_module
from pathlib import Path

from meyasubako.law.checks import CHECKS
from meyasubako.law.regimes import load_regime, regime_names
from meyasubako.law.schema import Penalty, Period, Rule, Version
from meyasubako.law.words import CERTAINTY_WORDS, CHECK_WORDS

Tally = dict[tuple[str, str, str], dict[str, list[str]]]
"""(regime, version, check) -> verdict -> names of the test mails."""

SHOWN = 4
CORPUS = Path(__file__).resolve().parents[3] / "tests" / "corpus" / "law"
HEAD = """# Checks of the law

Generated from `src/meyasubako/law/data` and `tests/corpus/law`; do not edit.

How a finding is to be read: `verdict` says what was seen in the mail, *certainty* how well the rule itself is known:
{certainties}. A rule that is UNV accuses nobody: its verdict is `likely` at most, and the sentence says so.
"""


def tally(corpus: Path) -> Tally:
    """What the corpus expects of each check under each version."""
    found: Tally = {}
    for path in sorted(corpus.glob("*.json")):
        case = json.loads(path.read_text("utf-8"))
        for day, expected in case["expect"].items():
            for check, verdict in expected.items():
                found.setdefault((case["regime"], day, check), {}).setdefault(verdict, []).append(path.stem)
    return found


def render(corpus: Path = CORPUS) -> str:
    """The page as Markdown. ``corpus`` is the folder of test mails: by default that of the source tree."""
    mails = tally(corpus)
    certainties = ", ".join(f"{certainty} = {words.en}" for certainty, words in CERTAINTY_WORDS.items())
    versions = [version for name in regime_names() for version in load_regime(name).versions]
    parts = [HEAD.format(certainties=certainties), overview(versions, mails)]
    parts += [section(check, versions, mails) for check in CHECKS]
    parts += [data_tables(versions), sources(versions)]
    return "\n".join(parts)


def overview(versions: list[Version], mails: Tally) -> str:
    """Check against version: certainty and number of test mails."""
    lines = [
        "## Overview",
        "",
        "Each cell: certainty and how many test mails try the check under that version; `-`: no such rule.",
        "",
        "| check | " + " | ".join(f"{version.regime} {version.name}" for version in versions) + " |",
        "|---" * (len(versions) + 1) + "|",
    ]
    for check in CHECKS:
        cells = []
        for version in versions:
            rule = version.rules.get(check)
            number = sum(
                len(names) for names in mails.get((version.regime, version.name, check), {}).values()
            )
            cells.append(f"{rule.certainty} {number}" if rule else "-")
        lines.append(f"| [{check}](#{check}) | " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def section(check: str, versions: list[Version], mails: Tally) -> str:
    """One check: what it does, its rule in each version, and test mails by verdict."""
    module = import_module(f"meyasubako.law.checks.{check}")
    words = CHECK_WORDS[check]
    lines = [f"## {check}", "", f"{words.ja} / {words.en}", "", (module.__doc__ or "").strip(), ""]
    lines += [
        "| version | article | certainty | place | values | source | test mails |",
        "|---|---|---|---|---|---|---|",
    ]
    for version in versions:
        if rule := version.rules.get(check):
            lines.append(row(version, rule, mails.get((version.regime, version.name, check), {})))
    notes = [
        f"- {version.regime} {version.name}: {note}"
        for version in versions
        if (rule := version.rules.get(check))
        for note in (rule.note, rule.place.note if rule.place else "")
        if note
    ]
    lines += ["", *notes, *([""] if notes else []), *examples(check, mails), ""]
    return "\n".join(lines)


def row(version: Version, rule: Rule, by_verdict: dict[str, list[str]]) -> str:
    """One version's rule as a row."""
    place = ""
    if rule.place:
        extras = [name for name in ("link", "reply_exception") if getattr(rule.place, name)]
        extras += [f"same_code: {rule.place.same_code}"] if rule.place.same_code else []
        place = f"{rule.place.where} ({rule.place.article}, {rule.place.certainty}{''.join(f', {one}' for one in extras)})"
    values = "; ".join(f"{key}: {shown(value)}" for key, value in rule.values.items())
    counts = Counter({verdict: len(names) for verdict, names in by_verdict.items()})
    tried = ", ".join(f"{verdict} {number}" for verdict, number in sorted(counts.items())) or "none"
    return f"| {version.regime} {version.name} | {rule.article} | {rule.certainty} | {place} | {values} | {rule.source} | {tried} |"


def shown(value: object) -> str:
    """A rule's value for people."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def examples(check: str, mails: Tally) -> list[str]:
    """Some test mails of every verdict."""
    by_verdict: dict[str, dict[str, None]] = {}
    for (_, _, name), verdicts in mails.items():
        if name == check:
            for verdict, names in verdicts.items():
                by_verdict.setdefault(verdict, {}).update(dict.fromkeys(names))
    lines = []
    for verdict, cases in sorted(by_verdict.items()):
        names = list(cases)
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        lines.append(f"- `{verdict}`: {', '.join(f'`{name}`' for name in names[:SHOWN])}{more}")
    return lines


def data_tables(versions: list[Version]) -> str:
    """Penalties, retention and deadlines of every version."""
    lines = [
        "## Penalties",
        "",
        "| version | offence | article | prison | fine | corporation | certainty | note |",
        "|---" * 8 + "|",
    ]
    for version in versions:
        lines += [penalty_row(version, penalty) for penalty in version.penalties.values()]
    lines += [
        "",
        "## Retention and deadlines",
        "",
        "| version | what | article | length | counted from | certainty | note |",
        "|---" * 7 + "|",
    ]
    for version in versions:
        for period in (*version.retention.values(), *version.deadlines.values()):
            lines.append(period_row(version, period))
    return "\n".join([*lines, ""])


def penalty_row(version: Version, penalty: Penalty) -> str:
    """One penalty as a row."""
    prison = f"{penalty.prison_months} months {penalty.prison_word}" if penalty.prison_months else ""
    fine = (
        f"{penalty.currency} {penalty.fine:,}{'' if penalty.penal else ' (non-penal)'}"
        if penalty.fine
        else ""
    )
    corporation = f"{penalty.currency} {penalty.corporation_fine:,}" if penalty.corporation_fine else ""
    return (
        f"| {version.regime} {version.name} | {penalty.offence} | {penalty.article} | {prison} | {fine} | {corporation} "
        f"| {penalty.certainty} | {penalty.note} |"
    )


def period_row(version: Version, period: Period) -> str:
    """One period as a row."""
    return (
        f"| {version.regime} {version.name} | {period.id} | {period.article} | {period.amount} {period.unit} | {period.after} "
        f"| {period.certainty} | {period.note} |"
    )


def sources(versions: list[Version]) -> str:
    """What was read, and how."""
    seen = {
        (version.regime, source.key): source for version in versions for source in version.sources.values()
    }
    lines = ["## Sources", "", "| regime | key | title | seen |", "|---|---|---|---|"]
    lines += [
        f"| {regime} | {key} | {source.title} | {source.seen} |"
        for (regime, key), source in sorted(seen.items())
    ]
    return "\n".join([*lines, ""])

"""``meyasu lint``: would this mail, sent on that day, keep the law, and would providers take it.

For lawful senders, before sending. The same checks as for received mail, told that the mail advertises and is about
to be sent. Exit codes: 0 nothing to mend, 1 something is, 3 a mail or a file of facts cannot be read.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from meyasubako.cli.output import JsonFlag, print_json, print_lines
from meyasubako.errors import MeyasuError, UsageError
from meyasubako.law.types import Facts, Finding


class FailOn(StrEnum):
    """From which level on a finding makes the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


JAPAN = timezone(timedelta(hours=9))
LEVELS = ("none", "note", "warning", "error")


def command(
    mails: Annotated[list[Path], typer.Argument(help="Mails to look at (.eml).", metavar="MAIL...")],
    regime: Annotated[str, typer.Option("--regime", help="Whose law: jp or au.")] = "jp",
    on: Annotated[
        str | None,
        typer.Option("--on", help="The day of sending, YYYY-MM-DD (default: today in the law's country)."),
    ] = None,
    facts: Annotated[
        Path | None,
        typer.Option("--facts", help="A JSON file of what no mail shows: consent, opt_out, incidental ..."),
    ] = None,
    fail_on: Annotated[FailOn, typer.Option("--fail-on", help="From which level on to fail.")] = FailOn.ERROR,
    as_json: JsonFlag = False,
    as_sarif: Annotated[bool, typer.Option("--sarif", help="Print SARIF 2.1.0.")] = False,
) -> None:
    """Check mails before sending; print what is to be mended."""
    from meyasubako.law.sarif import level, sarif

    if as_json and as_sarif:
        raise UsageError("--json, --sarif", "only one form at a time")
    known, day = read_facts(facts), day_of(on, regime)
    found = {str(path): lint(path, known, regime, day) for path in mails}
    if as_sarif:
        from meyasubako import __version__

        print_json(sarif(found, __version__))
    elif as_json:
        print_lines(
            {"path": path, "day": day.isoformat(), "findings": [finding.as_json() for finding in findings]}
            for path, findings in found.items()
        )
    else:
        for path, findings in found.items():
            print_text(path, findings)
    worst = max((LEVELS.index(level(one)) for findings in found.values() for one in findings), default=0)
    if worst >= LEVELS.index(fail_on.value):
        raise typer.Exit(1)


def day_of(on: str | None, regime: str) -> date:
    """The day of sending; where none is given, today in Japan for its law and in UTC for others."""
    if on is None:
        return datetime.now(JAPAN if regime == "jp" else UTC).date()
    try:
        return date.fromisoformat(on)
    except ValueError as error:
        raise UsageError("--on", f"{on!r} is not a day like 2026-04-01") from error


def read_facts(path: Path | None) -> Facts:
    """The facts of a draft: sent by whoever asks, advertising, within reach - and what the file adds."""
    from meyasubako.law.casefile import facts_from_json

    values = {"channel": "sender", "advertising": True, "in_reach": True}
    if path is not None:
        try:
            values |= json.loads(path.read_text("utf-8"))
        except OSError as error:
            raise MeyasuError(str(path), error.strerror or "cannot be read") from error
        except (ValueError, TypeError) as error:
            raise MeyasuError(str(path), "is not a JSON object of facts") from error
    return facts_from_json(values)


def lint(path: Path, facts: Facts, regime: str, day: date) -> tuple[Finding, ...]:
    """What the law of the day and mailbox providers say of one mail. Raises MeyasuError for a file that cannot be read."""
    from meyasubako.law import findings
    from meyasubako.law.delivery import delivery_findings
    from meyasubako.mail import parse
    from meyasubako.mail.domains import registered_domain

    try:
        raw = path.read_bytes()
    except OSError as error:
        raise MeyasuError(str(path), error.strerror or "cannot be read") from error
    message = parse(raw)
    return findings(message, facts, regime=regime, day=day) + delivery_findings(message, registered_domain)


def print_text(path: str, findings: tuple[Finding, ...]) -> None:
    """One mail's findings for people: what is to be mended first, in both languages."""
    from meyasubako.law.sarif import level

    typer.echo(path)
    for one in sorted(findings, key=lambda finding: -LEVELS.index(level(finding))):
        typer.echo(
            f"  {level(one) if level(one) != 'none' else 'ok':8} {one.check}: {one.verdict} [{one.article}, {one.certainty}]"
        )
        if level(one) != "none":
            typer.echo(f"           {one.ja}\n           {one.en}")

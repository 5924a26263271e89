"""``meyasu campaigns``: the largest campaigns of a month, brought up to what was observed first."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from meyasubako.cli.output import JsonFlag, print_json

SHOWN = 3
"""Languages, countries, domains and articles of a campaign in the text for people."""


def command(
    month: Annotated[
        str | None, typer.Option("--month", help="YYYY-MM; else the newest with campaigns.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many, the largest first.")] = 20,
    as_json: JsonFlag = False,
) -> None:
    """List campaigns."""
    from datetime import UTC, datetime

    from meyasubako.engines.campaigns import keep_campaigns, largest_campaigns
    from meyasubako.engines.local import LocalEngine
    from meyasubako.tables.home import Home

    home = Home.from_environment()
    keep_campaigns(home, now=datetime.now(UTC))
    engine = LocalEngine()
    try:
        found = largest_campaigns(home, engine, month, limit=limit)
    finally:
        engine.close()
    if as_json:
        print_json(found)
    else:
        for line in lines(found):
            typer.echo(printable(line))


def lines(found: dict[str, Any]) -> list[str]:
    """The campaigns as text, links made inert."""
    if not found["campaigns"]:
        return ["No campaigns" + (f" in {found['month']}." if found["month"] else " yet.")]
    note = " (the month is not over: ids are provisional)" if found["provisional"] else ""
    told = [f"Largest campaigns of {found['month']}{note}"]
    for place, one in enumerate(found["campaigns"], start=1):
        span = f"{one['first_seen'][:10]} to {one['last_seen'][:10]}"
        languages, countries = _listed(one["languages"]), _listed(one["countries"])
        domains = ", ".join(defanged(domain["value"]) for domain in one["domains"][:SHOWN])
        articles = ", ".join(
            f"{finding['article']} {finding['check']}: {finding['verdict']} {finding['mails']:,}"
            for finding in one["findings"][:SHOWN]
        )
        told += [
            "",
            f"{place:>3}. {one['subject'] or '(no subject)'}",
            f"     {one['mails']:,} mails from {one['senders']:,} senders, {span}, id {one['id']}",
            f"     language {languages}; country {countries}; links {domains or 'none'}",
            f"     {articles or 'no findings'}",
        ]
    return told


def defanged(domain: str) -> str:
    """A domain that nothing makes a link of."""
    return domain.replace(".", "[.]")


def printable(line: str) -> str:
    """The line without control characters: texts of mails are not to steer the terminal."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line)


def _listed(values: list[dict[str, Any]]) -> str:
    shown = [f"{one['value'] or 'unknown'} {one['mails']:,}" for one in values[:SHOWN]]
    return ", ".join(shown)

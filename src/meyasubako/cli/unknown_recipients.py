"""``meyasu unknown-recipients``: who sent to names that do not exist, as evidence of fictitious addresses (Act Art 6)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from meyasubako.cli.output import JsonFlag, print_json, start_in_english

if TYPE_CHECKING:
    from meyasubako.centre.monitors.types import UnknownMonth


def command(
    month: Annotated[str | None, typer.Option("--month", help="YYYY-MM in Japan; else all there is.")] = None,
    source: Annotated[str | None, typer.Option("--source", help="One source (IP address) alone.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="Sources at most.")] = 50,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, without names.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """List sources: names tried, those that look made up and why, first and last hour, network."""
    start_in_english()
    from datetime import UTC, datetime

    from meyasubako.centre.accounts.types import SYSTEM
    from meyasubako.centre.monitors import taking_up, unknown
    from meyasubako.engines.figures import check_month

    if month is not None:
        check_month(month)
    taking_up.step_unknown_take_up(datetime.now(UTC))
    told = unknown.unknown_recipients(SYSTEM, month=month, source=source, limit=limit)
    if as_json:
        print_json(told.as_json())
    elif as_csv:
        sys.stdout.buffer.write(unknown.unknown_sheet(told))
    else:
        for line in lines(told):
            typer.echo("".join(sign if sign.isprintable() else "\ufffd" for sign in line))


def lines(told: UnknownMonth) -> list[str]:
    """The sources as text for people."""
    when = f" in {told.month}" if told.month else ""
    if not told.sources:
        return [f"No mail to unknown recipients{when}."]
    total = f"{told.attempts:,} mails to {told.names:,} unknown names{when}"
    shown = [
        f"{total}, {told.generated:,} of them made up by their look, from {told.total_sources:,} sources"
    ]
    for one in told.sources:
        network = f"AS{one.asn} {one.network}" if one.asn else "network unknown"
        span = f"{one.first:%Y-%m-%d %H}Z to {one.last:%Y-%m-%d %H}Z"
        counts = f"{one.names:,} names, {one.generated:,} made up, {one.attempts:,} mails"
        shown += [
            "",
            f"{one.source or '(no address)'}  {one.country or '??'}  {network}",
            f"    {counts}, {span}, at {', '.join(one.domains)}",
        ]
        shown += [
            f"    {name.shown}: {'; '.join(en or code for code, en, _ in name.reasons)}"
            for name in one.examples
            if name.reasons
        ]
    return shown

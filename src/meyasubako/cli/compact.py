"""``meyasu compact``: few large files instead of many small ones, and none that nobody needs."""

from __future__ import annotations

from typing import Annotated

import typer

from meyasubako.cli.output import JsonFlag, print_json


def command(
    keep_hours: Annotated[
        float, typer.Option("--keep-hours", min=0, help="Leave files alone that are younger than this.")
    ] = 1.0,
    as_json: JsonFlag = False,
) -> None:
    """Compact every table and remove what no reader and no follower needs."""
    from meyasubako.engines.upkeep import keep_up
    from meyasubako.tables.home import Home

    done = keep_up(Home.from_environment(), grace=keep_hours * 3600)
    if as_json:
        print_json({item.table: {**item.compaction._asdict(), "removed": item.removed} for item in done})
        return
    for item in done:
        before, after, rows = item.compaction
        what = f"{before} files into {after}, {rows:,} rows" if before else "nothing to rewrite"
        typer.echo(f"{item.table}: {what}; {item.removed} old files removed")

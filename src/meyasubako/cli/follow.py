"""``meyasu follow``: analyse what has arrived, once or for as long as the process runs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer

from meyasubako.cli.output import JsonFlag, print_json, progress

if TYPE_CHECKING:
    from prometheus_client import Counter


@cache
def observed_counter() -> Counter:
    """How many arrivals this process observed."""
    from prometheus_client import Counter

    from meyasubako import metrics

    return Counter("meyasu_mails_observed", "Arrivals that were observed.", registry=metrics.registry)


def command(
    once: Annotated[bool, typer.Option("--once", help="Stop when nothing is left to look at.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Follow the arrivals."""
    from meyasubako import logs, metrics
    from meyasubako.analysis.context import ContextSpec
    from meyasubako.engines.follower import follow_forever, follow_once
    from meyasubako.engines.local import LocalEngine
    from meyasubako.tables.home import Home

    place = Home.from_environment()
    logs.configure("follow")
    observed = observed_counter()
    engine = LocalEngine(ContextSpec.of_home(place.path))
    try:
        with progress() as display:
            task = display.add_task("mails observed", total=None)

            def advance(rows: int) -> None:
                observed.inc(rows)
                display.advance(task, rows)

            if not once:
                metrics.listen()
                follow_forever(place, engine, progress=advance)
            followed = follow_once(place, engine, progress=advance)
    finally:
        engine.close()
    if as_json:
        print_json({"observed": followed.observed, "dropped": followed.dropped, "cursor": followed.cursor})
    else:
        typer.echo(f"{followed.observed:,} mails observed")

"""``meyasu reobserve``: analyse again what was observed, with the analysis as it is now, as another generation."""

from __future__ import annotations

from typing import Annotated

import typer

from meyasubako.cli.output import JsonFlag, print_json, progress


def command(
    since: Annotated[
        str | None, typer.Option("--since", help="First month, YYYY-MM; else every month.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make the next generation. Stop it when you like: the next call goes on where it was."""
    from datetime import UTC, datetime

    from meyasubako.analysis.context import Context, ContextSpec
    from meyasubako.engines.local import LocalEngine
    from meyasubako.engines.reobserve import reobserve
    from meyasubako.tables.home import Home

    home = Home.from_environment()
    spec = ContextSpec.of_home(home.path)
    version = Context(spec).analysis_version
    engine = LocalEngine(spec)
    try:
        with progress() as display:
            task = display.add_task("mails observed again", total=None)
            done = reobserve(
                home,
                engine,
                analysis_version=version,
                now=datetime.now(UTC),
                since=since,
                progress=lambda rows: display.advance(task, rows),
            )
    finally:
        engine.close()
    if as_json:
        print_json({**done._asdict(), "analysis_version": version})
        return
    months = f"since {done.since}" if done.since else "of all months"
    typer.echo(f"Generation {done.generation} is complete: {done.observed:,} mails {months} observed again.")
    typer.echo(f"Analysis: {version}")

"""``meyasu ingest-log PATH...``: mail to unknown recipients, counted from the logs of a Postfix."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from meyasubako.cli.monitor import day
from meyasubako.cli.output import JsonFlag, print_json, progress, start_in_english
from meyasubako.errors import MeyasuError, UsageError


def command(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Logs of Postfix, plain or packed (gz, xz, bz2).")
    ],
    zone: Annotated[str, typer.Option(help="Time zone of times that name none.")] = "Asia/Tokyo",
    until: Annotated[
        str | None,
        typer.Option(
            help="Day of the last line (YYYY-MM-DD), for times without a year; else the file's own time."
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Count once what was not counted before: give a log again when it has grown, was rotated or packed."""
    try:
        written_in = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UsageError("--zone", f"{zone!r} is no time zone") from error
    last = day(until, "--until")
    end = datetime(last.year, last.month, last.day, tzinfo=written_in) + timedelta(days=1) if last else None
    for path in paths:
        if not path.is_file():
            raise MeyasuError(str(path), "is no file")
    start_in_english()
    from meyasubako.centre.monitors.taking_up import log_take_up

    done = []
    with progress() as display:
        for path in paths:
            task = display.add_task(path.name, total=None)
            done.append(
                log_take_up(
                    path,
                    zone=written_in,
                    now=datetime.now(UTC),
                    until=end,
                    progress=lambda _path, read, _attempts, task=task: display.update(task, completed=read),  # type: ignore[misc]
                )
            )
    if as_json:
        print_json([{**one._asdict(), "path": str(one.path)} for one in done])
        return
    for one in done:
        known = f", {one.known_bytes:,} bytes known before" if one.known_bytes else ""
        typer.echo(f"{one.path}: {one.attempts:,} attempts in {one.lines:,} new lines{known}")

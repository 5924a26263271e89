"""``meyasu ingest PATH...``: archives of mail into the tables, observed when it returns."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meyasubako.cli.output import JsonFlag, print_json, progress
from meyasubako.errors import UsageError

if TYPE_CHECKING:
    from meyasubako.receivers.ingest import Ingested

UNREADABLE_SHOWN = 20


def command(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...", help="Mails, mboxes, Maildirs, zip and tar archives, or folders of them."
        ),
    ],
    channel: Annotated[
        str, typer.Option(help="How the mail came in: archive, monitor or report.")
    ] = "archive",
    monitor: Annotated[str | None, typer.Option(help="Name of the monitor mailbox.")] = None,
    monitor_class: Annotated[
        str | None,
        typer.Option(help="pc or mobile (default: what the routes snapshot says of the monitor)."),
    ] = None,
    carrier: Annotated[str | None, typer.Option(help="Carrier of the monitor mailbox.")] = None,
    received_at: Annotated[
        str | None,
        typer.Option(help="Time (ISO 8601 with its zone) of mails whose trusted boundary names none."),
    ] = None,
    ask_dns: Annotated[
        bool,
        typer.Option(
            "--ask-dns",
            help="Ask the DNS about each new mail's sender now, and keep the answers as evidence.",
        ),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Take mail in. Exit code 3 when nothing in the paths is mail."""
    from meyasubako.engines.local import workers_from_environment
    from meyasubako.receivers.capturing import SenderCapture
    from meyasubako.receivers.ingest import ingest
    from meyasubako.tables.home import Home

    given = _parsed_time(received_at)
    with progress() as display:
        taking = display.add_task("mails taken in", total=None)
        observing = display.add_task("mails observed", total=None)

        def show(committed: int, observed: int) -> None:
            display.update(taking, completed=committed)
            display.update(observing, completed=observed)

        done = ingest(
            paths,
            home=Home.from_environment().path,
            channel=channel,
            monitor=monitor,
            monitor_class=monitor_class,
            carrier=carrier,
            received_at=given,
            workers=workers_from_environment(),
            asking=SenderCapture.of_system if ask_dns else None,
            progress=show,
        )
    for _ja, en in done.notices:
        sys.stderr.write(f"meyasu: {en}\n")
    if as_json:
        print_json(done.as_json())
    else:
        _print_text(done)
    if done.unreadable and not done.taken and not done.duplicate:
        raise typer.Exit(3)


def _parsed_time(said: str | None) -> datetime | None:
    if said is None:
        return None
    try:
        return datetime.fromisoformat(said)
    except ValueError as error:
        raise UsageError("--received-at", f"{said!r} is no ISO 8601 time") from error


def _print_text(done: Ingested) -> None:
    """The counts, and the first of what could not be read."""
    typer.echo(
        f"{done.taken:,} mails taken in, {done.duplicate:,} already there, "
        f"{len(done.unreadable):,} unreadable, {done.seconds:.1f} s"
    )
    for item in done.unreadable[:UNREADABLE_SHOWN]:
        typer.echo(f"  {_inert(item.path)}: {_inert(item.reason)}")
    if len(done.unreadable) > UNREADABLE_SHOWN:
        typer.echo(f"  ... and {len(done.unreadable) - UNREADABLE_SHOWN:,} more (--json lists them all)")


def _inert(text: str) -> str:
    """A name out of an archive as text that does nothing to a terminal."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)

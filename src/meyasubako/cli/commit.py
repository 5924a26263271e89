"""``meyasu commit``: what the receivers laid into the spool, into the tables."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from meyasubako.cli.output import JsonFlag, print_json
from meyasubako.errors import UnavailableError

if TYPE_CHECKING:
    from meyasubako.receivers.capturing import SenderCapture
    from meyasubako.tables.home import Home


def command(
    once: Annotated[bool, typer.Option("--once", help="Stop when nothing lies in the spool.")] = False,
    every: Annotated[float, typer.Option("--every", min=0.1, help="Seconds between two commits.")] = 2.0,
    ask_dns: Annotated[
        bool | None,
        typer.Option(
            "--ask-dns/--no-ask-dns",
            help="Ask the DNS about each mail's sender before it is committed, and keep the answers as evidence "
            "(default: where this machine names a resolver).",
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Commit until interrupted, or once."""
    from meyasubako import logs, metrics
    from meyasubako.receivers.commit import commit_forever, spool_commit
    from meyasubako.tables.home import Home
    from meyasubako.tables.unique import ArchiveWriter

    logs.configure("commit")
    home = Home.from_environment()
    with ExitStack() as stack:
        capture = None if ask_dns is False else _capture(home, must=ask_dns is True)
        if capture is not None:
            stack.enter_context(capture)
        if once:
            writer = ArchiveWriter(home)
            stack.callback(writer.close)
            done = spool_commit(home, writer, capture)
        else:
            metrics.listen()
            stop = threading.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
            done = commit_forever(home, stop, capture=capture, every=every)
    if as_json:
        print_json(done._asdict())
    else:
        typer.echo(f"{done.mails:,} mails committed from {done.segments:,} segments")
        if done.damaged:
            typer.echo(f"{done.damaged:,} damaged segments were put aside in {home.spool}")


def _capture(home: Home, *, must: bool) -> SenderCapture | None:
    """Who asks the DNS. Raises UnavailableError where it must be asked and cannot."""
    from meyasubako.analysis.context import ContextSpec
    from meyasubako.origin import load_trust
    from meyasubako.receivers.capturing import SenderCapture

    try:
        return SenderCapture.of_system(load_trust(ContextSpec.of_home(home.path).trust))
    except UnavailableError as error:
        if must:
            raise
        sys.stderr.write(f"meyasu: {error}; senders are not asked for\n")
        return None

"""``meyasu imap``: mail out of a mailbox on an IMAP server, each once; nothing is changed there unless told."""

from __future__ import annotations

import os
import signal
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meyasubako.cli.output import JsonFlag, print_json
from meyasubako.errors import MeyasuError, UsageError

if TYPE_CHECKING:
    from meyasubako.receivers.imap.pull import Pulled, Target
    from meyasubako.tables.home import Home

PASSWORD = "MEYASU_IMAP_PASSWORD"  # noqa: S105 - the variable's name
MEGABYTE = 1024 * 1024


def command(
    host: Annotated[str, typer.Argument(help="Name or address of the server.")],
    user: Annotated[str, typer.Option("--user", help="Account on the server.")],
    mailbox: Annotated[str, typer.Option("--mailbox", help="Mailbox of the account.")] = "INBOX",
    monitor: Annotated[str | None, typer.Option("--monitor", help="Monitor whose mail this is.")] = None,
    report: Annotated[bool, typer.Option("--report", help="The mailbox of a report address.")] = False,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help=f"File with the password (else: {PASSWORD}).")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="Port (993; 143 without TLS at once).")
    ] = None,
    tls: Annotated[str, typer.Option("--tls", help="implicit, starttls or none.")] = "implicit",
    ca_file: Annotated[
        Path | None, typer.Option("--ca-file", help="Certificates to trust besides the system's.")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on until interrupted (IDLE, else asking).")
    ] = False,
    every: Annotated[
        float, typer.Option("--every", min=1, help="With --watch: seconds between looks.")
    ] = 300,
    delete_after_days: Annotated[
        int | None,
        typer.Option("--delete-after-days", min=0, help="Delete there what is safe here and so old."),
    ] = None,
    move: Annotated[
        str | None, typer.Option("--move", metavar="FOLDER", help="Move there what is safe here.")
    ] = None,
    max_size: Annotated[float, typer.Option("--max-size", min=0.001, help="Largest mail taken, in MB.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """Pull what is new into the spool: as mail of a monitor, or as reports."""
    from meyasubako import logs
    from meyasubako.receivers.imap.pull import Rules, pull_forever, pull_once
    from meyasubako.receivers.imap.server import TLS_MODES, Login, is_loopback
    from meyasubako.receivers.imap.state import Account
    from meyasubako.tables.home import Home

    logs.configure("imap")
    if tls not in TLS_MODES:
        raise UsageError(f"--tls {tls}", f"none of {', '.join(TLS_MODES)}")
    if tls == "none" and not is_loopback(host):
        raise UsageError(
            "--tls none", "a password would cross the network in the clear; only for this machine"
        )
    if delete_after_days is not None and move is not None:
        raise UsageError("--delete-after-days, --move", "only one of them")
    home = Home.from_environment()
    account = Account(host, port or (993 if tls == "implicit" else 143), user, mailbox)
    login = Login(account, _password(password_file), tls, ca_file)
    target = _target(home, monitor, report)
    delete_after = timedelta(days=delete_after_days) if delete_after_days is not None else None
    rules = Rules(int(max_size * MEGABYTE), delete_after, move)
    if watch:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        done = pull_forever(home, login, target, rules, stop, every=every)
    else:
        done = pull_once(home, login, target, rules)
    _print(done, as_json)


def _password(file: Path | None) -> str:
    """The password from the file, else from the environment. Raises UsageError for none."""
    if file is None:
        password = os.environ.get(PASSWORD, "")
    else:
        try:
            password = file.read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise MeyasuError(str(file), f"cannot be read: {error}") from error
    if not password:
        raise UsageError("password", f"give it in --password-file or in {PASSWORD}")
    return password


def _target(home: Home, monitor: str | None, report: bool) -> Target:
    """What the mails are. Raises UsageError for neither or both, and for a monitor nobody registered."""
    from meyasubako.receivers.imap.pull import Target
    from meyasubako.receivers.routes import load_routes

    if (monitor is None) == (not report):
        raise UsageError("--monitor, --report", "exactly one of them")
    if monitor is None:
        return Target(None)
    route = load_routes(home.path).get(monitor)
    if route is None:
        raise UsageError(f"--monitor {monitor}", "no such monitor in the register (meyasu monitor)")
    return Target(monitor, route.monitor_class, route.carrier)


def _print(done: Pulled, as_json: bool) -> None:
    if as_json:
        print_json(done._asdict())
        return
    parts = [f"{done.taken:,} mails taken"]
    parts += [f"{done.too_large:,} too large and left there"] if done.too_large else []
    parts += [f"{done.known:,} known already"] if done.known else []
    parts += [f"{done.deleted:,} deleted there"] if done.deleted else []
    parts += [f"{done.moved:,} moved there"] if done.moved else []
    if done.numbered_anew:
        parts.append("the server had numbered the mailbox anew (UIDVALIDITY)")
    typer.echo(", ".join(parts))

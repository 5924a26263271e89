"""``meyasu monitor``: the register of monitor mailboxes, and its CSV file in and out."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meyasubako.cli.output import JsonFlag, print_json, start_in_english
from meyasubako.errors import MeyasuError, UsageError

if TYPE_CHECKING:
    from meyasubako.centre.monitors.entry import InvalidEntryError
    from meyasubako.centre.monitors.types import Imported, MonitorSeen

command = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the monitor, as arrivals bear it.")]


@command.command()
def add(
    name: Name,
    address: Annotated[str, typer.Argument(help="taro@decoy.example, or *@decoy.example for every name.")],
    monitor_class: Annotated[str, typer.Option("--class", help="pc or mobile.")],
    carrier: Annotated[str, typer.Option(help="Carrier of the mailbox.")] = "",
    since: Annotated[str | None, typer.Option("--from", help="First day in service (YYYY-MM-DD).")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day in service (YYYY-MM-DD).")] = None,
    decoy: Annotated[
        bool, typer.Option("--decoy", help="No other names exist at this domain: count mail to them.")
    ] = False,
    note: Annotated[str, typer.Option(help="For the register alone.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Register a monitor mailbox."""
    start_in_english()
    from meyasubako.centre.accounts.types import SYSTEM
    from meyasubako.centre.monitors import selectors, services
    from meyasubako.centre.monitors.entry import Entry, InvalidEntryError

    entry = Entry(
        name, address, monitor_class, carrier, day(since, "--from"), day(until, "--to"), decoy, note
    )
    try:
        monitor = services.monitor_add(entry=entry, by=SYSTEM, now=datetime.now(UTC))
    except InvalidEntryError as error:
        raise refused(name, error) from error
    seen = selectors.monitor_named(SYSTEM, monitor.name)
    if as_json and seen is not None:
        print_json(as_object(seen))
    else:
        typer.echo(f"{monitor.name} takes mail for {monitor.address} ({monitor.monitor_class})")


@command.command("list")
def list_monitors(
    monitor_class: Annotated[str | None, typer.Option("--class", help="pc or mobile alone.")] = None,
    state: Annotated[str | None, typer.Option(help="planned, in service or retired alone.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """List the register."""
    start_in_english()
    from meyasubako.centre.accounts.types import SYSTEM
    from meyasubako.centre.monitors import selectors

    found = selectors.monitors(SYSTEM, monitor_class=monitor_class, state=state)
    if as_json:
        print_json([as_object(one) for one in found])
        return
    if not found and monitor_class is None and state is None:
        typer.echo("No monitors: receivers take mail for every address.")
    elif not found:
        typer.echo("No such monitors.")
    width = max((len(one.entry.name) for one in found), default=0)
    for one in found:
        entry = one.entry
        said = [f"from {entry.since}" if entry.since else "", f"to {entry.until}" if entry.until else ""]
        span = f", {' '.join(filter(None, said))}" if any(said) else ""
        decoy = ", decoy domain" if entry.decoy else ""
        carrier = f", {entry.carrier}" if entry.carrier else ""
        typer.echo(
            f"{entry.name:<{width}}  {entry.monitor_class:<6}  {one.state:<10}  {entry.address}{span}{carrier}{decoy}"
        )


@command.command()
def retire(
    name: Name,
    on: Annotated[
        str | None, typer.Option("--on", help="Last day in service (YYYY-MM-DD); else today.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Take a monitor out of service; it stays in the register, since its mails name it."""
    start_in_english()
    from meyasubako.centre.accounts.types import SYSTEM
    from meyasubako.centre.monitors import selectors, services
    from meyasubako.centre.monitors.entry import InvalidEntryError
    from meyasubako.receivers.arrival import JAPAN

    now = datetime.now(UTC)
    last = day(on, "--on") or now.astimezone(JAPAN).date()
    try:
        services.monitor_retire(name=name, last_day=last, by=SYSTEM, now=now)
    except services.UnknownMonitorError as error:
        raise MeyasuError(name, "there is no monitor of this name") from error
    except InvalidEntryError as error:
        raise refused(name, error) from error
    seen = selectors.monitor_named(SYSTEM, name)
    if as_json and seen is not None:
        print_json(as_object(seen))
    else:
        typer.echo(f"{name}: last day in service {last}")


@command.command("import")
def import_sheet(
    path: Annotated[Path, typer.Argument(help="A CSV file, as export writes it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would do, and do nothing.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Take a CSV file whole, or nothing of it. Exit code 3 when a line is wrong."""
    start_in_english()
    from meyasubako.centre.accounts.types import SYSTEM
    from meyasubako.centre.monitors.sheet import monitors_import

    try:
        content = path.read_bytes()
    except OSError as error:
        raise MeyasuError(str(path), error.strerror or "cannot be read") from error
    done = monitors_import(content=content, by=SYSTEM, now=datetime.now(UTC), dry_run=dry_run)
    if as_json:
        print_json(done.as_json())
    else:
        _print_import(path, done)
    if done.errors:
        raise typer.Exit(3)


@command.command("export")
def export_sheet(
    path: Annotated[Path | None, typer.Argument(help="Where to write; else standard output.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Write the register as CSV."""
    start_in_english()
    from meyasubako.centre.accounts.types import SYSTEM
    from meyasubako.centre.monitors import selectors
    from meyasubako.centre.monitors.sheet import monitors_export

    if as_json:
        print_json([as_object(one) for one in selectors.monitors(SYSTEM)])
        return
    content = monitors_export(SYSTEM)
    if path is None:
        sys.stdout.buffer.write(content)
        return
    try:
        path.write_bytes(content)
    except OSError as error:
        raise MeyasuError(str(path), error.strerror or "cannot be written") from error


def day(said: str | None, option: str) -> date | None:
    """A day that was given as an option. Raises UsageError."""
    try:
        return None if said is None else date.fromisoformat(said)
    except ValueError as error:
        raise UsageError(option, f"{said!r} is no day (YYYY-MM-DD)") from error


def refused(name: str, error: InvalidEntryError) -> MeyasuError:
    """An entry that cannot stand, as one line."""
    return MeyasuError(name, " ".join(f"{problem.field}: {problem.text}" for problem in error.problems))


def as_object(seen: MonitorSeen) -> dict[str, Any]:
    """A monitor for ``--json``."""
    entry = seen.entry
    return {
        "name": entry.name,
        "address": entry.address,
        "class": entry.monitor_class,
        "carrier": entry.carrier or None,
        "in_service_from": entry.since,
        "in_service_to": entry.until,
        "decoy": entry.decoy,
        "note": entry.note,
        "state": seen.state,
    }


def _print_import(path: Path, done: Imported) -> None:
    for error in done.errors:
        column = f" {error.column}:" if error.column else ""
        typer.echo(f"{path}:{error.line}:{column} {error.reason}", err=True)
    if done.errors:
        typer.echo(f"Nothing was taken: {len(done.errors)} errors.")
        return
    would = "would be " if done.dry_run else ""
    typer.echo(
        f"{len(done.added)} monitors {would}added, {len(done.changed)} {would}changed, {done.unchanged} as they were"
    )

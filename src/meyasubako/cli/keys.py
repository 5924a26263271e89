"""``meyasu keys``: the keys under which personal data lies sealed; rotating one, dropping an old one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from meyasubako.cli.output import JsonFlag, print_json, start_in_english

command = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@command.command("list")
def list_keys(as_json: JsonFlag = False) -> None:
    """List the keys by id, with how many values each seals; the last one seals what is new."""
    start_in_english()
    from meyasubako.centre.accounts import keyring
    from meyasubako.centre.accounts.resealing import sealed_by
    from meyasubako.centre.accounts.sealed import key_file

    path = key_file()
    newest, counts = keyring.load(path).newest, sealed_by()
    if as_json:
        keys = [{"id": name, "values": count, "seals": name == newest} for name, count in counts.items()]
        print_json({"file": str(path), "keys": keys})
        return
    typer.echo(str(path))
    for name, count in counts.items():
        typer.echo(f"{name}  {count:>8} values{'  seals what is new' if name == newest else ''}")


@command.command()
def rotate(as_json: JsonFlag = False) -> None:
    """Add a key and seal everything with it; the old keys stay until they are retired."""
    start_in_english()
    from meyasubako.centre.accounts.resealing import key_rotate, sealed_by

    name = key_rotate(now=datetime.now(UTC))
    if as_json:
        print_json({"id": name, "values": sealed_by()[name]})
    else:
        typer.echo(f"{name} seals from now on ({sealed_by()[name]} values sealed again)")


@command.command()
def retire(
    name: Annotated[str, typer.Argument(help="Id of a key that seals nothing any more.")],
    as_json: JsonFlag = False,
) -> None:
    """Drop a key. Backups that it sealed cannot be read afterwards without a copy of it."""
    start_in_english()
    from meyasubako.centre.accounts.resealing import key_retire

    key_retire(name, now=datetime.now(UTC))
    if as_json:
        print_json({"retired": name})
    else:
        typer.echo(f"{name} is retired")

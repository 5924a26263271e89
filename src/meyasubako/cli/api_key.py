"""``meyasu api-key``: keys of the API, made and shown once, listed, revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from meyasubako.cli.output import JsonFlag, print_json, start_in_english
from meyasubako.errors import MeyasuError

command = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@command.command()
def add(
    organisation: Annotated[str, typer.Argument(help="Short name (slug) of the organisation that gets it.")],
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scope: Annotated[
        list[str],
        typer.Option(
            "--scope", help="reports:write, reports:read, petitions:write, figures:read; more than once."
        ),
    ],
    days: Annotated[int | None, typer.Option("--days", min=1, max=3650, help="Days it is good for.")] = 365,
    requests: Annotated[int, typer.Option("--requests-per-hour", min=1)] = 3_600,
    mails: Annotated[int, typer.Option("--mails-per-hour", min=1)] = 20_000,
    as_json: JsonFlag = False,
) -> None:
    """Make a key. What the client must show is printed this once."""
    start_in_english()
    from meyasubako.centre.accounts.models import Organisation
    from meyasubako.centre.accounts.types import SYSTEM
    from meyasubako.centre.keys import services as keys

    owner = Organisation.objects.filter(slug=organisation).first()
    if owner is None:
        raise MeyasuError(organisation, "there is no organisation of this short name")
    now = datetime.now(UTC)
    expires_at = now + timedelta(days=days) if days is not None else None
    try:
        key, token = keys.api_key_make(
            organisation=owner,
            name=name,
            scopes=scope,
            expires_at=expires_at,
            by=SYSTEM,
            now=now,
            requests_per_hour=requests,
            mails_per_hour=mails,
        )
    except keys.InvalidKeyError as error:
        raise MeyasuError(name, str(error)) from error
    if as_json:
        print_json({"id": key.public_id, "key": token, "scopes": key.scopes, "expires_at": expires_at})
    else:
        typer.echo(token)
        typer.echo(
            f"The key {key.public_id} is shown this once: keep it where only its user reads it.", err=True
        )


@command.command("list")
def list_keys(as_json: JsonFlag = False) -> None:
    """List keys, without their secrets."""
    start_in_english()
    from meyasubako.centre.accounts.types import SYSTEM
    from meyasubako.centre.keys import services as keys

    found = keys.api_keys(SYSTEM, now=datetime.now(UTC))
    if as_json:
        print_json([as_object(one) for one in found])
        return
    for one in found:
        used = f"{one.last_used_at:%Y-%m-%d %H:%M}Z" if one.last_used_at else "never"
        until = f"{one.expires_at:%Y-%m-%d}" if one.expires_at else "no end"
        typer.echo(
            f"{one.public_id}  {one.state:<7}  {one.organisation}  {' '.join(one.scopes)}  to {until}, used {used}  {one.name}"
        )


@command.command()
def revoke(
    key: Annotated[str, typer.Argument(help="Its id, as list shows it.")], as_json: JsonFlag = False
) -> None:
    """Revoke a key for good."""
    start_in_english()
    from meyasubako.centre.accounts.types import SYSTEM
    from meyasubako.centre.keys import services as keys
    from meyasubako.centre.keys.models import ApiKey

    try:
        revoked = keys.api_key_revoke(public_id=key, by=SYSTEM, now=datetime.now(UTC))
    except ApiKey.DoesNotExist as error:
        raise MeyasuError(key, "there is no key with this id") from error
    if as_json:
        print_json({"id": revoked.public_id, "revoked_at": revoked.revoked_at})
    else:
        typer.echo(f"{revoked.public_id} is revoked")


def as_object(one: Any) -> dict[str, Any]:
    """A key for ``--json``."""
    return {
        "id": one.public_id,
        "name": one.name,
        "organisation": one.organisation,
        "scopes": list(one.scopes),
        "state": one.state,
        "made_at": one.made_at,
        "expires_at": one.expires_at,
        "revoked_at": one.revoked_at,
        "last_used_at": one.last_used_at,
        "requests_per_hour": one.requests_per_hour,
        "mails_per_hour": one.mails_per_hour,
    }

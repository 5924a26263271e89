"""``meyasu account``: the people of the centre, from the command line; the first administrator comes from here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meyasubako.cli.output import JsonFlag, print_json, start_in_english
from meyasubako.errors import UsageError

if TYPE_CHECKING:
    from django.core.exceptions import ValidationError

    from meyasubako.centre.accounts.models import Account, Organisation

command = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="E-mail address, which is the login name.")]
Role = Annotated[
    list[str] | None,
    typer.Option(
        "--role", help="officer, reader, identity_reader, supervisor, administrator, auditor; repeatable."
    ),
]


@command.command()
def add(
    email: Email,
    name: Annotated[str, typer.Option("--name", help="Name shown to colleagues.")],
    role: Role = None,
    organisation: Annotated[
        str | None, typer.Option("--organisation", help="Short name of the organisation; else the centre.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make an account and its invitation: a link with which the person chooses a password, once."""
    start_in_english()
    from django.core.exceptions import ValidationError

    from meyasubako.centre.accounts.services import account_invite
    from meyasubako.centre.accounts.types import SYSTEM

    now = datetime.now(UTC)
    belongs_to = _organisation(organisation, now)
    try:
        account, token = account_invite(
            email=email, name=name, organisation=belongs_to, roles=role or [], by=SYSTEM, now=now
        )
    except ValidationError as error:
        raise _refused(email, error) from error
    _print_invitation(account, token, as_json)


@command.command("list")
def list_accounts(as_json: JsonFlag = False) -> None:
    """List the accounts with organisation, roles and state."""
    start_in_english()
    from meyasubako.centre.accounts.selectors import accounts
    from meyasubako.centre.accounts.types import SYSTEM

    rows = [_as_object(account) for account in accounts(SYSTEM)]
    if as_json:
        print_json(rows)
        return
    if not rows:
        typer.echo(
            "No accounts. The first administrator: meyasu account add EMAIL --name NAME --role administrator"
        )
    for row in rows:
        roles = ", ".join(row["roles"]) or "no role"
        typer.echo(f"{row['id']:>4}  {row['state']:<12}  {row['email']}  {row['organisation']}  {roles}")


@command.command()
def roles(
    email: Email,
    role: Role = None,
    none: Annotated[bool, typer.Option("--none", help="Take every role away.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Give an account these roles and no others; without --role, show what it has."""
    start_in_english()
    from django.core.exceptions import ValidationError

    from meyasubako.centre.accounts.services import account_roles_set
    from meyasubako.centre.accounts.types import SYSTEM

    account = _account(email)
    if role or none:
        try:
            account_roles_set(account=account, roles=role or [], by=SYSTEM, now=datetime.now(UTC))
        except ValidationError as error:
            raise _refused(email, error) from error
        account = _account(email)
    if as_json:
        print_json(_as_object(account))
    else:
        typer.echo(", ".join(sorted(account.roles)) or "no role")


@command.command()
def disable(email: Email, as_json: JsonFlag = False) -> None:
    """Close an account and its session; what the person did stays recorded."""
    start_in_english()
    from django.core.exceptions import ValidationError

    from meyasubako.centre.accounts.services import account_disable
    from meyasubako.centre.accounts.types import SYSTEM

    account = _account(email)
    try:
        account_disable(account=account, by=SYSTEM, now=datetime.now(UTC))
    except ValidationError as error:
        raise _refused(email, error) from error
    _print_state(_account(email), as_json)


@command.command()
def enable(email: Email, as_json: JsonFlag = False) -> None:
    """Open a closed account again."""
    start_in_english()
    from meyasubako.centre.accounts.services import account_enable
    from meyasubako.centre.accounts.types import SYSTEM

    account_enable(account=_account(email), by=SYSTEM, now=datetime.now(UTC))
    _print_state(_account(email), as_json)


@command.command()
def unlock(email: Email, as_json: JsonFlag = False) -> None:
    """Lift the lock that failures of logging in brought."""
    start_in_english()
    from meyasubako.centre.accounts.services import account_unlock
    from meyasubako.centre.accounts.types import SYSTEM

    account_unlock(account=_account(email), by=SYSTEM, now=datetime.now(UTC))
    _print_state(_account(email), as_json)


@command.command()
def invite(email: Email, as_json: JsonFlag = False) -> None:
    """A new invitation in place of the open one: for a forgotten password or a link that ran out."""
    start_in_english()
    from meyasubako.centre.accounts.services import invitation_make
    from meyasubako.centre.accounts.types import SYSTEM

    account = _account(email)
    token = invitation_make(account=account, by=SYSTEM, now=datetime.now(UTC))
    _print_invitation(account, token, as_json)


@command.command("reset-mfa")
def reset_mfa(email: Email, as_json: JsonFlag = False) -> None:
    """Take a lost second factor away, with password and session, and invite anew."""
    start_in_english()
    from meyasubako.centre.accounts.services import second_factor_reset
    from meyasubako.centre.accounts.types import SYSTEM

    account = _account(email)
    token = second_factor_reset(account=account, by=SYSTEM, now=datetime.now(UTC))
    _print_invitation(account, token, as_json)


def _organisation(slug: str | None, now: datetime) -> Organisation:
    from meyasubako.centre.accounts.models import Organisation
    from meyasubako.centre.accounts.owners import organisation_of

    if slug is None:
        return organisation_of("centre", now)
    found = Organisation.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Organisation.objects.values_list("slug", flat=True)) or "none"
        raise UsageError(f"--organisation {slug}", f"there is no such organisation (known: {known})")
    return found


def _account(email: str) -> Account:
    from meyasubako.centre.accounts.selectors import account_named
    from meyasubako.centre.accounts.types import SYSTEM

    account = account_named(SYSTEM, email)
    if account is None:
        raise UsageError(email, "there is no such account")
    return account


def _refused(email: str, error: ValidationError) -> UsageError:
    return UsageError(email, " ".join(error.messages))


def _as_object(account: Account) -> dict[str, Any]:
    from meyasubako.centre.accounts.signing_in import has_second_factor
    from meyasubako.centre.accounts.throttle import account_locked_until

    state = "closed" if not account.is_active else "in use" if has_second_factor(account) else "not set up"
    locked = account_locked_until(account.email, datetime.now(UTC))
    return {
        "id": account.pk,
        "email": account.email,
        "name": account.name,
        "organisation": account.organisation.slug,
        "organisation_kind": account.organisation.kind,
        "roles": sorted(account.roles),
        "state": state,
        "locked_until": locked.isoformat() if locked else None,
        "last_login": account.last_login.isoformat() if account.last_login else None,
    }


def _print_state(account: Account, as_json: bool) -> None:
    row = _as_object(account)
    if as_json:
        print_json(row)
    else:
        typer.echo(f"{row['email']}: {row['state']}")


def _print_invitation(account: Account, token: str, as_json: bool) -> None:
    from django.conf import settings

    from meyasubako.centre.accounts.services import INVITATION_LASTS

    link = f"{settings.STAFF_URL}/ja/invitation/{token}/"
    hours = int(INVITATION_LASTS.total_seconds() // 3600)
    if as_json:
        print_json({**_as_object(account), "invitation": link, "hours": hours})
        return
    typer.echo(f"{account.email} ({', '.join(sorted(account.roles)) or 'no role'})")
    typer.echo(f"Invitation, good once within {hours} hours, shown only now:\n{link}")

"""``meyasu audit``: read the audit log, prove its chain, hand out its head for safe keeping elsewhere."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meyasubako.cli.output import JsonFlag, print_json, print_lines, start_in_english
from meyasubako.errors import MeyasuError, UsageError

if TYPE_CHECKING:
    from meyasubako.centre.audit.chain import Head

command = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

SAYINGS = {
    "gap": "リンクが欠けています / a link is missing",
    "event_missing": "記録が失われています / an event is gone",
    "altered": "記録が書き換えられています / an event or its link says something else",
    "unsealed": "締められていない古い記録があります / an old event has no link",
    "anchor": "外に控えた先頭と合いません / the head kept outside is not in the chain",
}


@command.command()
def verify(
    anchored: Annotated[
        list[Path] | None,
        typer.Option("--head", help="A signed head kept outside, that must hold; repeatable."),
    ] = None,
    key: Annotated[str | None, typer.Option("--key", help="The public key signed heads must bear.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Walk the whole chain; exit 3 when an event was altered, removed or put in."""
    start_in_english()
    from meyasubako.centre.audit.chain import chain_verify
    from meyasubako.centre.audit.heads import check_head

    anchors = [check_head(_read(path), key=key) for path in anchored or []]
    found = chain_verify(datetime.now(UTC), anchors=anchors)
    if as_json:
        problems = [
            {"code": one.code, "sequence": one.sequence, "event": one.event_id} for one in found.problems
        ]
        print_json(
            {
                "good": found.good,
                "events": found.events,
                "links": found.links,
                "waiting": found.waiting,
                "head": _head_object(found.head),
                "problems": problems,
            }
        )
    else:
        typer.echo(f"{found.links} links, {found.waiting} events waiting, head {found.head.digest[:16]}")
        for one in found.problems:
            place = f"link {one.sequence}" if one.sequence else f"event {one.event_id}"
            typer.echo(f"{place}: {SAYINGS[one.code]}")
        typer.echo("正常 / the chain holds" if found.good else "異常 / the chain does not hold")
    if not found.good:
        raise typer.Exit(MeyasuError.exit_code)


@command.command()
def log(
    subject: Annotated[str, typer.Option(help="report:123, or report for all of them.")] = "",
    action: Annotated[str, typer.Option(help="login.failed, or login for all that begin so.")] = "",
    account: Annotated[int | None, typer.Option(help="Number of the account that acted.")] = None,
    since: Annotated[str | None, typer.Option(help="Time or day, ISO 8601 (JST unless it says).")] = None,
    until: Annotated[str | None, typer.Option(help="Time or day, not included.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 100,
    as_json: JsonFlag = False,
) -> None:
    """Print events, newest first."""
    start_in_english()
    from django.utils import timezone

    from meyasubako.centre.accounts.selectors import events
    from meyasubako.centre.accounts.types import SYSTEM
    from meyasubako.centre.audit.selectors import Wanted

    wanted = Wanted(subject, action, account, _moment(since, "--since"), _moment(until, "--until"))
    found = events(SYSTEM, wanted)[:limit]
    if as_json:
        print_lines(
            {
                "id": event.pk,
                "at": event.at.isoformat(),
                "action": event.action,
                "subject": event.subject,
                "account": event.account_id,
                "organisation": event.organisation_id,
                "detail": event.detail,
            }
            for event in found
        )
        return
    for event in found:
        who = f"account:{event.account_id}" if event.account_id else "-"
        detail = " ".join(f"{key}={value}" for key, value in sorted(event.detail.items()))
        at = timezone.localtime(event.at)
        typer.echo(f"{at:%Y-%m-%d %H:%M:%S}  {event.action:<28} {event.subject:<20} {who:<12} {detail}")


@command.command()
def seal(as_json: JsonFlag = False) -> None:
    """Close the chain over every event that has no link yet, however old."""
    start_in_english()
    from meyasubako.centre.audit.chain import chain_head, chain_seal

    done = chain_seal(datetime.now(UTC), whole=True)
    if as_json:
        print_json({"sealed": done, "head": _head_object(chain_head())})
    else:
        typer.echo(f"{done} events sealed")


@command.command()
def head() -> None:
    """Print the signed head of the chain: keep it where nobody who can write the database can write."""
    start_in_english()
    from meyasubako.centre.audit.heads import signed_head
    from meyasubako.tables.home import Home

    print_json(signed_head(Home.from_environment(), now=datetime.now(UTC)))


def _head_object(head: Head) -> dict[str, Any]:
    closed = head.closed_at.isoformat() if head.closed_at else None
    return {"sequence": head.sequence, "digest": head.digest, "closed_at": closed}


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(str(path), f"cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise UsageError(str(path), "is no JSON object")
    return document


def _moment(said: str | None, option: str) -> datetime | None:
    from django.utils import timezone

    if said is None:
        return None
    try:
        moment = datetime.fromisoformat(said)
    except ValueError as error:
        raise UsageError(option, f"{said!r} is no time") from error
    return moment if moment.tzinfo else timezone.make_aware(moment)

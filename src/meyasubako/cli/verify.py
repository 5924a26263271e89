"""``meyasu verify``: who really sent a mail, proved from kept DNS answers, or asked of the DNS now.

Three ways in: a mail and a file of answers; an arrival of the data folder with the answers kept at its receipt
(``--arrival``); a mail and the DNS of today (``--ask``), which writes the answers to ``--answers`` when that is
given too. Without answers nothing is asked, and the results say so.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from meyasubako.cli.output import JsonFlag, print_json
from meyasubako.errors import MeyasuError, UsageError

if TYPE_CHECKING:
    from meyasubako.mail.types import Message
    from meyasubako.origin.types import Origin
    from meyasubako.sender import Answers, Authentication, Forgery
    from meyasubako.tables import Home, Layout


class _Case(NamedTuple):
    """What is to be verified: the bytes, the connection they came over, and kept answers."""

    subject: str
    raw: bytes
    ip: str | None
    helo: str | None
    mail_from: str | None
    received_at: datetime | None
    rows: Sequence[dict[str, Any]]


def command(
    mail: Annotated[Path | None, typer.Argument(help="A mail as a file.", metavar="MAIL")] = None,
    answers: Annotated[
        Path | None, typer.Option("--answers", help="DNS answers, one JSON object a line.", metavar="FILE")
    ] = None,
    arrival: Annotated[
        str | None, typer.Option("--arrival", help="An arrival of the data folder.", metavar="ID")
    ] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask the DNS now.")] = False,
    ip: Annotated[str | None, typer.Option("--ip", help="The client's address.")] = None,
    helo: Annotated[str | None, typer.Option("--helo", help="What the client called itself.")] = None,
    mail_from: Annotated[str | None, typer.Option("--mail-from", help="The envelope's sender.")] = None,
    received_at: Annotated[
        datetime | None, typer.Option("--received-at", help="When it came in, UTC; else as its trace says.")
    ] = None,
    trusted: Annotated[
        list[str] | None,
        typer.Option("--trusted", help="A server whose Authentication-Results are believed."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Verify a mail's sender. What is not given is taken from the mail's own trace over the trust boundary."""
    if (mail is None) == (arrival is None):
        raise UsageError("verify", "name either a MAIL or an --arrival")
    if arrival is not None:
        case = _from_tables(arrival)
    else:
        assert mail is not None
        case = _from_file(mail, None if ask else answers)
    case = case._replace(
        ip=ip or case.ip,
        helo=helo or case.helo,
        mail_from=mail_from if mail_from is not None else case.mail_from,
        received_at=received_at or case.received_at,
    )
    shown = _verify(case, ask=ask, answers=answers, trusted=trusted or [])
    if as_json:
        print_json(shown)
    else:
        _print(shown)


def _from_file(mail: Path, answers: Path | None) -> _Case:
    try:
        raw = mail.read_bytes()
        lines = answers.read_text("utf-8").splitlines() if answers else []
    except (OSError, UnicodeDecodeError) as error:
        subject = getattr(error, "filename", None) or answers or mail
        raise MeyasuError(str(subject), getattr(error, "strerror", None) or str(error)) from error
    try:
        rows = [json.loads(line) for line in lines if line.strip()]
    except ValueError as error:
        raise MeyasuError(str(answers), f"is not one JSON object a line: {error}") from error
    return _Case(str(mail), raw, None, None, None, None, rows)


def _from_tables(arrival: str) -> _Case:
    """The arrival, its bytes and its answers, as the tables keep them."""
    from meyasubako.tables import ARRIVALS_LAYOUT, DNS_ANSWERS_LAYOUT, EVIDENCE_LAYOUT, Home

    home = Home.from_environment()
    found = _rows(home, ARRIVALS_LAYOUT, "arrival_id", arrival)
    if not found:
        raise MeyasuError(arrival, "no arrival of this id is in the data folder")
    row = found[0]
    raw = next(
        (one["raw"] for one in _rows(home, EVIDENCE_LAYOUT, "sha256", row["sha256"]) if one["raw"]), None
    )
    if raw is None:
        raise MeyasuError(arrival, "its bytes are gone: the evidence was erased")
    kept = _rows(home, DNS_ANSWERS_LAYOUT, "arrival_id", arrival)
    return _Case(arrival, raw, row["client_ip"], row["helo"], row["envelope_from"], row["received_at"], kept)


def _rows(home: Home, layout: Layout, column: str, value: str) -> list[dict[str, Any]]:
    """Rows of a table by a key; row groups that cannot hold it are not read."""
    import pyarrow.parquet as pq

    from meyasubako.tables.table import Table

    rows: list[dict[str, Any]] = []
    for file in Table.open(home, layout).files():
        if str(file.least.get(column, "")) <= value and value <= str(file.greatest.get(column, value)):
            rows += pq.read_table(file.path, filters=[(column, "=", value)]).to_pylist()
    return rows


def _verify(case: _Case, *, ask: bool, answers: Path | None, trusted: list[str]) -> dict[str, Any]:
    """Everything the verb shows, as plain JSON."""
    import hashlib
    from datetime import UTC

    from meyasubako.mail.parse import parse
    from meyasubako.sender import Answers, authenticate, claims, forged, is_relayed, to_json

    message = parse(case.raw)
    origin = _origin(message, case)
    received_at = (case.received_at or origin.received_at or message.date or datetime.now(UTC)).replace(
        tzinfo=UTC
    )
    mail_from = case.mail_from if case.mail_from is not None else _return_path(message)
    case = case._replace(ip=origin.ip, helo=origin.helo, mail_from=mail_from, received_at=received_at)
    if ask:
        resolver = _ask_now(message, case, received_at, answers)
    else:
        try:
            resolver = Answers.from_rows(case.rows)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise MeyasuError(str(answers or case.subject), f"holds no DNS answers: {error!r}") from error
    seen = authenticate(
        message, ip=case.ip, helo=case.helo, mail_from=mail_from, resolver=resolver, now=received_at
    )
    verdict = forged(
        seen,
        ip=case.ip,
        helo=case.helo,
        chain_impossible=origin.forged,
        chain_reason=origin.reason,
        relayed=is_relayed(message),
    )
    return {
        "mail": case.subject,
        "sha256": hashlib.sha256(case.raw).hexdigest(),
        "ip": case.ip,
        "helo": case.helo,
        "mail_from": mail_from,
        "received_at": received_at.isoformat(),
        "auth": to_json(seen),
        "names": _names(seen),
        "forged": _verdict(verdict),
        "claims": [
            one._asdict() for one in claims(message.fields, trusted={name.lower() for name in trusted})
        ],
        "answers": sum(1 for _ in resolver),
        "unasked": [f"{name} {rtype}" for name, rtype in resolver.missing],
    }


def _origin(message: Message, case: _Case) -> Origin:
    """The connection over the trust boundary: as given, else as the Received fields tell."""
    from meyasubako.analysis.context import ContextSpec
    from meyasubako.origin.boundary import find_origin
    from meyasubako.origin.trust import load_trust
    from meyasubako.tables import Home

    trust = load_trust(ContextSpec.of_home(Home.from_environment().path).trust)
    found = find_origin(
        message.received, fields=message.fields, trust=trust, client_ip=case.ip, client_helo=case.helo
    )
    return found._replace(ip=case.ip or found.ip, helo=case.helo or found.helo)


def _return_path(message: Message) -> str | None:
    """The envelope's sender as the last receiver noted it (RFC 5321 section 4.4)."""
    values = message.values("return-path")
    return values[0].decode("utf-8", "replace").strip().strip("<>") if values else None


def _ask_now(message: Message, case: _Case, received_at: datetime, answers: Path | None) -> Answers:
    """Ask this machine's resolvers; write what they said where it was asked for."""
    import asyncio

    from meyasubako.errors import UnavailableError
    from meyasubako.receivers.dns_capture import Arriving, DnsCapture, system_servers
    from meyasubako.sender import Answers

    servers = system_servers()
    if not servers:
        raise UnavailableError("--ask", "this machine names no DNS resolver")
    arriving = Arriving(case.subject, message, case.ip, case.helo, case.mail_from, received_at)
    captured = asyncio.run(DnsCapture(servers).capture(arriving))
    rows = [row._asdict() for row in captured.rows]
    if answers is not None:
        text = "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)
        try:
            answers.write_text(text, "utf-8")
        except OSError as error:
            raise MeyasuError(str(answers), error.strerror or "cannot be written") from error
    return Answers.from_rows(rows)


def _names(seen: Authentication) -> dict[str, Any]:
    names = seen.names
    return {
        "reverse": names.reverse.value,
        "reverse_names": list(names.reverse_names),
        "helo": names.helo.value,
        "author": names.author.value,
    }


def _verdict(verdict: Forgery) -> dict[str, Any]:
    return {
        "address": verdict.address.value,
        "equipment": verdict.equipment.value,
        "grounds": [
            {
                "code": one.code.value,
                "of": one.subject.value,
                "weight": one.weight.value,
                "ja": one.ja,
                "en": one.en,
            }
            for one in verdict.grounds
        ],
    }


def _print(shown: dict[str, Any]) -> None:
    """For people: a line a mechanism, then the grounds in both languages. Texts of the mail are made inert."""
    lines = [
        f"{shown['mail']}  from {shown['ip'] or 'unknown'} ({shown['helo'] or '-'})  {shown['received_at']}"
    ]
    for name, one in shown["auth"].items():
        lines.append(f"{name:6} {one['result']:10} {one['reason']:24} {one.get('domain') or ''}")
    forged = shown["forged"]
    lines.append(f"sender information: address {forged['address']}, equipment {forged['equipment']}")
    for ground in forged["grounds"]:
        lines += [f"  {ground['weight']:6} {ground['en']}", f"         {ground['ja']}"]
    for claim in shown["claims"]:
        word = "believed" if claim["trusted"] else "claimed"
        lines.append(f"  {word} by {claim['server'] or '(unnamed)'}: {claim['method']}={claim['result']}")
    if shown["unasked"]:
        lines.append(f"{len(shown['unasked'])} DNS answers are missing; the first: {shown['unasked'][0]}")
    for line in lines:
        typer.echo("".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line))

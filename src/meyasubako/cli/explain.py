"""``meyasu explain PATH...``: what a mail is, where it came from, and what was found in it. Nothing is kept."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meyasubako.cli.output import JsonFlag, print_json

if TYPE_CHECKING:
    from rich.table import Table

    from meyasubako.tables.home import Home

TEXT_SHOWN = 400


def command(
    paths: Annotated[
        list[Path], typer.Argument(help="Mails, folders or archives of mail.", metavar="PATH...")
    ],
    as_json: JsonFlag = False,
) -> None:
    """Print a card a mail, or with --json one object a line. What is no mail is named on standard error (exit 3)."""
    unreadable = False
    for explained in _explain_all(paths):
        if isinstance(explained, str):
            unreadable = True
            sys.stderr.write(f"meyasu: {explained}\n")
        elif as_json:
            print_json(explained)
        else:
            _print_card(explained)
    if unreadable:
        raise typer.Exit(3)


def _explain_all(paths: list[Path]) -> Iterator[dict[str, Any] | str]:
    """The explanation of every mail, or one line about what is none."""
    import hashlib
    from datetime import UTC, datetime

    from meyasubako.analysis.context import Context, ContextSpec
    from meyasubako.analysis.explain import explain
    from meyasubako.analysis.types import Envelope
    from meyasubako.mail.parse import parse
    from meyasubako.origin.boundary import boundary_time
    from meyasubako.receivers.archives import Unreadable, read_archives
    from meyasubako.receivers.arrival import reception_of
    from meyasubako.tables.home import Home

    home = Home.from_environment()
    context = Context(ContextSpec.of_home(home.path))
    erased = _erased(home)
    for found in read_archives(paths):
        if isinstance(found, Unreadable):
            yield f"{found.path}: {found.reason}"
            continue
        now = datetime.now(UTC)
        mail = parse(found.raw)
        boundary = boundary_time(mail.received, context.trust)
        reception = reception_of(boundary, mail.date, given=None, now=now)
        sha256 = hashlib.sha256(found.raw).hexdigest()
        envelope = Envelope(
            arrival_id="",
            sha256=sha256,
            received_at=reception.received_at,
            received_at_source=reception.source,
            month=reception.month,
            channel="archive",
            origin_path=found.path,
        )
        explained = explain(mail, envelope, context, found.path)
        if sha256 in erased:
            explained["erased"] = erased[sha256]
        yield explained


def _erased(home: Home) -> dict[str, dict[str, str]]:
    """When and why mails were erased from this data folder, by the sha256 of their bytes."""
    if not Path(home.table("tombstones")).is_dir():
        return {}
    from meyasubako.tables.tombstones import Tombstones

    tombstones = Tombstones(home)
    tombstones.refresh()
    stones = filter(None, map(tombstones.find, tombstones.hashes))
    return {
        one.sha256: {
            "at": one.erased_at.isoformat(timespec="seconds"),
            "reason": one.reason,
            "by": one.erased_by,
        }
        for one in stones
    }


def _print_card(mail: dict[str, Any]) -> None:
    """One mail as a card for people. Every text of the mail is printed as text: markup and control signs are inert."""
    from rich.console import Console
    from rich.panel import Panel
    from rich.text import Text

    console = Console()
    console.print(Panel(_rows(mail), title=Text(_inert(mail["path"])), title_align="left"))


def _inert(value: object) -> str:
    """A text of a mail without what a terminal would obey."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}"
        for letter in str(value)
    )


def _rows(mail: dict[str, Any]) -> Table:
    from rich.table import Table
    from rich.text import Text

    origin, sender, auth = mail["origin"], mail["from"], mail["auth"]
    table = Table(show_header=False, box=None, padding=(0, 1))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    place = " ".join(
        str(part)
        for part in (origin["country"], origin["asn"] and f"AS{origin['asn']}", origin["network"])
        if part
    )
    erased = mail.get("erased")
    rows: list[tuple[str, object]] = [
        ("消去済 Erased", f"{erased['at']} ({erased['by']}): {erased['reason']}" if erased else ""),
        ("Subject", mail["subject"] or ""),
        ("From", f"{sender['name'] or ''} <{sender['address'] or ''}>".strip()),
        ("Received", f"{mail['received_at']} ({mail['received_at_source']})"),
        ("Origin", f"{origin['ip'] or 'unknown'}  {place}"),
        (
            "Why",
            f"{origin['reason']} (confidence {origin['confidence']:.2f})"
            + (", forged trace" if origin["forged"] else ""),
        ),
        (
            "Hops",
            "\n".join(
                f"{index}: {hop['ip'] or '-'} -> {hop['by'] or '-'}"
                for index, hop in enumerate(mail["received"])
            ),
        ),
        ("Language", f"{mail['language'] or 'unknown'}, {mail['charset'] or 'no charset'}"),
        ("Links", "\n".join(_defanged(link) for link in mail["links"][:8])),
        (
            "Files",
            "\n".join(
                f"{file['name']} ({file['type']}, {file['size']} bytes)" for file in mail["attachments"]
            ),
        ),
        (
            "Sender auth.",
            " ".join(f"{name}={auth[name]}" for name in ("spf", "dkim", "dmarc", "arc") if auth[name])
            or auth["reason"],
        ),
        (
            "Law",
            "\n".join(
                f"{found['article']}: {found['verdict']} - {found['ja']} / {found['en']}"
                for found in mail["findings"]
            ),
        ),
        (
            "Defects",
            "\n".join(" ".join(filter(None, (d["code"], d["where"], d["guessed"]))) for d in mail["defects"]),
        ),
        ("Text", mail["text"].strip()[:TEXT_SHOWN].replace("http", "hxxp")),
    ]
    for name, value in rows:
        if value:
            table.add_row(name, Text(_inert(value)))
    return table


def _defanged(link: dict[str, Any]) -> str:
    """A link that nobody can click by mistake, and what it pretends to be where that differs."""
    shown = str(link["url"]).replace("http", "hxxp", 1).replace(".", "[.]")
    return f"{shown}  (shown as {link['text']})" if link["mismatch"] else shown

"""``meyasu unwrap PATH...``: what a report holds - the mails in it, or why it has to wait for a person. Keeps nothing."""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meyasubako.cli.output import JsonFlag, print_json

if TYPE_CHECKING:
    from meyasubako.mail.wrapped import Unwrapped, WrappedMail

MOST_BYTES = 200 * 1024 * 1024


def command(
    paths: Annotated[
        list[Path], typer.Argument(help="Reports, folders or tar files of them.", metavar="PATH...")
    ],
    as_json: JsonFlag = False,
    summary: Annotated[
        bool, typer.Option("--summary", help="Print only how many reports are of which kind.")
    ] = False,
) -> None:
    """Print a card a report, or with --json one object a line; then, for people, the counts by kind and reason."""
    from meyasubako.errors import MeyasuError

    counts: Counter[tuple[str, str, str]] = Counter()
    mails = 0
    for path in paths:
        if not path.exists():
            raise MeyasuError(str(path), "no such file or folder")
        for name, data in _reports(path):
            found = report_of(name, data)
            counts[found.kind, found.reason, found.mails[0].how if found.kind == "inline" else ""] += 1
            mails += len(found.mails)
            if as_json:
                print_json(_as_json(name, found))
            elif not summary:
                _print_card(name, found)
    if not as_json:
        _print_counts(counts, mails)


def report_of(name: str, data: bytes) -> Unwrapped:
    """What the report holds; a file that is no mail is told by its name where the name says more."""
    from meyasubako.mail.wrapped import Unwrapped, unwrap, unwrap_file
    from meyasubako.receivers.kinds import HEAD_BYTES, Kind, recognise

    if len(data) > MOST_BYTES:
        return Unwrapped("none", reason="too-large")
    if recognise(data[:HEAD_BYTES]) in (Kind.MAIL, Kind.MBOX):
        return unwrap(data)
    return unwrap_file(name, data)


def _reports(path: Path) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of every report: of a file, of the files of a folder or tar file, of the mails of an mbox."""
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.is_file():
                yield from _mails(str(file), _read(file))
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            for member in archive:
                stream = archive.extractfile(member) if member.isfile() else None
                if stream is not None:
                    yield from _mails(f"{path}!{member.name}", stream.read(MOST_BYTES + 1))
    else:
        yield from _mails(str(path), _read(path))


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _mails(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """The mails of an mbox by their number; anything else, and what calls itself one mail, as it is."""
    from meyasubako.receivers.kinds import HEAD_BYTES, Kind, recognise
    from meyasubako.receivers.mbox import split_mbox

    if name.lower().endswith(".eml") or recognise(data[:HEAD_BYTES]) is not Kind.MBOX:
        yield name, data
        return
    stream = io.BytesIO(data)
    pieces = [piece for piece in split_mbox(stream.read, stream.read(HEAD_BYTES), limit=MOST_BYTES) if piece]
    if len(pieces) < 2:
        yield name, data
        return
    for number, piece in enumerate(pieces, start=1):
        yield f"{name}#{number}", piece


def _as_json(name: str, found: Unwrapped) -> dict[str, Any]:
    return {
        "path": name,
        "kind": found.kind,
        "reason": found.reason,
        "mails": [_mail(mail) for mail in found.mails],
        "returned": [_mail(mail) for mail in found.returned],
        "reported": dict(found.reported),
        "derived": dict(found.derived),
        "lost": list(found.lost),
    }


def _mail(mail: WrappedMail) -> dict[str, Any]:
    """One mail found, without its text."""
    from meyasubako.mail import parse

    read = parse(mail.raw)
    return {
        "how": mail.how,
        "size": len(mail.raw),
        "sha256": hashlib.sha256(mail.raw).hexdigest(),
        "from": read.from_.address if read.from_ is not None else None,
        "subject": read.subject,
        "date": read.date,
        "hops": len(read.received),
        "derived": dict(mail.derived),
        "lost": list(mail.lost),
    }


def _inert(value: object) -> str:
    """A text without what a terminal would obey, its links dead."""
    text = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in str(value))
    return text.replace("http", "hxxp")


def _print_card(name: str, found: Unwrapped) -> None:
    """One report as a card: every text of it inert."""
    from rich.console import Console
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    from meyasubako.mail.wrapped import REASONS

    table = Table(show_header=False, box=None, padding=(0, 1))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    rows: list[tuple[str, str]] = [("Kind", found.kind)]
    if found.reason:
        wording = REASONS[found.reason]
        rows.append(("Reason", f"{found.reason}: {wording.ja} / {wording.en}"))
    for mail in (*found.mails, *found.returned):
        shown = _mail(mail)
        rows.append(
            (
                "Mail" if mail in found.mails else "Returned",
                f"{shown['how']}  {shown['size']} bytes, {shown['hops']} hops",
            )
        )
        rows.append(("  From", str(shown["from"] or "")))
        rows.append(("  Subject", str(shown["subject"] or "")))
        rows.append(("  Date", str(shown["date"] or "")))
        rows += [("  Derived", f"{key}: {value}") for key, value in shown["derived"].items()]
        rows += _lost(shown["lost"], "  Lost")
    rows += [("Reported", f"{key}: {value}") for key, value in list(found.reported.items())[:12]]
    rows += [("Derived", f"{key}: {value}") for key, value in found.derived.items()]
    rows += _lost(list(found.lost), "Lost")
    for title, value in rows:
        if value:
            table.add_row(title, Text(_inert(value)))
    Console().print(Panel(table, title=Text(_inert(name)), title_align="left"))


def _lost(codes: list[str], title: str) -> list[tuple[str, str]]:
    from meyasubako.mail.wrapped import LOST

    return [(title, f"{code}: {LOST[code].ja} / {LOST[code].en}") for code in codes]


def _print_counts(counts: Counter[tuple[str, str, str]], mails: int) -> None:
    """The table of kinds: rows that a document can take as they are."""
    lines = ["| kind | reason or way | reports |", "|---|---|---:|"]
    for (kind, reason, how), count in sorted(counts.items()):
        lines.append(f"| {kind} | {reason or how} | {count} |")
    lines.append(f"| all | {mails} mails in them | {sum(counts.values())} |")
    sys.stdout.write("\n".join(lines) + "\n")

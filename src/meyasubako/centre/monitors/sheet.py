"""The register as a CSV file: what is written can be read again, and gives the same register.

Read: UTF-8 (with or without a byte order mark), else Shift_JIS as spreadsheets in Japan write it. A file is taken whole
or not at all; every line that cannot be taken is named with its reason. Lines add or change by name; a monitor that the
file does not have is left alone.
"""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from meyasubako.centre.accounts.permissions import check_can_manage_monitors
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.audit.services import event_record
from meyasubako.centre.monitors import selectors
from meyasubako.centre.monitors.entry import Entry, InvalidEntryError
from meyasubako.centre.monitors.services import monitor_save
from meyasubako.centre.monitors.types import Imported, LineError

COLUMNS = (
    "name", "address", "class", "carrier", "in_service_from", "in_service_to", "decoy", "note",
)  # fmt: skip
REQUIRED = ("name", "address", "class")
FORMULA = "=+-@\t\r'"
LARGEST = 16 * 1024 * 1024
YES, NO = ("1", "yes", "true", "はい"), ("", "0", "no", "false", "いいえ")


class Line(NamedTuple):
    """One line of the file that could be read: its number and its entry."""

    number: int
    entry: Entry


class Undo(Exception):  # noqa: N818 - not an error: the way out of a transaction
    """Everything was tried, and nothing is to stay."""


def monitors_export(viewer: Viewer) -> bytes:
    """The register as CSV with a byte order mark, since spreadsheets in Japan take UTF-8 for Shift_JIS without it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for seen in selectors.monitors(viewer):
        entry = seen.entry
        values = (
            entry.name,
            entry.address,
            entry.monitor_class,
            entry.carrier,
            entry.since.isoformat() if entry.since else "",
            entry.until.isoformat() if entry.until else "",
            "1" if entry.decoy else "0",
            entry.note,
        )
        writer.writerow([guarded(value) for value in values])
    return out.getvalue().encode("utf-8-sig")


def monitors_import(*, content: bytes, by: Viewer, now: datetime, dry_run: bool = False) -> Imported:
    """Take a file whole; with any error, or ``dry_run``, nothing stays."""
    check_can_manage_monitors(by)
    lines, errors = read_sheet(content)
    done: dict[str, list[str]] = {"added": [], "changed": [], "unchanged": []}
    try:
        with transaction.atomic():
            for line in lines:
                try:
                    with transaction.atomic():
                        done[monitor_save(entry=line.entry, by=by, now=now)].append(line.entry.name)
                except InvalidEntryError as error:
                    errors += [
                        LineError(line.number, problem.field, str(problem.text)) for problem in error.problems
                    ]
            if errors or dry_run:
                raise Undo
            event_record(
                action="monitor.imported",
                subject="monitors:csv",
                by_account=by.by_account,
                organisation=by.by_organisation,
                now=now,
                detail={name: len(names) for name, names in done.items()},
            )
    except Undo:
        pass
    errors.sort(key=lambda error: error.line)
    return Imported(
        tuple(done["added"]), tuple(done["changed"]), len(done["unchanged"]), tuple(errors), dry_run
    )


def read_sheet(content: bytes) -> tuple[list[Line], list[LineError]]:
    """The entries of a file, and what is wrong with its lines before any is compared with the register."""
    if len(content) > LARGEST:
        return [], [LineError(1, "", _("The file is larger than 16 MB."))]
    text = _decoded(content)
    if text is None:
        return [], [LineError(1, "", _("The file is neither UTF-8 nor Shift_JIS."))]
    lines: list[Line] = []
    errors: list[LineError] = []
    first_at: dict[str, int] = {}
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        errors += _header_errors(header)
        if errors:
            return [], errors
        start = reader.line_num + 1
        for row in reader:
            number, start = start, reader.line_num + 1
            if any(value.strip() for value in row):
                read = _read_row(header, row, number, errors)
                if read is not None and not _is_double(read, first_at, errors):
                    lines.append(read)
    except csv.Error as error:
        errors.append(LineError(reader.line_num or 1, "", _("This is no CSV: %(why)s") % {"why": error}))
    return lines, errors


def guarded(text: str) -> str:
    """Text that a spreadsheet takes for a formula gets an apostrophe, and one that begins with such gets another."""
    return f"'{text}" if text[:1] and text[0] in FORMULA else text


def unguarded(text: str) -> str:
    """The text as it was before :func:`guarded`."""
    return text[1:] if text[:1] == "'" and text[1:2] and text[1] in FORMULA else text


def _decoded(content: bytes) -> str | None:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _header_errors(header: list[str]) -> list[LineError]:
    missing = [name for name in REQUIRED if name not in header]
    strange = sorted({name for name in header if name not in COLUMNS or header.count(name) > 1})
    found = [LineError(1, name, _("The column is missing.")) for name in missing]
    return found + [
        LineError(1, name[:40], _("There is no such column, or it stands twice.")) for name in strange
    ]


def _read_row(header: list[str], row: list[str], number: int, errors: list[LineError]) -> Line | None:
    """The entry of a row; None, and errors more, where it cannot be read."""
    if len(row) != len(header):
        counts = {"found": len(row), "expected": len(header)}
        errors.append(LineError(number, "", _("The line has %(found)s values, not %(expected)s.") % counts))
        return None
    values = {name: unguarded(value.strip()) for name, value in zip(header, row, strict=True)}
    before = len(errors)
    since = _day(values, "in_service_from", number, errors)
    until = _day(values, "in_service_to", number, errors)
    decoy = values.get("decoy", "").lower()
    if decoy not in (*YES, *NO):
        errors.append(LineError(number, "decoy", _("Write 1 for a decoy domain, 0 for another.")))
    if len(errors) > before:
        return None
    return Line(
        number,
        Entry(
            values["name"],
            values["address"],
            values["class"],
            values.get("carrier", ""),
            since,
            until,
            decoy in YES,
            values.get("note", ""),
        ),
    )


def _day(values: dict[str, str], column: str, number: int, errors: list[LineError]) -> date | None:
    said = values.get(column, "")
    if not said:
        return None
    try:
        return date.fromisoformat(said.replace("/", "-"))
    except ValueError:
        errors.append(LineError(number, column, _("This is no day (YYYY-MM-DD).")))
        return None


def _is_double(line: Line, first_at: dict[str, int], errors: list[LineError]) -> bool:
    name = line.entry.name
    if name in first_at:
        errors.append(
            LineError(
                line.number, "name", _("The name stands on line %(line)s too.") % {"line": first_at[name]}
            )
        )
        return True
    first_at[name] = line.number
    return False

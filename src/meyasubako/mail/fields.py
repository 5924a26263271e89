"""Splits the head of a mail into raw header fields with their positions.

Knows lines, folds and the end of the header (RFC 5322 section 2.2, with the obsolete forms of
RFC 5322 section 4.5): an mbox ``From `` line (RFC 4155), CRLF, LF and CR as line ends, a missing blank
line, lost continuation lines. What a value means is the business of the other modules of this room.

Every byte is looked at a bounded number of times: the one pattern is anchored and cannot backtrack over
more than a field name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from meyasubako.mail.head import CRLF, FIELD_START, LF, Fields, HeaderField, name_of
from meyasubako.mail.types import DEFAULT_LIMITS, Defect, Limits

_NAME = rb"([!-9;-~]+)[ \t]*:"
_FIELD_LF = re.compile(_NAME + rb"([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_FIELD_ANY = re.compile(_NAME + rb"([^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*)(?:\r\n|\r|\n|\Z)")
_LINE_LF = re.compile(rb"[^\n]*(?:\n|\Z)")
_LINE_ANY = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_BLANK_LF = re.compile(rb"\r*\n")
_BLANK_ANY = re.compile(rb"\r\n|\r|\n")
_END_LF = re.compile(rb"\n\r*\n")
_END_ANY = re.compile(rb"\n\r?\n|\r\r|\r\n\r|\n\r")
_AFTER_CR = re.compile(rb"[!-9;-~]+[ \t]*:|[ \t]|\r(?!\n)")
_LEAST_FIELD = len("A:\n")
_ENVELOPE = (b"From ", b">From ")
_BOM = b"\xef\xbb\xbf"

_KNOWN_NAME = re.compile(
    rb"(?:received|return-path|delivered-to|from|sender|reply-to|to|cc|bcc|date|subject|message-id|in-reply-to"
    rb"|references|mime-version|content-(?:type|transfer-encoding|disposition|id|language)|errors-to|precedence"
    rb"|list-[a-z]+|dkim-signature|domainkey-signature|authentication-results|arc-[a-z-]+|status"
    rb"|x-[a-z0-9-]{1,60})[ \t]*:",
    re.IGNORECASE,
)
"""Names that make a line a header field even behind a line that is none."""


def _ends_by_cr(raw: bytes, start: int, end: int) -> bool:
    """Whether a bare CR ends the lines of this header: it does when the first line end is one."""
    line_feed = raw.find(b"\n", start, end)
    carriage = raw.find(b"\r", start, line_feed if line_feed >= 0 else end)
    if carriage < 0 or carriage == line_feed - 1:
        return False
    return line_feed < 0 or _AFTER_CR.match(raw, carriage + 1, end) is not None


class _Lines(NamedTuple):
    """The patterns for one convention of line ends."""

    field: re.Pattern[bytes]
    line: re.Pattern[bytes]
    blank: re.Pattern[bytes]
    gap: re.Pattern[bytes]


_BY_LF = _Lines(_FIELD_LF, _LINE_LF, _BLANK_LF, _END_LF)
_BY_CR = _Lines(_FIELD_ANY, _LINE_ANY, _BLANK_ANY, _END_ANY)


def _skip_preamble(raw: bytes, end: int, lines: _Lines) -> tuple[int, list[Defect]]:
    """Where the first field starts: behind a byte order mark, blank lines and mbox ``From `` lines."""
    defects: list[Defect] = []
    position = 0
    if raw.startswith(_BOM):
        position = len(_BOM)
        defects.append(Defect("header-byte-order-mark", "header"))
    first = position
    while found := lines.blank.match(raw, position, end):
        position = found.end()
    if position > first:
        if _KNOWN_NAME.match(raw, position, end) is None and not raw.startswith(_ENVELOPE, position, end):
            return first, defects
        defects.append(Defect("header-leading-blank-line", "header"))
    while raw.startswith(_ENVELOPE, position, end):  # bounded: at the cap a line is empty and leads nowhere
        position = _line_end(lines, raw, position, end)
    return position, defects


def _line_end(lines: _Lines, raw: bytes, position: int, end: int) -> int:
    found = lines.line.match(raw, position, end)
    assert found is not None  # the pattern matches the empty line too
    return found.end()


def _stray_line(raw: bytes, position: int, after: int) -> Defect | None:
    """The defect that lets a line that is no field be stepped over; None where the body begins with it.

    It is stepped over when a well-known field follows at once: then a fold lost its white space, or an
    mbox line slipped in between; otherwise the blank line is missing.
    """
    if raw.startswith(_ENVELOPE, position):
        return Defect("header-envelope-line", f"byte:{position}")
    if _KNOWN_NAME.match(raw, after) is not None and not raw.startswith(b"--", position):
        return Defect("header-stray-line", f"byte:{position}")
    return None


def split_fields(
    raw: bytes, limits: Limits = DEFAULT_LIMITS, start: int = 0, end: int | None = None
) -> tuple[Sequence[HeaderField], int, tuple[Defect, ...]]:
    """Header fields in the order of the mail, the offset at which the body starts, what was wrong.

    Reads ``raw[start:end]``, the whole mail or a part of it; offsets are in ``raw``. Never raises. Fields
    beyond ``limits.header_bytes`` or ``limits.header_fields`` are left out.
    """
    end = len(raw) if end is None else end
    clean = _split_clean(raw, limits, start, end)
    if clean is not None:
        return *clean, ()
    return _split_tolerant(raw, limits, start, end)


def _split_clean(raw: bytes, limits: Limits, start: int, end: int) -> tuple[Fields, int] | None:
    """The answer for the common mail - one kind of line end, every line a field or a fold, a blank line
    behind, no cap near - without a step of Python per field. None where the mail is not like that.
    """
    if start == 0 and raw.startswith(b"From "):
        start = raw.find(b"\n", 0, end) + 1
    line_feed = raw.find(b"\n", start, end)
    if line_feed < 1 or FIELD_START.match(raw, start, line_feed) is None:
        return None
    ends = CRLF if raw[line_feed - 1] == 13 else LF
    gap = ends.sign * 2
    limit = min(start + limits.header_bytes, end)
    unclean = ends.unclean.search(raw, start, limit)  # the blank line is the first that is no field
    if unclean is None or not raw.startswith(gap, unclean.start(), limit):
        return None
    last = unclean.start()
    body_start = last + len(gap)
    if (body_start - start) // _LEAST_FIELD > limits.header_fields:
        return None
    if ends is LF:
        if raw.find(b"\r", start, last) >= 0:
            return None
    elif raw.count(b"\r", start, last) != raw.count(b"\n", start, last):
        return None
    return Fields(ends.sign + raw[start:last], start, ends), body_start


def _split_tolerant(
    raw: bytes, limits: Limits, start: int, end: int
) -> tuple[tuple[HeaderField, ...], int, tuple[Defect, ...]]:
    """Line by line, with all that mails do wrong."""
    lines = _BY_CR if _ends_by_cr(raw, start, end) else _BY_LF
    position, defects = (start, []) if start else _skip_preamble(raw, end, lines)
    byte_cap = position + limits.header_bytes
    fields: list[HeaderField] = []
    match = lines.field.match
    while True:
        while found := match(raw, position, end):
            begin = position
            position = found.end()
            if position > byte_cap or len(fields) >= limits.header_fields:
                code = "header-too-long" if position > byte_cap else "header-too-many-fields"
                defects.append(Defect(code, f"byte:{begin}"))
                gap = lines.gap.search(raw, position - 1, end)
                return tuple(fields), gap.end() if gap is not None else end, tuple(defects)
            name, value = found.groups()
            if value.endswith(b"\r"):
                value = value.rstrip(b"\r")
            fields.append(HeaderField(name_of(name), value, begin, position))
        if position >= end:
            if fields:
                defects.append(Defect("header-end-missing", f"byte:{end}"))
            break
        if blank := lines.blank.match(raw, position, end):
            position = blank.end()
            break
        after = _line_end(lines, raw, position, end)
        stray = _stray_line(raw, position, after) if after < end else None
        if stray is None or len(defects) >= limits.header_fields:
            defects.append(Defect("header-end-missing" if fields else "header-missing", f"byte:{position}"))
            break
        defects.append(stray)
        position = after
    return tuple(fields), position, tuple(defects)

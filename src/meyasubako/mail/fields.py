"""Splits the head of a mail into header fields with their positions.

Knows lines, folds and the end of the header (RFC 5322 section 2.2, with the obsolete forms of
RFC 5322 section 4.5): an mbox ``From `` line (RFC 4155), CRLF, LF and CR as line ends, a missing blank
line, lost continuation lines. What a value means is the business of the other modules of this room.

One walk over the bytes makes the index that ``head`` answers from; every byte is looked at a bounded number of
times. Patterns stand only where a header ends or goes wrong.
"""

from __future__ import annotations

import re

import cython

from meyasubako.mail.head import Fields
from meyasubako.mail.types import DEFAULT_LIMITS, Defect, Limits

_GAP_BY_LF = re.compile(rb"\n\r*\n")
_GAP_BY_CR = re.compile(rb"\n\r?\n|\r\r|\r\n\r|\n\r")
_AFTER_CR = re.compile(rb"[!-9;-~]+[ \t]*:|[ \t]|\r(?!\n)")
_ENVELOPE = (b"From ", b">From ")
_BOM = b"\xef\xbb\xbf"
_NAMES_BYTES = 1024

_KNOWN_NAME = re.compile(
    rb"(?:received|return-path|delivered-to|from|sender|reply-to|to|cc|bcc|date|subject|message-id|in-reply-to"
    rb"|references|mime-version|content-(?:type|transfer-encoding|disposition|id|language)|errors-to|precedence"
    rb"|list-[a-z]+|dkim-signature|domainkey-signature|authentication-results|arc-[a-z-]+|status"
    rb"|x-[a-z0-9-]{1,60})[ \t]*:",
    re.IGNORECASE,
)
"""Names that make a line a header field even behind a line that is none."""


@cython.cfunc
def _ends_by_cr(raw: bytes, at: cython.Py_ssize_t, stop: cython.Py_ssize_t) -> cython.bint:
    """Whether a bare CR ends the lines of this header: it does when the first line end is one."""
    while at < stop and raw[at] != 10 and raw[at] != 13:
        at += 1
    if at >= stop or raw[at] == 10 or (at + 1 < stop and raw[at + 1] == 10):
        return False
    return raw.find(b"\n", at, stop) < 0 or _AFTER_CR.match(raw, at + 1, stop) is not None


@cython.cfunc
def _blank_end(
    raw: bytes, at: cython.Py_ssize_t, stop: cython.Py_ssize_t, by_cr: cython.bint
) -> cython.Py_ssize_t:
    """Behind the blank line that starts here; -1 where none does."""
    start: cython.Py_ssize_t = at
    while at < stop and raw[at] == 13 and not (by_cr and at > start):
        at += 1
    if at < stop and raw[at] == 10:
        return at + 1
    return at if by_cr and at > start else -1


@cython.cfunc
def _line_end(
    raw: bytes, at: cython.Py_ssize_t, stop: cython.Py_ssize_t, by_cr: cython.bint
) -> cython.Py_ssize_t:
    """Behind the end of the line that goes on at ``at``."""
    while at < stop:
        while at + 3 < stop and raw[at] > 13 and raw[at + 1] > 13 and raw[at + 2] > 13 and raw[at + 3] > 13:
            at += 4
        while at < stop and raw[at] > 13:
            at += 1
        if at >= stop:
            break
        at += 1
        if raw[at - 1] == 10:
            return at
        if by_cr and raw[at - 1] == 13:
            return at + 1 if at < stop and raw[at] == 10 else at
    return stop


@cython.cfunc
def _first_field(
    raw: bytes, stop: cython.Py_ssize_t, by_cr: cython.bint, defects: list[Defect]
) -> cython.Py_ssize_t:
    """Where the first field starts: behind a byte order mark, blank lines and mbox ``From `` lines."""
    at: cython.Py_ssize_t = 0
    if raw.startswith(_BOM):
        at = len(_BOM)
        defects.append(Defect("header-byte-order-mark", "header"))
    first: cython.Py_ssize_t = at
    after: cython.Py_ssize_t = _blank_end(raw, at, stop, by_cr)
    while after >= 0:
        at = after
        after = _blank_end(raw, at, stop, by_cr)
    if at > first:
        if _KNOWN_NAME.match(raw, at, stop) is None and not raw.startswith(_ENVELOPE, at, stop):
            return first
        defects.append(Defect("header-leading-blank-line", "header"))
    while raw.startswith(_ENVELOPE, at, stop):  # bounded: at the cap a line is empty and leads nowhere
        at = _line_end(raw, at, stop, by_cr)
    return at


@cython.cfunc
def _stray_line(raw: bytes, at: cython.Py_ssize_t, after: cython.Py_ssize_t) -> Defect | None:
    """The defect that lets a line that is no field be stepped over; None where the body begins with it.

    It is stepped over when a well-known field follows at once: then a fold lost its white space, or an
    mbox line slipped in between; otherwise the blank line is missing.
    """
    if raw.startswith(_ENVELOPE, at):
        return Defect("header-envelope-line", f"byte:{at}")
    if _KNOWN_NAME.match(raw, after) is not None and not raw.startswith(b"--", at):
        return Defect("header-stray-line", f"byte:{at}")
    return None


@cython.cfunc
def _name_end(raw: bytes, at: cython.Py_ssize_t, stop: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Behind the name of the field that starts here; -1 where none does."""
    byte: cython.uchar
    start: cython.Py_ssize_t = at
    while at < stop:
        byte = raw[at]
        if byte <= 32 or byte == 58 or byte > 126:
            break
        at += 1
    if at == start:
        return -1
    end: cython.Py_ssize_t = at
    while at < stop and (raw[at] == 32 or raw[at] == 9):
        at += 1
    return end if at < stop and raw[at] == 58 else -1


@cython.cfunc
def _append_name(
    names: bytearray, size: cython.Py_ssize_t, raw: bytes, at: cython.Py_ssize_t, end: cython.Py_ssize_t
) -> cython.Py_ssize_t:
    """Put the name in lower case, and a colon, behind the names; their size. Room is made for many at once."""
    byte: cython.uchar
    if size + end - at >= len(names):
        names.extend(bytes(size + end - at))
    while at < end:
        byte = raw[at]
        names[size] = byte + 32 if 65 <= byte <= 90 else byte
        size += 1
        at += 1
    names[size] = 58
    return size + 1


@cython.cfunc
def _walk(
    raw: bytes,
    at: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    by_cr: cython.bint,
    limits: Limits,
    defects: list[Defect],
) -> tuple[Fields, int]:
    """The fields from here on, and where the body starts."""
    byte_cap: cython.Py_ssize_t = at + limits.header_bytes
    most: cython.Py_ssize_t = limits.header_fields
    names: bytearray = bytearray(_NAMES_BYTES)
    size: cython.Py_ssize_t = _append_name(names, 0, raw, at, at)
    marks: list[int] = []
    count: cython.Py_ssize_t = 0
    body: cython.Py_ssize_t = -1
    name_end: cython.Py_ssize_t
    after: cython.Py_ssize_t
    while at < stop:
        name_end = _name_end(raw, at, stop)
        if name_end > 0:
            after = _line_end(raw, name_end, stop, by_cr)
            while after < stop and (raw[after] == 32 or raw[after] == 9):  # folded
                after = _line_end(raw, after, stop, by_cr)
            if after > byte_cap or count >= most:
                code = "header-too-long" if after > byte_cap else "header-too-many-fields"
                defects.append(Defect(code, f"byte:{at}"))
                gap = (_GAP_BY_CR if by_cr else _GAP_BY_LF).search(raw, after - 1, stop)
                body = stop if gap is None else gap.end()
                break
            count += 1
        else:
            body = _blank_end(raw, at, stop, by_cr)
            if body >= 0:
                break
            after = _line_end(raw, at, stop, by_cr)
            stray = _stray_line(raw, at, after) if after < stop else None
            if stray is None or len(defects) >= most:
                code = "header-end-missing" if count else "header-missing"
                defects.append(Defect(code, f"byte:{at}"))
                body = at
                break
            defects.append(stray)
            name_end = at
        marks.append(at)
        marks.append(name_end - at)
        size = _append_name(names, size, raw, at, name_end)
        at = after
    if body < 0:
        body = stop
        if count:
            defects.append(Defect("header-end-missing", f"byte:{stop}"))
    marks.append(at)
    return Fields(raw, names[:size].decode("ascii"), marks), body


def split_fields(
    raw: bytes, limits: Limits = DEFAULT_LIMITS, start: int = 0, end: int | None = None
) -> tuple[Fields, int, tuple[Defect, ...]]:
    """Header fields in the order of the mail, the offset at which the body starts, what was wrong.

    Reads ``raw[start:end]``, the whole mail or a part of it; offsets are in ``raw``. Never raises. Fields
    beyond ``limits.header_bytes`` or ``limits.header_fields`` are left out.
    """
    at: cython.Py_ssize_t = start
    stop: cython.Py_ssize_t = len(raw) if end is None else end
    defects: list[Defect] = []
    by_cr: cython.bint = _ends_by_cr(raw, at, stop)
    if at == 0:
        at = _first_field(raw, stop, by_cr, defects)
    fields, body = _walk(raw, at, stop, by_cr, limits, defects)
    return fields, body, tuple(defects)

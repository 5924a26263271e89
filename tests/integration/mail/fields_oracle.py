"""A header read with patterns, one field at a time: what the walk of ``meyasubako.mail.fields`` has to say too."""

from __future__ import annotations

import re

from meyasubako.mail import Defect, HeaderField, Limits

_NAME = rb"([!-9;-~]+)[ \t]*:"
_KNOWN_NAME = re.compile(
    rb"(?:received|return-path|delivered-to|from|sender|reply-to|to|cc|bcc|date|subject|message-id|in-reply-to"
    rb"|references|mime-version|content-(?:type|transfer-encoding|disposition|id|language)|errors-to|precedence"
    rb"|list-[a-z]+|dkim-signature|domainkey-signature|authentication-results|arc-[a-z-]+|status"
    rb"|x-[a-z0-9-]{1,60})[ \t]*:",
    re.IGNORECASE,
)
_ENVELOPE = (b"From ", b">From ")
_FIELD, _LINE, _BLANK, _GAP = range(4)
_BY_LF = [
    re.compile(pattern)
    for pattern in (
        _NAME + rb"([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)",
        rb"[^\n]*(?:\n|\Z)",
        rb"\r*\n",
        rb"\n\r*\n",
    )
]
_BY_CR = [
    re.compile(pattern)
    for pattern in (
        _NAME + rb"([^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*)(?:\r\n|\r|\n|\Z)",
        rb"[^\r\n]*(?:\r\n|\r|\n|\Z)",
        rb"\r\n|\r|\n",
        rb"\n\r?\n|\r\r|\r\n\r|\n\r",
    )
]

Split = tuple[tuple[HeaderField, ...], int, tuple[Defect, ...]]


def _ends_by_cr(raw: bytes, start: int, end: int) -> bool:
    line_feed = raw.find(b"\n", start, end)
    carriage = raw.find(b"\r", start, line_feed if line_feed >= 0 else end)
    if carriage < 0 or carriage == line_feed - 1:
        return False
    after = re.compile(rb"[!-9;-~]+[ \t]*:|[ \t]|\r(?!\n)")
    return line_feed < 0 or after.match(raw, carriage + 1, end) is not None


def _first(raw: bytes, end: int, lines: list[re.Pattern[bytes]], defects: list[Defect]) -> int:
    position = 0
    if raw.startswith(b"\xef\xbb\xbf"):
        position = 3
        defects.append(Defect("header-byte-order-mark", "header"))
    first = position
    while found := lines[_BLANK].match(raw, position, end):
        position = found.end()
    if position > first:
        if not _KNOWN_NAME.match(raw, position, end) and not raw.startswith(_ENVELOPE, position, end):
            return first
        defects.append(Defect("header-leading-blank-line", "header"))
    while raw.startswith(_ENVELOPE, position, end):
        position = _line_end(raw, position, end, lines)
    return position


def _line_end(raw: bytes, position: int, end: int, lines: list[re.Pattern[bytes]]) -> int:
    found = lines[_LINE].match(raw, position, end)
    assert found is not None
    return found.end()


def split_by_patterns(raw: bytes, limits: Limits, start: int, end: int) -> Split:
    """What ``split_fields`` says, the fields as a tuple."""
    lines = _BY_CR if _ends_by_cr(raw, start, end) else _BY_LF
    defects: list[Defect] = []
    position = start or _first(raw, end, lines, defects)
    cap = position + limits.header_bytes
    fields: list[HeaderField] = []
    while position < end:
        if found := lines[_FIELD].match(raw, position, end):
            if found.end() > cap or len(fields) >= limits.header_fields:
                code = "header-too-long" if found.end() > cap else "header-too-many-fields"
                defects.append(Defect(code, f"byte:{position}"))
                gap = lines[_GAP].search(raw, found.end() - 1, end)
                return tuple(fields), gap.end() if gap else end, tuple(defects)
            name, value = found.groups()
            fields.append(HeaderField(name.decode("ascii"), value.rstrip(b"\r"), position, found.end()))
            position = found.end()
            continue
        if blank := lines[_BLANK].match(raw, position, end):
            return tuple(fields), blank.end(), tuple(defects)
        after = _line_end(raw, position, end, lines)
        enveloped = raw.startswith(_ENVELOPE, position)
        resumes = _KNOWN_NAME.match(raw, after) is not None and not raw.startswith(b"--", position)
        if after == end or not (enveloped or resumes) or len(defects) >= limits.header_fields:
            defects.append(Defect("header-end-missing" if fields else "header-missing", f"byte:{position}"))
            return tuple(fields), position, tuple(defects)
        defects.append(
            Defect("header-envelope-line" if enveloped else "header-stray-line", f"byte:{position}")
        )
        position = after
    if fields:
        defects.append(Defect("header-end-missing", f"byte:{end}"))
    return tuple(fields), end, tuple(defects)

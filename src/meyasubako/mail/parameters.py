"""``type; name=value`` fields: Content-Type and Content-Disposition (RFC 2045 section 5.1, RFC 2183), with the
parameter extensions of RFC 2231 and what mailers write instead of them: encoded words in values, raw
8-bit names, missing semicolons, missing quotes.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import cython

from meyasubako.mail.charset import decode
from meyasubako.mail.signs import kinds_of_bytes
from meyasubako.mail.words import decode_header, unfold

_BLANK = cython.declare(cython.uchar, 1)
_SPACE = cython.declare(cython.uchar, 3)
_SEMICOLON = cython.declare(cython.uchar, 4)
_NO_NAME = cython.declare(cython.uchar, 15)
_KINDS = cython.declare(
    bytes,
    kinds_of_bytes({1: b" \t\r\n", 2: b"\f\v", 4: b";", 8: b'="'}),
)
"""What each byte is: a blank, other white space, a semicolon, another sign that ends a name."""
_LONGEST_NAME = cython.declare(cython.Py_ssize_t, 100)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_CONTINUED = re.compile(r"([^*]+)\*(?:(\d{1,4})(\*?))?\Z")
_LOST_SEMICOLON = re.compile(
    rb"(?<![ \t])[ \t]++(?=(?:charset|boundary|name|filename|format|type)[ \t]*+=)", re.IGNORECASE
)
_MOST = cython.declare(cython.Py_ssize_t, 200)


class Parameters(NamedTuple):
    """A value in lower case ("text/plain", "attachment"), its parameters by lower-case name, codes of defects."""

    value: str
    parameters: dict[str, str]
    codes: tuple[tuple[str, str | None], ...] = ()


@cython.cfunc
def _behind(line: bytes, at: cython.Py_ssize_t, kinds: cython.uchar) -> cython.Py_ssize_t:
    """Behind the bytes of these kinds that stand here."""
    while at < len(line) and _KINDS[line[at]] & kinds:
        at += 1
    return at


@cython.cfunc
def _until(line: bytes, at: cython.Py_ssize_t, kinds: cython.uchar) -> cython.Py_ssize_t:
    """Where the first byte of these kinds stands from here on, or the end."""
    while at < len(line) and not _KINDS[line[at]] & kinds:
        at += 1
    return at


@cython.cfunc
def _quoted(line: bytes, start: cython.Py_ssize_t) -> tuple[bytes, int]:
    """What stands up to the quote that closes, or to the end, and where one reads on."""
    at: cython.Py_ssize_t = start
    while at < len(line) and line[at] != 34:
        at += 2 if line[at] == 92 else 1  # what a backslash stands before closes nothing
    content = line[start:at]
    if ord("\\") in content:
        content = _ESCAPED.sub(rb"\1", content.removesuffix(b"\\") if at > len(line) else content)
    return content, at + 1


@cython.cfunc
def _unquoted(
    line: bytes, start: cython.Py_ssize_t, codes: list[tuple[str, str | None]]
) -> tuple[bytes, int]:
    """What stands up to the semicolon, or to the parameter that follows without one, and where one reads on."""
    end: cython.Py_ssize_t = _until(line, start, _SEMICOLON)
    if start < end and line[start] == 39:  # in single quotes, which are no quotes by any standard
        close: cython.Py_ssize_t = line.find(b"'", start + 1, end)
        if close >= 0 and (close + 1 >= end or line[close + 1] == 32 or line[close + 1] == 9):
            return line[start + 1 : close], close + 1
    if line.find(b"=", start, end) >= 0 and (lost := _LOST_SEMICOLON.search(line, start, end)):
        codes.append(("parameter-semicolon-missing", None))
        end = lost.start()
    return line[start:end].strip(b" \t").strip(b"\"'"), end


def parse_parameters(field: bytes, hint: str | None = None) -> Parameters:
    """Read a structured field with parameters. Never raises; the first of two equal names counts."""
    line: bytes = unfold(field)
    size: cython.Py_ssize_t = len(line)
    plain: dict[str, bytes] = {}
    codes: list[tuple[str, str | None]] = []
    start: cython.Py_ssize_t
    name_end: cython.Py_ssize_t
    at: cython.Py_ssize_t = _until(line, 0, _SPACE | _SEMICOLON)
    raw_value = line[:at]
    if ord("=") in raw_value and ord("/") not in raw_value:
        raw_value, at = b"", 0
    value = raw_value.strip(b"\"'").decode("latin-1").lower()
    left: cython.Py_ssize_t = _MOST
    while at < size and left > 0:
        start = _behind(line, at, _SPACE | _SEMICOLON)
        name_end = _until(line, start, _NO_NAME)
        at = _behind(line, name_end, _BLANK)
        if not 0 < name_end - start <= _LONGEST_NAME or at >= size or line[at] != 61:
            at = _until(line, start, _SEMICOLON) + 1
            continue
        left -= 1
        at = _behind(line, at + 1, _BLANK)
        if at < size and line[at] == 34:
            content, at = _quoted(line, at + 1)
        else:
            content, at = _unquoted(line, at, codes)
        plain.setdefault(line[start:name_end].decode("latin-1").lower(), content)
    return Parameters(value, _join(plain, codes, hint), tuple(codes))


def _join(plain: dict[str, bytes], codes: list[tuple[str, str | None]], hint: str | None) -> dict[str, str]:
    """Texts of the parameters; continuations joined, charsets applied (RFC 2231 section 3, RFC 2231 section 4)."""
    texts: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, bytes]]] = {}
    for name, content in plain.items():
        if "*" in name and (found := _CONTINUED.match(name)):
            base, number, star = found.groups()
            encoded = number is None or star == "*"
            pieces.setdefault(base, {})[int(number or 0)] = (encoded, content)
        elif content.isascii() and content.find(b"=?") < 0 and 27 not in content:
            texts[name] = content.decode("ascii")
        else:
            decoded = decode_header(content, hint)
            codes.append(
                ("parameter-encoded-word" if b"=?" in content else "parameter-raw-bytes", decoded.charset)
            )
            texts[name] = decoded.text
    for base, numbered in pieces.items():
        texts[base] = _continued(numbered, hint)
    return texts


def _continued(numbered: dict[int, tuple[bool, bytes]], hint: str | None) -> str:
    charset = None
    data = []
    for number in sorted(numbered):
        encoded, content = numbered[number]
        if encoded:
            parts = content.split(b"'", 2)
            if number == min(numbered) and len(parts) == 3:
                charset = parts[0].decode("latin-1") or None
                content = parts[2]
            content = unquote_to_bytes(content)
        data.append(content)
    return decode(b"".join(data), charset, hint).text

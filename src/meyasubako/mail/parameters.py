"""``type; name=value`` fields: Content-Type and Content-Disposition (RFC 2045 section 5.1, RFC 2183), with the
parameter extensions of RFC 2231 and what mailers write instead of them: encoded words in values, raw
8-bit names, missing semicolons, missing quotes.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from meyasubako.mail.charset import decode
from meyasubako.mail.words import decode_header, unfold

_VALUE = re.compile(rb"[ \t]*([^;\s]*)")
_PARAMETER = re.compile(
    rb"[;\s]*([^=;\s\"]{1,100})[ \t\r\n]*=[ \t\r\n]*(?:\"((?:[^\"\\]|\\.)*)(?:\"|\\?\Z)|'([^';]*)'(?=[ \t;]|\Z)|([^;]*))",
    re.DOTALL,
)
_STEP = re.compile(rb"[;\s]*[^;]*;?")
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_CONTINUED = re.compile(r"([^*]+)\*(?:(\d{1,4})(\*?))?\Z")
_LOST_SEMICOLON = re.compile(
    rb"[ \t]+(?=(?:charset|boundary|name|filename|format|type)[ \t]*=)", re.IGNORECASE
)
_MOST = 200


class Parameters(NamedTuple):
    """A value in lower case ("text/plain", "attachment"), its parameters by lower-case name, codes of defects."""

    value: str
    parameters: dict[str, str]
    codes: tuple[tuple[str, str | None], ...] = ()


def parse_parameters(field: bytes, hint: str | None = None) -> Parameters:
    """Read a structured field with parameters. Never raises; the first of two equal names counts."""
    line = unfold(field)
    found = _VALUE.match(line)
    assert found is not None
    raw_value = found[1]
    position = found.end()
    if b"=" in raw_value and b"/" not in raw_value:
        raw_value, position = b"", 0
    value = raw_value.strip(b"\"'").decode("latin-1").lower()
    plain: dict[str, bytes] = {}
    codes: list[tuple[str, str | None]] = []
    size = len(line)
    while position < size and len(plain) < _MOST:
        hit = _PARAMETER.match(line, position)
        if hit is None:
            step = _STEP.match(line, position)
            position = max(step.end() if step is not None else size, position + 1)
            continue
        name, quoted, single, token = hit.groups()
        position = hit.end()
        if quoted is not None:
            content = _ESCAPED.sub(rb"\1", quoted) if b"\\" in quoted else quoted
        elif single is not None:
            content = single
        else:
            content = token.strip(b" \t")
            if lost := _LOST_SEMICOLON.search(content):
                position = hit.start(4) + (len(token) - len(token.lstrip(b" \t"))) + lost.start()
                content = content[: lost.start()]
                codes.append(("parameter-semicolon-missing", None))
            content = content.strip(b"\"'")
        plain.setdefault(name.decode("latin-1").lower(), content)
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
        elif content.isascii() and b"=?" not in content and b"\x1b" not in content:
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

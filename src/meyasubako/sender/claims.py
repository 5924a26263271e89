"""Reads what others say they verified: Authentication-Results (RFC 8601) and its kin in ARC (RFC 8617 section 4.1.1).

A claim is somebody's word. It is kept beside our own results, never among them; whether the speaker is to be
believed is a list of names given by the operator.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from meyasubako.mail.types import HeaderField

VALUE_CAP = 32_768
"""Bytes of one field that are read."""
FIELDS_CAP = 100
"""Fields of a mail that are read."""
CLAIMS_CAP = 200
"""Results of one field that are read."""

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[()]|[^()"\\]+|["\\]', re.DOTALL)
_PART = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[^;"\\]+|["\\]', re.DOTALL)
_PAIR = re.compile(
    r"([A-Za-z][A-Za-z0-9._-]{0,63})(?:/[0-9]{1,5})?[ ]?=[ ]?(\"(?:[^\"\\]|\\.)*\"|[^\s;\"]+)", re.DOTALL
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SOURCES = {"authentication-results": False, "arc-authentication-results": True}


class Claim(NamedTuple):
    """One result somebody noted.

    ``server`` is the authserv-id ("" where the field names none), ``method`` spf, dkim, dmarc ..., ``result`` the
    word, ``properties`` pairs such as ("header.d", "example.com"). ``instance`` is the ARC instance, None outside
    ARC. ``position`` is the field's index in the mail. ``trusted``: the server is one the operator believes.
    """

    server: str
    method: str
    result: str
    reason: str | None
    properties: tuple[tuple[str, str], ...]
    instance: int | None
    position: int
    trusted: bool


def claims(
    fields: Sequence[HeaderField], *, trusted: Collection[str] = (), boundary: int | None = None
) -> tuple[Claim, ...]:
    """Every claim of a mail, in its order. Never raises.

    ``trusted`` holds authserv-ids in lower case. A field below the ``boundary`` (index of the field by which the
    trusted host took the mail) came with the mail, whoever it names: it is not trusted (RFC 8601 section 5).
    """
    found: list[Claim] = []
    read = 0
    for position, field in enumerate(fields):
        chained = _SOURCES.get(field.name.lower())
        if chained is None:
            continue
        read += 1
        if read > FIELDS_CAP:
            break
        server, instance, rows = read_results(field.value, chained=chained)
        believed = not chained and server in trusted and (boundary is None or position < boundary)
        found += (Claim(server, *row, instance, position, believed) for row in rows)
    return tuple(found)


Row = tuple[str, str, str | None, tuple[tuple[str, str], ...]]


def read_results(value: bytes, *, chained: bool = False) -> tuple[str, int | None, list[Row]]:
    """Server, ARC instance and (method, result, reason, properties) rows of one field's value."""
    text = without_comments(value[:VALUE_CAP].decode("utf-8", "replace"))
    parts = _parts(text)
    instance: int | None = None
    if chained and parts:
        tag = _PAIR.fullmatch(parts[0])
        if tag is not None and tag[1] == "i" and tag[2].isdecimal() and len(tag[2]) <= 2:
            instance = int(tag[2])
            parts = parts[1:]
    server = ""
    if parts and "=" not in parts[0]:
        server = _plain(parts[0].split(" ")[0]).lower()
        parts = parts[1:]
    rows: list[Row] = []
    for part in parts[:CLAIMS_CAP]:
        pairs = [(name.lower(), _plain(said)) for name, said in _PAIR.findall(part)]
        if not pairs:
            continue
        (method, result), rest = pairs[0], pairs[1:]
        reason = next((said for name, said in rest if name == "reason"), None)
        properties = tuple((name, said) for name, said in rest if "." in name)
        rows.append((method, result.lower(), reason, properties))
    return server, instance, rows


def without_comments(text: str) -> str:
    """The text with comments gone, nested ones too (RFC 5322 section 3.2.2), and white space runs made one space."""
    depth = 0
    kept: list[str] = []
    for piece in _PIECE.findall(text):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth -= depth > 0
            kept.append(" ")
        elif depth == 0:
            kept.append(piece)
    return " ".join("".join(kept).split())


def _parts(text: str) -> list[str]:
    """The text cut at semicolons outside quotes, empty parts gone."""
    parts: list[str] = [""]
    end = 0
    for found in _PART.finditer(text):
        parts += [""] * (found.start() - end)
        parts[-1] += found[0]
        end = found.end()
    return [part.strip() for part in parts if part.strip()]


def _plain(said: str) -> str:
    """A value without its quotes."""
    if len(said) >= 2 and said[0] == said[-1] == '"':
        return _ESCAPE.sub(r"\1", said[1:-1])
    return said

"""SPF macros (RFC 7208 section 7): read once, expanded for each mail.

A macro-string is kept as a tuple of literal texts and ``Expand`` items. What the letters stand for is given by
the caller, since one of them (``p``) has to be asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple
from urllib.parse import quote

_TOKEN = re.compile(
    r"%\{([slodiphcrtvSLODIPHCRTV])([0-9]*)([rR]?)([.\-+,/_=]*)\}|%([%_-])|([^%]+)", re.DOTALL
)
_ESCAPES = {"%": "%", "_": " ", "-": "%20"}
EXPLANATION_LETTERS = frozenset("crt")
"""Letters that may stand in an explanation alone."""


class Expand(NamedTuple):
    """One macro-expand: the letter, how many right-hand parts to keep (0 = all), reversed, split where."""

    letter: str
    keep: int
    reverse: bool
    delimiters: str
    escape: bool


Macro = tuple[str | Expand, ...]


def parse_macro(text: str, *, explanation: bool = False) -> Macro | None:
    """Read a macro-string; None where a "%" starts none of the forms, or a letter may not stand here."""
    items: list[str | Expand] = []
    literal = ""
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            return None
        position = found.end()
        letter, digits, reverse, delimiters, escape, plain = found.groups()
        if letter is None:
            literal += plain if plain is not None else _ESCAPES[escape]
            continue
        keep = int(digits[:3]) if digits else 0
        if (digits and int(digits[:9]) == 0) or (not explanation and letter.lower() in EXPLANATION_LETTERS):
            return None
        if literal:
            items.append(literal)
            literal = ""
        items.append(Expand(letter.lower(), keep, bool(reverse), delimiters or ".", letter.isupper()))
    if literal:
        items.append(literal)
    return tuple(items)


def expand(macro: Macro, value: Callable[[str], str]) -> str:
    """The text of a macro-string; ``value`` gives what a letter stands for (RFC 7208 section 7.3)."""
    return "".join(item if isinstance(item, str) else _expand(item, value(item.letter)) for item in macro)


def _expand(item: Expand, text: str) -> str:
    """Split, reverse, keep the right-hand parts, join with dots, escape for a URL where the letter is upper."""
    if item.keep or item.reverse or item.delimiters != ".":
        for delimiter in item.delimiters[1:]:
            text = text.replace(delimiter, item.delimiters[0])
        parts = text.split(item.delimiters[0])
        if item.reverse:
            parts.reverse()
        text = ".".join(parts[-item.keep :] if item.keep else parts)
    return quote(text, safe="-._~") if item.escape else text


def shorten(name: str) -> str:
    """A name of more than 253 characters loses labels from the left until it fits (RFC 7208 section 7.3)."""
    while len(name) > 253:
        _, dot, rest = name.partition(".")
        if not dot:
            return name
        name = rest
    return name


def dotted(address: IPv4Address | IPv6Address) -> str:
    """What ``%{i}`` stands for: dotted quad, or the 32 nibbles of an IPv6 address (RFC 7208 section 7.3)."""
    return str(address) if address.version == 4 else ".".join(f"{int(address):032X}")

"""Tag lists (RFC 6376 section 3.2), the form that DKIM signatures, DKIM keys and ARC fields share."""

from __future__ import annotations

import binascii
import re

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_WHITE = " \t\r\n"
_CAP = 64


def parse_tags(text: str) -> dict[str, str] | None:
    """Tags and values, white space around both gone; None where the list breaks its grammar.

    Not well-formed: a tag without "=", a name that is none, a tag that stands twice, an empty tag that is
    not the last, more than 64 tags.
    """
    parts = text.split(";")
    if not parts[-1].strip(_WHITE):
        parts.pop()
    if not 0 < len(parts) <= _CAP:
        return None
    tags: dict[str, str] = {}
    for part in parts:
        name, equals, value = part.partition("=")
        name = name.strip(_WHITE)
        if not equals or name in tags or not _NAME.match(name):
            return None
        tags[name] = value.strip(_WHITE)
    return tags


def decode_base64(text: str) -> bytes | None:
    """The bytes of a base64 tag value (RFC 6376 section 2.10), folds removed; None where empty or broken."""
    try:
        return binascii.a2b_base64("".join(text.split()), strict_mode=True) or None
    except ValueError:
        return None


def decode_number(text: str, digits: int) -> int | None:
    """A number of at most so many ASCII digits; None where it is not one."""
    return int(text) if len(text) <= digits and text.isascii() and text.isdigit() else None


def split_colons(text: str) -> list[str]:
    """The parts of a colon-separated value, white space around each gone."""
    return [part.strip(_WHITE) for part in text.split(":")]

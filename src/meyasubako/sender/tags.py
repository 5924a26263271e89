"""Tag lists (RFC 6376 section 3.2), the form that DKIM signatures, DKIM keys and ARC fields share."""

from __future__ import annotations

import binascii

import cython

_WHITE = " \t\r\n"
_CAP = cython.declare(cython.Py_ssize_t, 64)


@cython.cfunc
def _name_end(text: str, at: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where the tag name that starts here ends; ``at`` where none does."""
    start: cython.Py_ssize_t = at
    sign: cython.Py_UCS4
    while at < len(text):
        sign = text[at]
        if "a" <= sign <= "z" or "A" <= sign <= "Z" or (at > start and ("0" <= sign <= "9" or sign == "_")):
            at += 1
        else:
            break
    return at


def parse_tags(text: str) -> dict[str, str] | None:
    """Tags and values, white space around both gone; None where the list breaks its grammar.

    Not well-formed: a tag without "=", a name that is none, a tag that stands twice, an empty tag that is
    not the last, more than 64 tags.
    """
    tags: dict[str, str] = {}
    n: cython.Py_ssize_t = len(text)
    at: cython.Py_ssize_t = 0
    end: cython.Py_ssize_t
    while True:
        while at < n and text[at] in " \t\r\n":
            at += 1
        if at == n:
            return tags or None
        end = _name_end(text, at)
        name = text[at:end]
        at = end
        while at < n and text[at] in " \t\r\n":
            at += 1
        if not name or at == n or text[at] != "=" or name in tags or len(tags) == _CAP:
            return None
        end = text.find(";", at)
        if end < 0:
            end = n
        tags[name] = text[at + 1 : end].strip(_WHITE)
        if end == n:
            return tags
        at = end + 1


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

"""Command lines taken apart: verb, path, parameters (RFC 5321 section 4.1.1, RFC 5321 section 4.1.2, RFC 6531 section 3.3).

Tolerant where sloppy senders are and nothing is at stake: a blank behind the colon, no angle brackets, dots anywhere
in a local part (mobile addresses in Japan have them), anything without blanks in the sender's path. What cannot be
read is a :class:`Reply`, never an exception.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from meyasubako.receivers.smtp import replies
from meyasubako.receivers.smtp.replies import Reply

# Alternatives that begin with different signs: nothing to go back over.
_BRACKETED = re.compile(rb'<((?:"(?:[^"\\]|\\.)*+"|[^">])*+)>')
_SOURCE_ROUTE = re.compile(rb"@[^:\"<>\s]*:")
_UNSAFE = re.compile(rb"[\x00-\x20<>\x7f]")
_PARAMETER = re.compile(rb"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~]+))?")
_XTEXT = re.compile(r"\+([0-9A-Fa-f]{2})")
_LONGEST_NAME = 255


class Path(NamedTuple):
    """An address of the envelope, without brackets and source route; empty for the null path ``<>``."""

    address: str
    parameters: dict[str, str]


class Sender(NamedTuple):
    """MAIL: the reverse path and what its parameters say. ``size`` is what the client announced, or 0."""

    address: str
    size: int
    utf8: bool


class Forwarded(NamedTuple):
    """What the mail server in front of us says of its own client (XFORWARD of Postfix); None where it does not know."""

    ip: str | None = None
    port: int | None = None
    helo: str | None = None


def split_command(line: bytes) -> tuple[bytes, bytes]:
    """The verb in capitals and what stands behind it (RFC 5321 section 2.4: case does not matter)."""
    verb, _, rest = line.partition(b" ")
    return verb.upper(), rest.strip(b" \t")


def read_name(rest: bytes) -> str | None:
    """What a client calls itself (RFC 5321 section 4.1.1.1), kept whatever it is: it is evidence. None for nothing."""
    words = rest.split(None, 1)
    return _visible(words[0][:_LONGEST_NAME].decode("utf-8", "backslashreplace")) if words else None


def _visible(text: str) -> str:
    """The text with signs that cannot be seen written out: a database may refuse them, a terminal obey them."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def read_sender(rest: bytes, longest: int) -> Sender | Reply:
    """MAIL FROM:<path> with SIZE (RFC 1870 section 3), BODY (RFC 6152 section 2), SMTPUTF8 (RFC 6531 section 3.4)."""
    path = _read_path(rest, b"FROM:", longest, replies.BAD_SENDER)
    if isinstance(path, Reply):
        return path
    size = 0
    for name, value in path.parameters.items():
        if name == "SIZE" and value.isdecimal() and len(value) <= 20:
            size = int(value)
        elif not (
            (name == "BODY" and value.upper() in ("7BIT", "8BITMIME")) or (name == "SMTPUTF8" and not value)
        ):
            return replies.BAD_PARAMETER if name not in ("SIZE", "BODY", "SMTPUTF8") else replies.SYNTAX
    utf8 = "SMTPUTF8" in path.parameters
    if not utf8 and not path.address.isascii():
        return replies.NEEDS_UTF8
    return Sender(path.address, size, utf8)


def read_recipient(rest: bytes, longest: int, *, utf8: bool) -> str | Reply:
    """RCPT TO:<path>; no parameter is offered (RFC 5321 section 4.1.1.3)."""
    path = _read_path(rest, b"TO:", longest, replies.BAD_ADDRESS)
    if isinstance(path, Reply):
        return path
    if path.parameters:
        return replies.BAD_PARAMETER
    local, _, domain = path.address.rpartition("@")
    if not (local and domain) and path.address.lower() != "postmaster":  # RFC 5321 section 4.5.1
        return replies.BAD_ADDRESS
    if not utf8 and not path.address.isascii():
        return replies.NEEDS_UTF8
    return path.address


def _read_path(rest: bytes, keyword: bytes, longest: int, bad: Reply) -> Path | Reply:
    if rest[: len(keyword)].upper() != keyword:
        return replies.SYNTAX
    said = rest[len(keyword) :].lstrip(b" ")
    if said.startswith(b"<"):
        found = _BRACKETED.match(said)
        if found is None:
            return bad
        raw, behind = found[1], said[found.end() :]
    else:
        raw, _, behind = said.partition(b" ")
        if not raw:
            return bad
    route = _SOURCE_ROUTE.match(raw)
    if route is not None:  # RFC 5321 section 4.1.1.3: taken, and ignored
        raw = raw[route.end() :]
    if len(raw) > longest or _UNSAFE.search(raw if raw[:1] != b'"' else _unquoted(raw)):
        return bad
    try:
        address = raw.decode()
    except UnicodeDecodeError:
        return bad
    parameters = _read_parameters(behind)
    return replies.SYNTAX if parameters is None else Path(address, parameters)


def _unquoted(raw: bytes) -> bytes:
    """What stands behind a quoted local part: inside the quotes blanks and brackets may stand, controls may not."""
    inside, _, behind = raw.rpartition(b'"')
    return behind + bytes(sign for sign in inside if sign < 0x20 or sign == 0x7F)


def _read_parameters(behind: bytes) -> dict[str, str] | None:
    """Parameters by name in capitals (RFC 5321 section 4.1.2); None where one is malformed or comes twice."""
    parameters: dict[str, str] = {}
    for word in behind.split():
        found = _PARAMETER.fullmatch(word)
        if found is None:
            return None
        name = found[1].decode().upper()
        if name in parameters:
            return None
        parameters[name] = (found[2] or b"").decode()
    return parameters


def read_forwarded(rest: bytes, known: Forwarded) -> Forwarded | Reply:
    """XFORWARD NAME=value... (Postfix's XFORWARD_README), added to what was known. Values are xtext.

    The address is checked by whoever uses it; names that are not used here are passed over.
    """
    said = known
    for word in rest.decode("ascii", "replace").split():
        name, mark, value = word.partition("=")
        if not mark:
            return replies.SYNTAX
        value = _XTEXT.sub(lambda found: chr(int(found[1], 16)), value)
        kept = None if value.upper() in ("[UNAVAILABLE]", "[TEMPUNAVAIL]", "") else value[:_LONGEST_NAME]
        match name.upper():
            case "ADDR":
                said = said._replace(ip=kept[5:] if kept and kept[:5].upper() == "IPV6:" else kept)
            case "PORT":
                if kept is not None and not (kept.isdecimal() and len(kept) <= 5 and int(kept) < 65536):
                    return replies.SYNTAX
                said = said._replace(port=int(kept) if kept else None)
            case "HELO":
                said = said._replace(helo=kept and _visible(kept))
    return said

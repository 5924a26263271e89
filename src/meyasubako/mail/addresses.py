"""Address lists of header fields (RFC 5322 section 3.4 and section 4.4), read as mailers write them.

Names are decoded after the list has been taken apart, so that a comma inside an encoded word separates nothing.
"""

from __future__ import annotations

import re

from meyasubako.mail.charset import decode
from meyasubako.mail.types import Address
from meyasubako.mail.words import decode_header, unfold

_SPEC = r"([^<>@\s\",:;()\\]+@[^<>@\s\",:;()\\]+)"
_NAMED = rf"[ \t]*+(?:\"([^\"\\]*)\"[ \t]*+|([^\"<>()@,:;\\]*+))<{_SPEC}>"
_PLAIN = re.compile(rf"{_NAMED}[ \t]*\Z")
_LISTED = re.compile(rf"(?:{_NAMED}|[ \t]*+{_SPEC})[ \t]*+(?:,|\Z)")
_BARE = re.compile(r"[ \t]*<?([^<>@\s\",:;()\\]+@[^<>@\s\",:;()\\]+)>?[ \t]*\Z")
_TOKEN = re.compile(r"\"(?:[^\"\\]|\\.)*(?:\"|\\?\Z)|<[^<>]*>|[(),;:]|[^\"<(),;:]+|.", re.DOTALL)
_UNQUOTED = re.compile(r"<[^<>]*>|[(),;:]|[^<(),;:]+|.", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CLOSED = re.compile(r"\"(?:[^\"\\]|\\.)*\"\Z", re.DOTALL)
_ATOM = re.compile(r"[^\s@\"(),:;<>]+\Z")
_COMMENT = re.compile(r"\([^()]*\)")
_MOST = 1_000


def parse_addresses(
    value: bytes, hint: str | None = None
) -> tuple[tuple[Address, ...], tuple[tuple[str, str | None], ...]]:
    """The mailboxes of an address list, groups dissolved, and codes of what was wrong. Never raises."""
    line = unfold(value)
    codes: list[tuple[str, str | None]] = []
    if line.isascii() and b"\x1b" not in line:
        text = line.decode("ascii")
    else:
        decoded = decode(line, None, hint)
        text = decoded.text
        codes.append(("header-raw-bytes", decoded.charset))
    if found := _PLAIN.match(text):
        quoted, plain, address = found.groups()
        return (Address(_name(quoted if quoted is not None else plain, codes, hint), address),), tuple(codes)
    if found := _BARE.match(text):
        return (Address("", found[1]),), tuple(codes)
    return _parse_plain_list(text, codes, hint) or _parse_list(text, codes, hint)


def _parse_plain_list(
    text: str, codes: list[tuple[str, str | None]], hint: str | None
) -> tuple[tuple[Address, ...], tuple[tuple[str, str | None], ...]] | None:
    """What ``_parse_list`` says of mailboxes without comments, groups and escapes; None for other lists."""
    if text.count(",") >= _MOST:
        return None
    found: list[Address] = []
    codes = list(codes)
    position = 0
    while position < len(text):
        box = _LISTED.match(text, position)
        if box is None:
            return None
        position = box.end()
        quoted, plain, named, bare = box.groups()
        if bare is not None:
            found.append(Address("", bare))
        else:
            phrase = " ".join((plain if quoted is None else quoted).split())
            found.append(Address(_name(phrase, codes, hint), named))
    return tuple(found), tuple(codes)


def _name(text: str, codes: list[tuple[str, str | None]], hint: str | None) -> str:
    text = text.strip()
    if "=?" not in text:
        return text
    decoded = decode_header(text.encode("utf-8", "replace"), hint)
    codes.extend(decoded.codes)
    return decoded.text


class _Mailbox:
    """One mailbox while its tokens are read."""

    __slots__ = ("angle", "comments", "quoted", "words")

    def __init__(self) -> None:
        self.words: list[str] = []
        self.angle: str | None = None
        self.comments: list[str] = []
        self.quoted = ""  # the word before, as it was quoted

    def finish(self, codes: list[tuple[str, str | None]], hint: str | None) -> Address | None:
        """The mailbox, None where nothing stood between two separators."""
        phrase = " ".join(" ".join(self.words).split())
        if self.angle is not None:
            return Address(_name(phrase, codes, hint), _without_route(self.angle))
        if not phrase and not self.comments:
            return None
        comment = _name(" ".join(self.comments), codes, hint)
        if "@" in phrase:
            *before, spec = phrase.split(" ")
            if "@" in spec and not spec.startswith("@"):
                return Address(_name(" ".join(before), codes, hint) or comment, spec)
            return Address(comment, phrase.replace(" ", ""))
        if " " in phrase or "=?" in phrase:
            return Address(_name(phrase, codes, hint), "")
        return Address(comment, phrase)


def _without_route(angle: str) -> str:
    """The addr-spec of an angle address; a source route (RFC 5322 section 4.4) and white space go."""
    if "(" in angle:
        angle = _COMMENT.sub("", angle)
    address = "".join(angle.split())
    if address.startswith("@") and ":" in address:
        address = address.split(":", 1)[1]
    return address


def _parse_list(
    text: str, codes: list[tuple[str, str | None]], hint: str | None
) -> tuple[tuple[Address, ...], tuple[tuple[str, str | None], ...]]:
    found: list[Address] = []
    box = _Mailbox()
    depth = 0
    comment: list[str] = []
    pieces: list[str] = _TOKEN.findall(text)
    if pieces and pieces[-1][0] == '"' and not _CLOSED.match(pieces[-1]):
        pieces[-1:] = _UNQUOTED.findall(pieces[-1][1:])  # an open quote quotes nothing
        codes.append(("quote-unterminated", None))
    for piece in pieces:
        if depth:
            depth += (piece == "(") - (piece == ")")
            if depth:
                comment.append(piece)
            else:
                box.comments.append("".join(comment))
                comment = []
        elif piece == "(":
            depth = 1
        elif piece in (",", ";"):
            if (address := box.finish(codes, hint)) is not None:
                found.append(address)
                if len(found) >= _MOST:
                    codes.append(("addresses-too-many", None))
                    return tuple(found), tuple(codes)
            box = _Mailbox()
        elif piece == ":" and box.angle is None:
            box = _Mailbox()  # the name of a group
        elif piece[0] == "<" and len(piece) > 1:
            box.angle = piece[1:-1]
        elif piece[0] == '"' and len(piece) > 1:
            box.quoted = piece
            box.words.append(_ESCAPED.sub(r"\1", piece[1:-1]))
        elif piece not in '<>")':
            if piece[0] == "@" and box.quoted and not _ATOM.match(box.words[-1]):
                box.words[-1] = box.quoted + piece  # a local part that needs its quotes
            else:
                box.words.append(piece)
            box.quoted = ""
    if comment:
        box.comments.append("".join(comment))
        codes.append(("comment-unterminated", None))
    if (address := box.finish(codes, hint)) is not None:
        found.append(address)
    return tuple(found), tuple(codes)

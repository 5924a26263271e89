"""Address lists of header fields (RFC 5322 section 3.4 and section 4.4), read as mailers write them.

Names are decoded after the list has been taken apart, so that a comma inside an encoded word separates nothing.
Lists in the forms that nearly all mailers write are read in one pass over the bytes; the others are read by tokens.
"""

from __future__ import annotations

import re

import cython

from meyasubako.mail.charset import decode
from meyasubako.mail.types import Address
from meyasubako.mail.words import decode_header, unfold

_BARE = re.compile(r"[ \t]*<?([^<>@\s\",:;()\\]+@[^<>@\s\",:;()\\]+)>?[ \t]*\Z")
_TOKEN = re.compile(r"\"(?:[^\"\\]|\\.)*(?:\"|\\?\Z)|<[^<>]*>|[(),;:]|[^\"<(),;:]+|.", re.DOTALL)
_UNQUOTED = re.compile(r"<[^<>]*>|[(),;:]|[^<(),;:]+|.", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CLOSED = re.compile(r"\"(?:[^\"\\]|\\.)*\"\Z", re.DOTALL)
_WORD = re.compile(r"[^\s@\"(),:;<>]+\Z")
_COMMENT = re.compile(r"\([^()]*\)")
_MOST = cython.declare(cython.Py_ssize_t, 1_000)


def _all_but(signs: bytes) -> bytes:
    """A table of the bytes: 1 for all but these."""
    return bytes(byte not in signs for byte in range(256))


_BLANK = cython.declare(bytes, bytes(byte in b" \t\r\n" for byte in range(256)))
_ATOM = cython.declare(bytes, _all_but(b'"<>(),:;\\@ \t\n\r\v\f\x1c\x1d\x1e\x1f' + bytes(range(0x80, 0x100))))
"""What local parts and domains are made of here."""
_PHRASE = cython.declare(bytes, _all_but(b'"<>(),:;\\'))
_QUOTED = cython.declare(bytes, _all_but(b'"\\'))
_COMMENTED = cython.declare(bytes, _all_but(b'()"<'))
_new = tuple.__new__


def parse_addresses(
    value: bytes, hint: str | None = None
) -> tuple[tuple[Address, ...], tuple[tuple[str, str | None], ...]]:
    """The mailboxes of an address list, groups dissolved, and codes of what was wrong. Never raises."""
    codes: list[tuple[str, str | None]] = []
    decoded: str | None = None
    data = value
    if not value.isascii() or ord("\x1b") in value:
        decoded, charset, _ = decode(unfold(value), None, hint)
        codes.append(("header-raw-bytes", charset))
        data = decoded.encode("utf-8", "surrogatepass")
    found = _UsualList(data).read()
    if found is None:
        found = _any_list(decoded if decoded is not None else unfold(value).decode("ascii"), codes, hint)
    elif ord("=") in data and b"=?" in data:
        found = [Address(_name(name, codes, hint), address) for name, address in found]
    return tuple(found), tuple(codes)


@cython.final
@cython.cclass
class _UsualList:
    """A list of ``Name <a@b>``, ``"Name" <a@b>``, ``a@b`` and ``a@b (Name)`` while it is read: ASCII or UTF-8."""

    data: bytes
    size: cython.Py_ssize_t
    at: cython.Py_ssize_t

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)
        self.at = 0

    @cython.cfunc
    def read(self) -> list[Address] | None:
        """The mailboxes, names not decoded; None where one has another form, and where they are too many."""
        found: list[Address] = []
        self.at = _skip_blanks(self.data, 0)
        while self.at < self.size:
            box = self.mailbox(not found)
            if box is None:
                return None
            found.append(box)
            if self.at < self.size:
                if self.data[self.at] != ord(",") or len(found) >= _MOST:
                    return None
                self.at = _skip_blanks(self.data, self.at + 1)
        return found

    @cython.cfunc
    def mailbox(self, first: cython.bint) -> Address | None:
        """The mailbox that begins here; leaves the place at the comma behind it."""
        start: cython.Py_ssize_t = self.at
        end: cython.Py_ssize_t
        if self.data[start] == ord('"'):
            end = _skip(self.data, _QUOTED, start + 1)
            if end == self.size or self.data[end] != ord('"'):
                return None
            self.at = _skip_blanks(self.data, end + 1)
            return self.in_angles(start + 1, end, True, first)
        end = self.at = _skip(self.data, _PHRASE, start)
        if end < self.size and self.data[end] == ord("<"):
            return self.in_angles(start, end, False, first)
        return self.bare(start)

    @cython.cfunc
    def in_angles(
        self, name: cython.Py_ssize_t, name_end: cython.Py_ssize_t, quoted: cython.bint, first: cython.bint
    ) -> Address | None:
        """A mailbox whose name has been met, and whose address stands here in angle brackets."""
        data = self.data
        if self.at == self.size or data[self.at] != ord("<"):
            return None
        start: cython.Py_ssize_t = _skip_blanks(data, self.at + 1)
        end: cython.Py_ssize_t = _address_end(data, start)
        close: cython.Py_ssize_t = _skip_blanks(data, end)
        if end == 0 or close == self.size or data[close] != ord(">"):
            return None
        tight: cython.bint = start == self.at + 1 and close == end
        self.at = _skip_blanks(data, close + 1)
        alone: cython.bint = first and tight and self.at == self.size
        text = _name_at(data, name, name_end, alone, not quoted)
        return _box(text, data[start:end].decode("ascii"))

    @cython.cfunc
    def bare(self, start: cython.Py_ssize_t) -> Address | None:
        """A mailbox without angle brackets, of which this is the end; a comment may be its name."""
        data = self.data
        end: cython.Py_ssize_t = _address_end(data, start)
        if end == 0 or _skip_blanks(data, end) != self.at:
            return None
        name = ""
        if self.at < self.size and data[self.at] == ord("("):
            comment: cython.Py_ssize_t = self.at + 1
            close: cython.Py_ssize_t = _skip(data, _COMMENTED, comment)
            if close == self.size or data[close] != ord(")"):
                return None
            name = _name_at(data, comment, close, True, False)
            self.at = _skip_blanks(data, close + 1)
        return _box(name, data[start:end].decode("ascii"))


@cython.cfunc
@cython.inline
def _box(name: str, address: str) -> Address:
    return _new(Address, (name, address))


@cython.cfunc
@cython.inline
def _skip(data: bytes, signs: bytes, at: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """The first place from here on that holds none of these signs."""
    while at < len(data) and signs[data[at]]:
        at += 1
    return at


@cython.cfunc
@cython.inline
def _skip_blanks(data: bytes, at: cython.Py_ssize_t) -> cython.Py_ssize_t:
    return _skip(data, _BLANK, at)


@cython.cfunc
def _address_end(data: bytes, start: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where the addr-spec ends that begins here; 0 where none does."""
    at: cython.Py_ssize_t = _skip(data, _ATOM, start)
    if at == start or at == len(data) or data[at] != ord("@"):
        return 0
    end: cython.Py_ssize_t = _skip(data, _ATOM, at + 1)
    return end if end > at + 1 else 0


@cython.cfunc
def _name_at(
    data: bytes, start: cython.Py_ssize_t, end: cython.Py_ssize_t, alone: cython.bint, phrase: cython.bint
) -> str:
    """A name without the blanks around it. Those inside become one each, but where it stands alone, all its own."""
    while start < end and data[start] == ord(" "):
        start += 1
    while start < end and data[end - 1] == ord(" "):
        end -= 1
    before: cython.uchar = 0
    place: cython.Py_ssize_t
    for place in range(start, end):
        byte: cython.uchar = data[place]
        if byte < 0x20 or byte > 0x7F or (byte == before == 0x20):
            break
        before = byte
    else:
        return data[start:end].decode("ascii")
    name = data[start:end]
    if alone and not (phrase and ord("@") in name):
        return unfold(name).decode("utf-8", "surrogatepass").strip()
    return " ".join(name.decode("utf-8", "surrogatepass").split())


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


def _any_list(text: str, codes: list[tuple[str, str | None]], hint: str | None) -> list[Address]:
    """The mailboxes of a list in any form."""
    if one := _BARE.match(text):
        return [Address("", one[1])]
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
                    return found
            box = _Mailbox()
        elif piece == ":" and box.angle is None:
            box = _Mailbox()  # the name of a group
        elif piece[0] == "<" and len(piece) > 1:
            box.angle = piece[1:-1]
        elif piece[0] == '"' and len(piece) > 1:
            box.quoted = piece
            box.words.append(_ESCAPED.sub(r"\1", piece[1:-1]))
        elif piece not in '<>")':
            if piece[0] == "@" and box.quoted and not _WORD.match(box.words[-1]):
                box.words[-1] = box.quoted + piece  # a local part that needs its quotes
            else:
                box.words.append(piece)
            box.quoted = ""
    if comment:
        box.comments.append("".join(comment))
        codes.append(("comment-unterminated", None))
    if (address := box.finish(codes, hint)) is not None:
        found.append(address)
    return found

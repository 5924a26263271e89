"""The two canonical forms of header and body (RFC 6376 section 3.4), made once a mail for all its signatures.

Lines that end in LF, as archives keep them, count as lines that end in CRLF, as they were signed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import cython

from meyasubako.mail.head import Fields


def _with_crlf(data: bytes) -> bytes:
    """The same lines, each ended by CRLF."""
    lines = data.count(b"\n")
    pairs = data.count(b"\r\n") if ord("\r") in data else 0
    if pairs == lines:
        return data
    return (data.replace(b"\r\n", b"\n") if pairs else data).replace(b"\n", b"\r\n")


@cython.ccall
def relax_header(name: str, value: bytes) -> bytes:
    """One field in the relaxed form (RFC 6376 section 3.4.2), without its line end."""
    start: cython.Py_ssize_t = 0
    end: cython.Py_ssize_t = len(value)
    while start < end and (value[start] == 32 or value[start] == 9):
        start += 1
    while end > start and (value[end - 1] == 32 or value[end - 1] == 9):
        end -= 1
    at: cython.Py_ssize_t
    byte: cython.uchar
    before: cython.uchar = 0
    for at in range(start, end):
        byte = value[at]
        if byte == 10 or byte == 9 or (byte == 32 and before == 32):
            return b"%s:%s" % (name.lower().encode("ascii"), _fold(value))
        before = byte
    return b"%s:%s" % (name.lower().encode("ascii"), value[start:end])


@cython.cfunc
def _fold(value: bytes) -> bytes:
    """A value without folds, its runs of white space one space each, none at its ends."""
    out: bytearray = bytearray(len(value))
    size: cython.Py_ssize_t = 0
    at: cython.Py_ssize_t
    byte: cython.uchar
    for at in range(len(value)):
        byte = value[at]
        if byte == 32 or byte == 9:
            if size and out[size - 1] != 32:
                out[size] = 32
                size += 1
        elif byte == 10:
            if at and value[at - 1] == 13:  # the CR of this line end
                size -= 1
        else:
            out[size] = byte
            size += 1
    if size and out[size - 1] == 32:
        size -= 1
    return bytes(out[:size])


def relax_body(body: bytes) -> bytes:
    """A body in the relaxed form (RFC 6376 section 3.4.4); empty where it holds nothing."""
    at: cython.Py_ssize_t
    byte: cython.uchar
    made: bytearray = bytearray(len(body) + body.count(b"\n") + 2)
    out = cython.declare(cython.uchar[::1], made)  # type: ignore[misc]  # checked as the bytearray is, but quicker
    size: cython.Py_ssize_t = 0
    line: cython.Py_ssize_t = 0  # where the line starts
    kept: cython.Py_ssize_t = 0  # behind the last line that holds something
    before: cython.bint = False
    blank: cython.bint
    for at in range(len(body)):
        byte = body[at]
        if byte == 10:
            if at and body[at - 1] == 13:  # the CR of this line end
                size -= 1
            if size > line and out[size - 1] == 32:
                size -= 1
            if size > line:
                kept = size + 2
            out[size] = 13
            out[size + 1] = 10
            size += 2
            line = size
            before = False
        else:  # no branch for a blank: words are short, and where they end cannot be foretold
            blank = (byte == 32) | (byte == 9)
            out[size] = 32 if blank else byte
            size += 1 - (blank & before)
            before = blank
    if size > line and out[size - 1] == 32:
        size -= 1
    if size > line:
        out[size] = 13
        out[size + 1] = 10
        kept = size + 2
    return bytes(made[:kept])


def simple_body(body: bytes) -> bytes:
    """A body in the simple form (RFC 6376 section 3.4.3); a lone CRLF where it holds nothing."""
    if body.endswith(b"\n\n"):  # empty lines at the end go anyway: spare turning each into CRLF
        body = body.rstrip(b"\n") + b"\n"
    body = _with_crlf(body)
    end: cython.Py_ssize_t = len(body)
    while end > 1 and body[end - 1] == 10 and body[end - 2] == 13:
        end -= 2
    return body[:end] + b"\r\n"


class Canonical:
    """One mail in its canonical forms, each made when it is first wanted."""

    __slots__ = ("_body_start", "_forms", "_hashes", "_index", "_lines", "_sealed", "fields", "raw")

    def __init__(self, raw: bytes, fields: Fields, body_start: int) -> None:
        """``raw`` is the mail, ``fields`` its header in order, ``body_start`` the offset of the body."""
        self.raw = raw
        self.fields = fields
        self._body_start = body_start
        self._forms: dict[bool, bytes] = {}
        self._hashes: dict[tuple[bool, str, int | None], bytes] = {}
        self._index: dict[str, list[int]] = fields.by_name()
        self._lines: tuple[dict[str, list[bytes]], dict[str, list[bytes]]] = ({}, {})
        self._sealed: dict[int, bytes] = {}

    def positions(self, name: str) -> list[int]:
        """Where the fields of a name (lower case) stand, in the order of the mail."""
        marks: list[int] | None = self._index.get(name)
        return [] if marks is None else [self.fields.place(mark) for mark in marks]

    def values(self, name: str) -> list[bytes]:
        """The raw values of those fields."""
        marks: list[int] | None = self._index.get(name)
        return [] if marks is None else [self.fields.value(mark) for mark in marks]

    def lines(self, name: str, *, relaxed: bool) -> list[bytes]:
        """Those fields, each without its last line end."""
        known: dict[str, list[bytes]] = self._lines[relaxed]
        found: list[bytes] | None = known.get(name)
        if found is None:
            if relaxed:
                found = [relax_header(name, value) for value in self.values(name)]
            else:
                whole = [self.fields[place] for place in self.positions(name)]
                found = [_with_crlf(self.raw[one.start : one.end]).removesuffix(b"\r\n") for one in whole]
            known[name] = found
        return found

    def header(self, position: int) -> bytes:
        """The field at a position, relaxed."""
        found = self._sealed.get(position)
        if found is None:
            field = self.fields[position]
            found = self._sealed[position] = relax_header(field.name, field.value)
        return found

    def select(self, names: Sequence[str], *, relaxed: bool) -> list[bytes]:
        """The fields a signature names, from the bottom up (RFC 6376 section 5.4.2); missing ones are nothing."""
        left: dict[str, int] = {}
        chosen: list[bytes] = []
        for name in names:
            if name in self._index:
                lines: list[bytes] = self.lines(name, relaxed=relaxed)
                count: cython.Py_ssize_t = left.get(name, len(lines))
                if count:
                    chosen.append(lines[count - 1])
                    left[name] = count - 1
        return chosen

    def body(self, *, relaxed: bool) -> bytes:
        """The whole body in one of the forms."""
        found = self._forms.get(relaxed)
        if found is None:
            body = self.raw[self._body_start :]
            found = self._forms[relaxed] = relax_body(body) if relaxed else simple_body(body)
        return found

    def body_hash(self, algorithm: str, *, relaxed: bool, length: int | None) -> bytes:
        """Digest of the body, or of its first ``length`` bytes (RFC 6376 section 3.7)."""
        key = (relaxed, algorithm, length)
        found = self._hashes.get(key)
        if found is None:
            body = self.body(relaxed=relaxed)
            digest = hashlib.new(algorithm, usedforsecurity=False)
            digest.update(body if length is None else memoryview(body)[:length])
            found = self._hashes[key] = digest.digest()
        return found

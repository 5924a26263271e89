"""The two canonical forms of header and body (RFC 6376 section 3.4), made once a mail for all its signatures.

Lines that end in LF, as archives keep them, count as lines that end in CRLF, as they were signed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from meyasubako.mail.types import HeaderField

_RUN = re.compile(rb"[ \t]{2,}|\t")
_BLANKS = re.compile(rb"  +")


def _with_crlf(data: bytes) -> bytes:
    """The same lines, each ended by CRLF."""
    lines = data.count(b"\n")
    pairs = data.count(b"\r\n") if b"\r" in data else 0
    if pairs == lines:
        return data
    return (data.replace(b"\r\n", b"\n") if pairs else data).replace(b"\n", b"\r\n")


def relax_header(name: str, value: bytes) -> bytes:
    """One field in the relaxed form (RFC 6376 section 3.4.2), without its line end."""
    unfolded = value.replace(b"\r\n", b"").replace(b"\n", b"")
    if b"\x0b" in unfolded or b"\x0c" in unfolded or b"\r" in unfolded:
        unfolded = _RUN.sub(b" ", unfolded).strip(b" \t")
    else:
        unfolded = b" ".join(unfolded.split())
    return b"%s:%s" % (name.lower().encode("ascii"), unfolded)


def relax_body(body: bytes) -> bytes:
    """A body in the relaxed form (RFC 6376 section 3.4.4); empty where it holds nothing."""
    body = body.replace(b"\t", b" ")
    if b"  " in body:
        body = _BLANKS.sub(b" ", body)
    body = body.replace(b" \r\n", b"\r\n")
    if body.endswith(b" "):
        body = body[:-1]
    body = _without_empty_end(body)
    return body + b"\r\n" if body else body


def simple_body(body: bytes) -> bytes:
    """A body in the simple form (RFC 6376 section 3.4.3); a lone CRLF where it holds nothing."""
    return _without_empty_end(body) + b"\r\n"


def _without_empty_end(body: bytes) -> bytes:
    """The body without the line ends behind its last line that holds something."""
    end = body[len(body.rstrip(b"\r\n")) :]
    if not end.endswith(b"\r\n"):
        return body
    pairs = end[max(end.rfind(b"\r\r"), end.rfind(b"\n\n")) + 1 :].removeprefix(b"\n")
    return body[: -len(pairs)]


class Canonical:
    """One mail in its canonical forms, each made when it is first wanted."""

    __slots__ = ("_body_start", "_forms", "_hashes", "_headers", "_index", "fields", "raw")

    def __init__(self, raw: bytes, fields: Sequence[HeaderField], body_start: int) -> None:
        """``raw`` is the mail, ``fields`` its header in order, ``body_start`` the offset of the body."""
        self.raw = raw
        self.fields = fields
        self._body_start = body_start
        self._forms: dict[bool, bytes] = {}
        self._hashes: dict[tuple[bool, str, int | None], bytes] = {}
        self._headers: dict[tuple[int, bool], bytes] = {}
        self._index: dict[str, list[int]] | None = None

    def positions(self, name: str) -> list[int]:
        """Where the fields of a name (lower case) stand, in the order of the mail."""
        if self._index is None:
            index: dict[str, list[int]] = {}
            for position, field in enumerate(self.fields):
                index.setdefault(field.name.lower(), []).append(position)
            self._index = index
        return self._index.get(name, [])

    def header(self, position: int, *, relaxed: bool) -> bytes:
        """The field at a position, without its last line end."""
        found = self._headers.get((position, relaxed))
        if found is None:
            field = self.fields[position]
            if relaxed:
                found = relax_header(field.name, field.value)
            else:
                found = _with_crlf(self.raw[field.start : field.end]).removesuffix(b"\r\n")
            self._headers[position, relaxed] = found
        return found

    def select(self, names: Sequence[str], *, relaxed: bool) -> list[bytes]:
        """The fields a signature names, from the bottom up (RFC 6376 section 5.4.2); missing ones are nothing."""
        used: dict[str, int] = {}
        chosen: list[bytes] = []
        for name in names:
            positions = self.positions(name)
            left = used.get(name, len(positions)) - 1
            if left >= 0:
                used[name] = left
                chosen.append(self.header(positions[left], relaxed=relaxed))
            else:
                used[name] = 0
        return chosen

    def body(self, *, relaxed: bool) -> bytes:
        """The whole body in one of the forms."""
        found = self._forms.get(relaxed)
        if found is None:
            body = self.raw[self._body_start :]
            if body.endswith(b"\n\n"):  # both forms drop empty lines at the end: spare turning each into CRLF
                body = body.rstrip(b"\n") + b"\n"
            body = _with_crlf(body)
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

"""The MIME tree (RFC 2045, RFC 2046): which parts a body has, where each lies, how each is encoded.

Works on offsets into the mail and copies nothing. Boundaries may be missing, never closed, never met or
named by nobody; what was assumed instead is a defect. What the parts say is read by ``parse``.
"""

from __future__ import annotations

import re
from functools import lru_cache

import cython

from meyasubako.mail.fields import split_fields
from meyasubako.mail.parameters import Parameters, parse_parameters
from meyasubako.mail.transfer import encoding_name
from meyasubako.mail.types import Defect, Limits, Part

_GUESSED_BOUNDARY = re.compile(
    rb"(?:\A|\n|\r)--([^\s][^\r\n]{0,200})[ \t]*(?:\r?\n|\r)content-", re.IGNORECASE
)
_GUESS_BYTES = 256 * 1024
_FALSE_HITS = cython.declare(cython.Py_ssize_t, 100_000)
_NO_PARAMETERS = Parameters("", {})


@lru_cache(maxsize=1024)
def _parameters_of_known(field: bytes) -> Parameters:
    return parse_parameters(field)


def parameters_of(field: bytes | None) -> Parameters:
    """``parse_parameters`` that remembers the short values every mail repeats."""
    if field is None:
        return _NO_PARAMETERS
    return _parameters_of_known(field) if len(field) < 80 else parse_parameters(field)


@cython.cfunc
def _is_type(text: str) -> cython.bint:
    """Whether this names a media type: signs of ASCII on both sides of a slash, and no white space."""
    at: cython.Py_ssize_t
    for at in range(len(text)):
        if not 32 < ord(text[at]) < 127:
            return False
    return text.find("/", 1, len(text) - 1) > 0


@cython.final
@cython.cclass
class _Reading:
    """One mail's tree while it is read: the caps that are left, the defects found."""

    raw: bytes
    limits: Limits
    defects: list[Defect]
    left: cython.Py_ssize_t

    def __init__(self, raw: bytes, limits: Limits) -> None:
        self.raw = raw
        self.limits = limits
        self.defects = []
        self.left = limits.parts

    @cython.cfunc
    def note(self, code: str, path: str, guessed: str | None) -> None:
        self.defects.append(Defect(code, f"part:{path or 'root'}", guessed))

    @cython.cfunc
    def part(
        self,
        path: str,
        default: str,
        depth: cython.Py_ssize_t,
        content: dict[str, bytes],
        start: cython.Py_ssize_t,
        body: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
    ) -> Part:
        """The part that lies at these offsets, and all below it; ``content`` holds its fields by name."""
        self.left -= 1
        type_, own, codes = parameters_of(content.get("content-type"))
        disposition, offered, more = parameters_of(content.get("content-disposition"))
        if codes or more:
            for code, guessed in codes + more:
                self.note(code, path, guessed)
        if not _is_type(type_):
            if type_:
                self.note("content-type-invalid", path, default)
            type_ = default
        encoding, known = encoding_name(content.get("content-transfer-encoding", b""))
        if not known:
            self.note("transfer-encoding-unknown", path, encoding)
        children: tuple[Part, ...] = ()
        if type_.startswith("multipart/"):
            children = self.children(path, type_, own.get("boundary"), depth, body, end)
        charset, name = own.get("charset"), offered.get("filename") or own.get("name")
        return tuple.__new__(
            Part, (path, type_, charset, encoding, disposition or None, name, start, end, children, body)
        )

    @cython.cfunc
    def children(
        self,
        path: str,
        type_: str,
        boundary: str | None,
        depth: cython.Py_ssize_t,
        body: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
    ) -> tuple[Part, ...]:
        if depth >= self.limits.depth:
            self.note("parts-too-deep", path, None)
            return ()
        default = "message/rfc822" if type_ == "multipart/digest" else "text/plain"
        children: list[Part] = []
        for start, stop in self.spans(path, boundary, body, end):
            if self.left <= 0:
                self.note("parts-too-many", path, None)
                break
            fields, inside, defects = split_fields(self.raw, self.limits, start, stop)
            number = f"{path}.{len(children) + 1}" if path else str(len(children) + 1)
            for defect in defects:
                if defect.code != "header-missing" or start == stop:
                    self.note(defect.code, number, None)
            content = fields.read()[0]
            children.append(self.part(number, default, depth + 1, content, start, inside, stop))
        return tuple(children)

    @cython.cfunc
    def spans(
        self, path: str, boundary: str | None, body: cython.Py_ssize_t, end: cython.Py_ssize_t
    ) -> list[tuple[int, int]]:
        """Where the parts lie. Without a boundary that is met, the one the body seems to use."""
        if boundary:
            spans = self.cut(path, boundary.rstrip().encode("utf-8", "surrogateescape"), body, end)
            if spans is not None:
                return spans
        found = _GUESSED_BOUNDARY.search(self.raw, body, min(end, body + _GUESS_BYTES))
        if found is not None:
            guess = found[1].rstrip()
            spans = self.cut(path, guess, body, end)
            if spans is not None:
                code = "boundary-not-met" if boundary else "boundary-missing"
                self.note(code, path, guess.decode("latin-1"))
                return spans
        self.note("boundary-not-met" if boundary else "boundary-missing", path, "text/plain")
        return []

    @cython.cfunc
    def cut(
        self, path: str, boundary: bytes, body: cython.Py_ssize_t, end: cython.Py_ssize_t
    ) -> list[tuple[int, int]] | None:
        """Spans between the boundary's lines (RFC 2046 section 5.1.1); None where it is never met."""
        raw: bytes = self.raw
        separator = b"--" + boundary
        size: cython.Py_ssize_t = len(separator)
        spans: list[tuple[int, int]] = []
        start: cython.Py_ssize_t = -1
        stop: cython.Py_ssize_t
        after: cython.Py_ssize_t
        last: cython.bint
        false_hits: cython.Py_ssize_t = 0
        hit: cython.Py_ssize_t = raw.find(separator, body, end)
        while hit >= 0 and false_hits <= _FALSE_HITS:
            after = hit + size
            last = raw.startswith(b"--", after, end)
            after = _blank_line_end(raw, after + 2 * last, end)
            if hit > body and raw[hit - 1] != 10 and raw[hit - 1] != 13:
                after = -1
            if after < 0:
                false_hits += 1
                hit = raw.find(separator, hit + size, end)
                continue
            if start >= 0:
                stop = hit - 1
                if stop > start and raw[stop] == 10 and raw[stop - 1] == 13:
                    stop -= 1
                if hit > start:  # a boundary right behind another begins the same part once more
                    spans.append((start, max(stop, start)))
            start = after
            if last or len(spans) > self.left:
                return spans if spans or not last else None
            hit = raw.find(separator, after, end)
        if start < 0:
            return None
        self.note("boundary-unclosed", path, None)
        spans.append((start, end))
        return spans


@cython.cfunc
def _blank_line_end(raw: bytes, at: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Behind the end of a line of which white space alone is left; -1 where more is left."""
    while at < end and (raw[at] == 32 or raw[at] == 9):
        at += 1
    if at >= end:
        return end
    if raw[at] == 13:
        return at + 2 if at + 1 < end and raw[at + 1] == 10 else at + 1
    return at + 1 if raw[at] == 10 else -1


def read_tree(
    raw: bytes, content: dict[str, bytes], body: int, end: int, limits: Limits
) -> tuple[Part, list[Defect]]:
    """The tree of a mail with these header fields (first of each name, lower case), and what was wrong with it."""
    reading = _Reading(raw, limits)
    root = reading.part("", "text/plain", 0, content, 0, body, end)
    return root, reading.defects


def leaves(part: Part) -> list[Part]:
    """The parts that hold something, in the order of the mail."""
    if not part.children:
        return [part]
    found: list[Part] = []
    stack = [part]
    while stack:
        top = stack.pop()
        if top.children:
            stack.extend(reversed(top.children))
        else:
            found.append(top)
    return found

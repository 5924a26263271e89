"""The MIME tree (RFC 2045, RFC 2046): which parts a body has, where each lies, how each is encoded.

Works on offsets into the mail and copies nothing. Boundaries may be missing, never closed, never met or
named by nobody; what was assumed instead is a defect. What the parts say is read by ``parse``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from meyasubako.mail.fields import split_fields
from meyasubako.mail.head import fields_read
from meyasubako.mail.parameters import Parameters, parse_parameters
from meyasubako.mail.transfer import encoding_name
from meyasubako.mail.types import Defect, Limits, Part

_AFTER_BOUNDARY = re.compile(rb"(--)?[ \t]*(?:\r?\n|\r|\Z)")
_GUESSED_BOUNDARY = re.compile(
    rb"(?:\A|\n|\r)--([^\s][^\r\n]{0,200})[ \t]*(?:\r?\n|\r)content-", re.IGNORECASE
)
_GUESS_BYTES = 256 * 1024
_FALSE_HITS = 100_000
_TYPE = re.compile(r"[!-~]+/[!-~]+\Z")
_NO_PARAMETERS = Parameters("", {})


@lru_cache(maxsize=1024)
def _parameters_of_known(field: bytes) -> Parameters:
    return parse_parameters(field)


def parameters_of(field: bytes | None) -> Parameters:
    """``parse_parameters`` that remembers the short values every mail repeats."""
    if field is None:
        return _NO_PARAMETERS
    return _parameters_of_known(field) if len(field) < 80 else parse_parameters(field)


class Reading:
    """One mail's tree while it is read: the caps that are left, the defects found."""

    def __init__(self, raw: bytes, end: int, limits: Limits) -> None:
        self.raw = raw
        self.end = end
        self.limits = limits
        self.defects: list[Defect] = []
        self.left = limits.parts

    def note(self, code: str, path: str, guessed: str | None = None) -> None:
        """Record a defect of a part."""
        self.defects.append(Defect(code, f"part:{path or 'root'}", guessed))

    def part(
        self,
        path: str,
        content: Mapping[str, bytes],
        span: tuple[int, int, int],
        *,
        default: str = "text/plain",
        depth: int = 0,
    ) -> Part:
        """The part whose (start, body, end) are given, and all below it; ``content`` holds its fields by name."""
        self.left -= 1
        start, body, end = span
        kind = parameters_of(content.get("content-type"))
        disposition = parameters_of(content.get("content-disposition"))
        for code, guessed in kind.codes + disposition.codes:
            self.note(code, path, guessed)
        type_ = kind.value
        if not _TYPE.match(type_):
            if type_:
                self.note("content-type-invalid", path, default)
            type_ = default
        encoding, known = encoding_name(content.get("content-transfer-encoding", b""))
        if not known:
            self.note("transfer-encoding-unknown", path, encoding)
        children: tuple[Part, ...] = ()
        if type_.startswith("multipart/"):
            children = self._children(path, type_, kind.parameters.get("boundary"), body, end, depth)
        return Part(
            path,
            type_,
            kind.parameters.get("charset"),
            encoding,
            disposition.value or None,
            disposition.parameters.get("filename") or kind.parameters.get("name"),
            start,
            end,
            children,
            body,
        )

    def _children(
        self, path: str, type_: str, boundary: str | None, body: int, end: int, depth: int
    ) -> tuple[Part, ...]:
        if depth >= self.limits.depth:
            self.note("parts-too-deep", path)
            return ()
        spans = self._spans(path, boundary, body, end)
        default = "message/rfc822" if type_ == "multipart/digest" else "text/plain"
        children: list[Part] = []
        for start, stop in spans:
            if self.left <= 0:
                self.note("parts-too-many", path)
                break
            fields, inside, defects = split_fields(self.raw, self.limits, start, stop)
            content: dict[str, bytes] = {}
            for name, value in fields_read(fields):
                content.setdefault(name, value)
            number = f"{path}.{len(children) + 1}" if path else str(len(children) + 1)
            for defect in defects:
                if defect.code != "header-missing" or start == stop:
                    self.defects.append(Defect(defect.code, f"part:{number}"))
            children.append(
                self.part(number, content, (start, inside, stop), default=default, depth=depth + 1)
            )
        return tuple(children)

    def _spans(self, path: str, boundary: str | None, body: int, end: int) -> list[tuple[int, int]]:
        """Where the parts lie. Without a boundary that is met, the one the body seems to use."""
        if boundary:
            spans = self._cut(path, boundary.rstrip().encode("utf-8", "surrogateescape"), body, end)
            if spans is not None:
                return spans
        found = _GUESSED_BOUNDARY.search(self.raw, body, min(end, body + _GUESS_BYTES))
        if found is not None:
            guess = found[1].rstrip()
            spans = self._cut(path, guess, body, end)
            if spans is not None:
                code = "boundary-not-met" if boundary else "boundary-missing"
                self.note(code, path, guess.decode("latin-1"))
                return spans
        self.note("boundary-not-met" if boundary else "boundary-missing", path, "text/plain")
        return []

    def _cut(self, path: str, boundary: bytes, body: int, end: int) -> list[tuple[int, int]] | None:
        """Spans between the boundary's lines (RFC 2046 section 5.1.1); None where it is never met."""
        raw = self.raw
        separator = b"--" + boundary
        size = len(separator)
        spans: list[tuple[int, int]] = []
        start = -1
        left = self.left
        false_hits = 0
        position = body
        while True:
            hit = raw.find(separator, position, end)
            if hit < 0 or false_hits > _FALSE_HITS:
                break
            position = hit + size
            if hit > body and raw[hit - 1] not in b"\r\n":
                false_hits += 1
                continue
            after = _AFTER_BOUNDARY.match(raw, position, end)
            if after is None:
                false_hits += 1
                continue
            if start >= 0:
                stop = hit - 1
                if stop > start and raw[stop] == 10 and raw[stop - 1] == 13:
                    stop -= 1
                if hit > start:  # a boundary right behind another begins the same part once more
                    spans.append((start, max(stop, start)))
            start = position = after.end()
            if after[1] is not None or len(spans) > left:
                return spans if spans or after[1] is None else None
        if start < 0:
            return None
        self.note("boundary-unclosed", path)
        spans.append((start, end))
        return spans


def read_tree(
    raw: bytes, content: Mapping[str, bytes], body: int, end: int, limits: Limits
) -> tuple[Part, list[Defect]]:
    """The tree of a mail with these header fields (first of each name, lower case), and what was wrong with it."""
    reading = Reading(raw, end, limits)
    root = reading.part("", content, (0, body, end))
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

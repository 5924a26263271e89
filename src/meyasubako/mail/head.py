"""The header of a mail as a sequence whose fields are made when they are looked at.

Who only reads a mail needs a dozen of its fields; who asks for a field by its name mostly asks for one that is not
there. Both are answered from an index: the names, one behind another, and where each field starts.
``fields`` makes the index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, overload

import cython

READ = (
    "received", "from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "content-type",
    "content-transfer-encoding", "content-disposition",
)  # fmt: skip
"""The fields that reading a mail needs, in lower case."""

_READ = cython.declare(dict, {name: name for name in READ})
_HINTS = {(ord(name[0]) * 8 + len(name)) & 255 for name in READ}
_MAY_BE_READ = cython.declare(bytes, bytes(place in _HINTS for place in range(256)))
"""By first letter and length: False spares the look-up of a name."""


class HeaderField(NamedTuple):
    """One raw header field (RFC 5322 section 2.2), in the order of the mail.

    ``name`` is as written, ``value`` the raw bytes after the colon with folds and without the last
    line end; ``start`` and ``end`` bound the whole field, last line end included.
    """

    name: str
    value: bytes
    start: int
    end: int


@cython.cfunc
def _value(raw: bytes, at: cython.Py_ssize_t, end: cython.Py_ssize_t) -> bytes:
    """The value of the field whose name ends at ``at`` and whose last line ends at ``end``."""
    while raw[at] != 58:  # the colon; white space may stand before the colon
        at += 1
    at += 1
    if end > at and raw[end - 1] == 10:
        end -= 1
    while end > at and raw[end - 1] == 13:
        end -= 1
    return raw[at:end]


@cython.cfunc
def _make_fields(raw: bytes, marks: list[int]) -> tuple[HeaderField, ...]:
    made: list[HeaderField] = []
    place: cython.Py_ssize_t
    start: cython.Py_ssize_t
    end: cython.Py_ssize_t
    name_end: cython.Py_ssize_t
    for place in range(0, len(marks) - 1, 2):
        start, end = marks[place], marks[place + 2]
        name_end = start + marks[place + 1]
        if name_end > start:
            name = raw[start:name_end].decode("ascii")
            made.append(tuple.__new__(HeaderField, (name, _value(raw, name_end, end), start, end)))
    return tuple(made)


class Fields(Sequence[HeaderField]):
    """The fields of a header, made together when one is looked at. Equal to any sequence of equal fields."""

    __slots__ = ("_made", "_marks", "_names", "_raw")

    def __init__(self, raw: bytes, names: str, marks: list[int]) -> None:
        """Keep the index of the header in ``raw``.

        ``names`` are those of the fields in lower case, a colon before, between and behind them; ``marks`` holds
        where each field starts and how long its name is, and last where the last field ends. An empty name
        stands for a line that is none of the header's.
        """
        self._raw = raw
        self._names = names
        self._marks = marks
        self._made: tuple[HeaderField, ...] | None = None

    def read(self) -> tuple[dict[str, bytes], list[bytes], list[str]]:
        """Of the fields in ``READ`` the first value by name, all of Received, and the names that came again."""
        raw: bytes = self._raw
        names: str = self._names
        marks: list[int] = self._marks
        first: dict[str, bytes] = {}
        received: list[bytes] = []
        repeated: list[str] = []
        place: cython.Py_ssize_t
        size: cython.Py_ssize_t
        name_end: cython.Py_ssize_t
        at: cython.Py_ssize_t = 1
        for place in range(0, len(marks) - 1, 2):
            size = marks[place + 1]
            if _MAY_BE_READ[(ord(names[at]) * 8 + size) & 255]:
                name = _READ.get(names[at : at + size])
                if name is not None:
                    name_end = marks[place] + size
                    if name == "received":
                        received.append(_value(raw, name_end, marks[place + 2]))
                    elif name in first:
                        repeated.append(name)
                    else:
                        first[name] = _value(raw, name_end, marks[place + 2])
            at += size + 1
        return first, received, repeated

    def values(self, name: str) -> list[bytes]:
        """Raw values of every field of this name (lower case); the others are not made for that."""
        names: str = self._names
        found: list[bytes] = []
        wanted: str = f":{name}:"
        at: cython.Py_ssize_t = names.find(wanted)
        if at < 0 or not name or ":" in name:
            return found
        marks: list[int] = self._marks
        place: cython.Py_ssize_t = 0
        counted: cython.Py_ssize_t = 0
        while at >= 0:
            place += 2 * names.count(":", counted, at)
            counted = at
            found.append(_value(self._raw, marks[place] + len(name), marks[place + 2]))
            at = names.find(wanted, at + 1)
        return found

    def by_name(self) -> dict[str, list[int]]:
        """By name (lower case) the marks of its fields, for who asks for many names; see ``value`` and ``place``."""
        names: str = self._names
        marks: list[int] = self._marks
        found: dict[str, list[int]] = {}
        known: list[int] | None
        mark: cython.Py_ssize_t
        size: cython.Py_ssize_t
        at: cython.Py_ssize_t = 1
        for mark in range(0, len(marks) - 1, 2):
            size = marks[mark + 1]
            if size:
                name = names[at : at + size]
                known = found.get(name)
                if known is None:
                    found[name] = [mark]
                else:
                    known.append(mark)
            at += size + 1
        return found

    def value(self, mark: cython.Py_ssize_t) -> bytes:
        """The raw value of the field at a mark; no field is made for that."""
        marks: list[int] = self._marks
        name_end: cython.Py_ssize_t = marks[mark] + marks[mark + 1]
        return _value(self._raw, name_end, marks[mark + 2])

    def place(self, mark: cython.Py_ssize_t) -> int:
        """Where the field at a mark stands in this sequence: a line that is no field has a mark too."""
        marks: list[int] = self._marks
        place: cython.Py_ssize_t = 0
        at: cython.Py_ssize_t
        for at in range(1, mark, 2):
            if marks[at]:
                place += 1
        return place

    def ending(self, end: str) -> list[str]:
        """The names, in lower case, that end so: one search answers whether any of a family of fields is there."""
        names: str = self._names
        found: list[str] = []
        wanted: str = f"{end}:"
        at: cython.Py_ssize_t = names.find(wanted, 1)
        while at >= 0:
            at += len(end)
            found.append(names[names.rfind(":", 0, at) + 1 : at])
            at = names.find(wanted, at + 1)
        return found

    def _fields(self) -> tuple[HeaderField, ...]:
        if self._made is None:
            self._made = _make_fields(self._raw, self._marks)
        return self._made

    def __len__(self) -> int:
        """How many fields there are."""
        return len(self._fields())

    def __iter__(self) -> Iterator[HeaderField]:
        """The fields in the order of the mail."""
        return iter(self._fields())

    @overload
    def __getitem__(self, place: int) -> HeaderField: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[HeaderField, ...]: ...

    def __getitem__(self, place: int | slice) -> HeaderField | tuple[HeaderField, ...]:
        """The field, or the fields, at a place."""
        return self._fields()[place]

    def __eq__(self, other: object) -> bool:
        """Compare field by field."""
        if not isinstance(other, Sequence):
            return NotImplemented
        return self._fields() == tuple(other)

    def __hash__(self) -> int:
        """The hash of the tuple of the fields."""
        return hash(self._fields())

    def __repr__(self) -> str:
        """Shown as the tuple of the fields."""
        return repr(self._fields())

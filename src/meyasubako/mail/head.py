"""The header of a mail as a sequence whose fields are split when they are looked at.

Who only reads a mail needs a dozen of its fields, and those are found in one search; who asks for a field by its
name mostly asks for one that is not there. ``fields`` says where a header ends and whether it is clean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from itertools import accumulate
from typing import NamedTuple, overload

READ = (
    "received", "from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "content-type",
    "content-transfer-encoding", "content-disposition",
)  # fmt: skip
"""The fields that reading a mail needs, in lower case."""


class HeaderField(NamedTuple):
    """One raw header field (RFC 5322 section 2.2), in the order of the mail.

    ``name`` is as written, ``value`` the raw bytes after the colon with folds and without the last
    line end; ``start`` and ``end`` bound the whole field, last line end included.
    """

    name: str
    value: bytes
    start: int
    end: int


class LineEnds(NamedTuple):
    """The patterns for one kind of line end; each match begins with the line end before."""

    sign: bytes
    unclean: re.Pattern[bytes]
    """A line that is neither a field nor a fold."""
    field: re.Pattern[bytes]
    read: re.Pattern[bytes]
    value: re.Pattern[bytes]


def _line_ends(sign: str) -> LineEnds:
    first, rest = sign[0], sign[1:]
    names = "|".join("".join(f"[{c.upper()}{c}]" if c.isalpha() else c for c in name) for name in READ)
    initials = "".join({name[0].upper() + name[0] for name in READ})
    value = f"[^{first}]*(?:{sign}[ \t][^{first}]*)*"
    patterns = (
        f"{first}(?!{rest}(?:[!-9;-~]+:|[ \t]))",
        f"({sign}([!-9;-~]+):({value}))",
        f"{sign}(?=[{initials}])({names}):({value})",
        value,
    )
    return LineEnds(sign.encode(), *(re.compile(pattern.encode()) for pattern in patterns))


FIELD_START = re.compile(rb"[!-9;-~]+:")
LF = _line_ends("\n")
CRLF = _line_ends("\r\n")


@lru_cache(maxsize=4096)
def name_of(name: bytes) -> str:
    """Names come back in every mail: one string each."""
    return name.decode("ascii")


@lru_cache(maxsize=4096)
def _lower_name(name: bytes) -> str:
    return name.decode("ascii").lower()


_new_field = partial(tuple.__new__, HeaderField)


class Fields(Sequence[HeaderField]):
    """The fields of a clean header, split together when one is looked at. Equal to any sequence of equal fields."""

    __slots__ = ("_ends", "_head", "_lower", "_split", "_start")

    def __init__(self, head: bytes, start: int, ends: LineEnds) -> None:
        """``head`` is the header behind one line end and without its last, ``start`` its offset in the mail.

        Every line of it is a field or a fold, and ends in ``ends``.
        """
        self._head = head
        self._start = start
        self._ends = ends
        self._split: tuple[HeaderField, ...] | None = None
        self._lower: bytes | None = None

    def read(self) -> list[tuple[str, bytes]]:
        """Names in lower case and values of the fields in ``READ``, in the order of the mail."""
        return [(_lower_name(name), value) for name, value in self._ends.read.findall(self._head)]

    def values(self, name: str) -> list[bytes]:
        """Raw values of every field of this name (lower case); the others are not split for that."""
        if self._lower is None:
            self._lower = self._head.lower()
        start = b"\n%b:" % name.encode("utf-8", "replace")
        found: list[bytes] = []
        at = self._lower.find(start)
        while at >= 0:
            value = self._ends.value.match(self._head, at + len(start))
            assert value is not None  # the pattern matches nothing too
            found.append(value[0])
            at = self._lower.find(start, value.end())
        return found

    def _fields(self) -> tuple[HeaderField, ...]:
        if self._split is None:
            wholes, names, values = zip(*self._ends.field.findall(self._head), strict=True)
            ends = tuple(accumulate(map(len, wholes), initial=self._start))
            of_fields = zip(map(name_of, names), values, ends, ends[1:], strict=False)
            self._split = tuple(map(_new_field, of_fields))
        return self._split

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


def fields_read(fields: Sequence[HeaderField]) -> list[tuple[str, bytes]]:
    """Names in lower case and values of the fields in ``READ``, whichever way the header was split."""
    if isinstance(fields, Fields):
        return fields.read()
    return [(name, field.value) for field in fields if (name := field.name.lower()) in READ]

"""The trace of a mail (RFC 5321 section 4.4) as a sequence whose fields are read when they are looked at.

Who handed a mail over is mostly settled by the two newest fields; what no one asks for is never read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from meyasubako.mail.received import parse_received
from meyasubako.mail.types import Received


class Trace(Sequence[Received]):
    """The Received fields of a mail, newest first; each is read once. Equal to any sequence of equal fields."""

    __slots__ = ("_read", "_values")

    def __init__(self, values: list[bytes]) -> None:
        """Take the raw values, what stands after the colons."""
        self._values = values
        self._read: list[Received | None] = [None] * len(values)

    @classmethod
    def of(cls, received: Sequence[Received]) -> Trace:
        """The trace of fields that were read before."""
        trace = cls([])
        trace._read = list(received)
        return trace

    def __len__(self) -> int:
        """How many fields there are; none is read for that."""
        return len(self._read)

    @overload
    def __getitem__(self, place: int) -> Received: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Received, ...]: ...

    def __getitem__(self, place: int | slice) -> Received | tuple[Received, ...]:
        """The field, or the fields, at a place."""
        if isinstance(place, slice):
            return tuple([self[number] for number in range(*place.indices(len(self._read)))])
        found = self._read[place]
        if found is None:
            index = place if place >= 0 else place + len(self._read)
            found = self._read[place] = parse_received(self._values[place], index)
        return found

    def parts(self) -> tuple[list[bytes], list[Received | None]]:
        """The raw values, for who wants less of a field than the whole, and the fields that were read so far."""
        return self._values, self._read

    def __eq__(self, other: object) -> bool:
        """Compare field by field."""
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        """The hash of the tuple of the fields."""
        return hash(tuple(self))

    def __repr__(self) -> str:
        """Shown as the tuple of the fields."""
        return repr(tuple(self))

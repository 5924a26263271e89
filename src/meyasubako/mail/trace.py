"""The trace of a mail (RFC 5321 section 4.4) as a sequence whose fields are read when they are looked at.

Who handed a mail over is mostly settled by the two newest fields; what no one asks for is never read. Who walks down a
trace asks for even less: who handed over to whom, then who wrote the field below, then dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import overload

import cython

from meyasubako.mail.received import (
    Hop,
    any_after,
    date_of_received,
    hop_of,
    parse_received,
    seconds_of_received,
    writer_of,
)
from meyasubako.mail.types import Received

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


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

    def hop(self, place: cython.Py_ssize_t) -> Hop:
        """Who handed over to whom by the field at a place, without reading the rest of it."""
        found = self._read[place]
        return hop_of(self._values[place]) if found is None else found[:5]

    def writer(self, place: cython.Py_ssize_t) -> str | None:
        """Who wrote the field at a place, without reading the rest of it."""
        found = self._read[place]
        return writer_of(self._values[place]) if found is None else found.by

    def date(self, place: cython.Py_ssize_t) -> datetime | None:
        """When the field at a place was written, without reading the rest of it."""
        found = self._read[place]
        return date_of_received(self._values[place]) if found is None else found.date

    def seconds(self, place: cython.Py_ssize_t) -> int | None:
        """When the field at a place was written, in seconds since 1970, without reading the rest of it."""
        found = self._read[place]
        if found is None:
            return seconds_of_received(self._values[place])
        return None if found.date is None else (found.date - _EPOCH) // _SECOND

    def any_after(self, start: cython.Py_ssize_t, end: cython.Py_ssize_t, seconds: int) -> bool:
        """Whether one of the fields from ``start`` on, and before ``end``, is dated later."""
        if any(self._read):
            dates = [self.seconds(place) for place in range(start, min(end, len(self._read)))]
            return any(date is not None and date > seconds for date in dates)
        return any_after(self._values, start, min(end, len(self._values)), seconds)

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

"""What is decided about a mail when it comes in, once and for ever: its id, its time, its month.

The time of an archived mail is, in this order: when the trusted boundary took it (RFC 5321 section 4.4), what the
operator gave, the Date header (RFC 5322 section 3.6.1), now. A time before 1990 or in the future is a broken clock
or a lie, and not believed. Knows no tables and no files.
"""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

import cython

_AHEAD = timedelta(hours=9)
JAPAN = timezone(_AHEAD)
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
SKEW = timedelta(minutes=5)
"""How far ahead of ours another clock may run before its time counts as the future."""
_new = tuple.__new__
_RANDOM = 73
_LOW_BITS = cython.declare(cython.ulonglong, (1 << 62) - 1)
_STEPS = cython.declare(cython.Py_ssize_t, 4096)
_HEX = cython.declare(bytes, b"0123456789abcdef")
_FORM = cython.declare(bytes, b"00000000-0000-0000-0000-000000000000")


class Reception(NamedTuple):
    """When a mail came in (aware, UTC), what says so, and its month in Japan (YYYY-MM)."""

    received_at: datetime
    source: str
    month: str


def month_in_japan(moment: datetime) -> str:
    """YYYY-MM of an aware moment at +09:00."""
    local = moment + _AHEAD if moment.tzinfo is UTC else moment.astimezone(JAPAN)
    return _month(local.year, local.month)


@lru_cache(maxsize=4096)
def _month(year: int, month: int) -> str:
    return f"{year:04d}-{month:02d}"


@cython.ccall
def is_plausible(moment: datetime, now: datetime) -> cython.bint:
    """Whether a mail may have come in then: not before 1990, not in the future."""
    return EARLIEST <= moment <= now + SKEW


def reception_of(
    boundary: datetime | None, written: datetime | None, *, given: datetime | None, now: datetime
) -> Reception:
    """When an archived mail came in.

    ``boundary`` is when the trusted boundary took it (``Origin.received_at``), ``written`` its Date field, ``given``
    what the operator said for mails without a boundary's time; all aware, UTC, None where there is none.
    """
    moment, source = now, "ingest"
    if boundary is not None and is_plausible(boundary, now):
        moment, source = boundary, "boundary"
    elif given is not None:
        moment, source = given, "given"
    elif written is not None and is_plausible(written, now):
        moment, source = written, "date"
    reception: Reception = _new(Reception, (moment, source, month_in_japan(moment)))
    return reception


@cython.final
@cython.cclass
class ArrivalIds:
    """Version 7 UUIDs (RFC 9562 section 5.7), each greater than the one before, whatever the clock does.

    Within a millisecond the random part grows by a random step (RFC 9562 section 6.2, method 2), so that an id
    tells nothing of its neighbours.
    """

    _millisecond: cython.longlong
    _high: cython.ulonglong
    """The upper 12 of 74 random bits, and the others."""
    _low: cython.ulonglong
    _steps: bytes
    _place: cython.Py_ssize_t

    def __init__(self) -> None:
        """Start at the present millisecond."""
        self._millisecond = -1
        self._high = self._low = 0
        self._steps = b""
        self._place = _STEPS

    def next(self) -> str:
        """The next id, in the text form."""
        now: cython.longlong = time.time_ns() // 1_000_000
        if now > self._millisecond:
            self._begin(now)
        else:
            self._low += 1 + self._step()
            if self._low > _LOW_BITS:
                self._low &= _LOW_BITS
                self._high += 1
                if self._high >> 12:
                    self._begin(self._millisecond + 1)
        written = bytearray(_FORM)
        _write(written, 13, self._millisecond, 12)
        _write(written, 18, 0x7000 | self._high, 4)
        _write(written, 36, 2 << 62 | self._low, 16)
        return written.decode("ascii")

    @cython.cfunc
    def _begin(self, millisecond: cython.longlong) -> None:
        """A millisecond begins with 73 random bits of 74, which leaves room to grow."""
        random = secrets.randbits(_RANDOM)
        self._millisecond = millisecond
        self._high = random >> 62
        self._low = random & _LOW_BITS

    @cython.cfunc
    def _step(self) -> cython.ulonglong:
        """A random number of 32 bits; a system call for every 1,024 of them."""
        if self._place == _STEPS:
            self._steps = secrets.token_bytes(_STEPS)
            self._place = 0
        step: cython.ulonglong = 0
        for _ in range(4):
            step = step << 8 | self._steps[self._place]
            self._place += 1
        return step


@cython.cfunc
def _write(
    written: bytearray, place: cython.Py_ssize_t, value: cython.ulonglong, digits: cython.Py_ssize_t
) -> None:
    """Write a number's last digits so that they end before a place, around the hyphens."""
    while digits > 0:
        place -= 1
        if written[place] != 45:
            written[place] = _HEX[value & 15]
            value >>= 4
            digits -= 1

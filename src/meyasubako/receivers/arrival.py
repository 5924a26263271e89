"""What is decided about a mail when it comes in, once and for ever: its id, its time, its month.

The time of an archived mail is, in this order: when the trusted boundary took it (RFC 5321 section 4.4), what the
operator gave, the Date header (RFC 5322 section 3.6.1), now. A time before 1990 or in the future is a broken clock
or a lie, and not believed. Knows no tables and no files.
"""

from __future__ import annotations

import secrets
import struct
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

JAPAN = timezone(timedelta(hours=9))
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
SKEW = timedelta(minutes=5)
"""How far ahead of ours another clock may run before its time counts as the future."""


class Reception(NamedTuple):
    """When a mail came in (aware, UTC), what says so, and its month in Japan (YYYY-MM)."""

    received_at: datetime
    source: str
    month: str


def month_in_japan(moment: datetime) -> str:
    """YYYY-MM of an aware moment at +09:00."""
    local = moment.astimezone(JAPAN)
    return f"{local.year:04d}-{local.month:02d}"


def is_plausible(moment: datetime, now: datetime) -> bool:
    """Whether a mail may have come in then: not before 1990, not in the future."""
    return EARLIEST <= moment <= now + SKEW


def reception_of(
    boundary: datetime | None, written: datetime | None, *, given: datetime | None, now: datetime
) -> Reception:
    """When an archived mail came in.

    ``boundary`` is when the trusted boundary took it (``Origin.received_at``), ``written`` its Date field, ``given``
    what the operator said for mails without a boundary's time; all aware, UTC, None where there is none.
    """
    if boundary is not None and is_plausible(boundary, now):
        return Reception(boundary, "boundary", month_in_japan(boundary))
    if given is not None:
        return Reception(given, "given", month_in_japan(given))
    if written is not None and is_plausible(written, now):
        return Reception(written, "date", month_in_japan(written))
    return Reception(now, "ingest", month_in_japan(now))


class ArrivalIds:
    """Version 7 UUIDs (RFC 9562 section 5.7), each greater than the one before, whatever the clock does.

    Within a millisecond the random part grows by a random step (RFC 9562 section 6.2, method 2), so that an id
    tells nothing of its neighbours.
    """

    def __init__(self) -> None:
        """Start at the present millisecond."""
        self._millisecond = -1
        self._random = 0
        self._steps: Iterator[int] = iter(())

    def next(self) -> str:
        """The next id, in the text form."""
        now = time.time_ns() // 1_000_000
        if now > self._millisecond:
            self._millisecond = now
            self._random = secrets.randbits(73)
        else:
            self._random += 1 + self._step()
            if self._random >> 74:
                self._millisecond += 1
                self._random = secrets.randbits(73)
        value = (
            (self._millisecond & 0xFFFF_FFFF_FFFF) << 80
            | 0x7 << 76
            | (self._random >> 62) << 64
            | 0b10 << 62
            | (self._random & 0x3FFF_FFFF_FFFF_FFFF)
        )
        text = f"{value:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def _step(self) -> int:
        """A random number of 32 bits; a system call for every 1,024 of them."""
        for step in self._steps:
            return step
        self._steps = iter(struct.unpack("<1024I", secrets.token_bytes(4096)))
        return next(self._steps)

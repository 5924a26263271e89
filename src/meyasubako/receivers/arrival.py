"""What is decided about a mail when it comes in, once and for ever: its id, its time, its month.

The time of an archived mail is, in this order: when the trusted boundary took it (RFC 5321 section 4.4), what the
operator gave, the Date header (RFC 5322 section 3.6.1), now. A time before 1990 or in the future is a broken clock
or a lie, and not believed. Knows no tables and no files.
"""

from __future__ import annotations

import secrets
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

from meyasubako.mail.dates import parse_date
from meyasubako.mail.trace import Trace
from meyasubako.mail.types import Received

JAPAN = timezone(timedelta(hours=9))
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
SKEW = timedelta(minutes=5)
"""How far ahead of ours another clock may run before its time counts as the future."""

_HEADER = 256 * 1024
_WINDOWS = (4 * 1024, 32 * 1024, _HEADER)
"""Where the end of a header is looked for: a mail of one kind of line ends would be searched whole for the other."""

BoundaryTime = Callable[[Sequence[Received]], datetime | None]
"""When the trust boundary took a mail, from its Received fields, newest first; None where none is trusted."""


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
    raw: bytes, *, given: datetime | None, now: datetime, boundary_time: BoundaryTime
) -> Reception:
    """When an archived mail came in; ``given`` is what the operator said for mails without a boundary's time."""
    header = _header_of(raw)
    lower = header.lower()
    received = Trace(list(_values(header, lower, b"received")))
    moment = boundary_time(received) if received else None
    if moment is not None and is_plausible(moment, now):
        return Reception(moment, "boundary", month_in_japan(moment))
    if given is not None:
        return Reception(given, "given", month_in_japan(given))
    written = next(_values(header, lower, b"date"), None)
    moment = parse_date(written) if written is not None else None
    if moment is not None and is_plausible(moment, now):
        return Reception(moment, "date", month_in_japan(moment))
    return Reception(now, "ingest", month_in_japan(now))


def _header_of(raw: bytes) -> bytes:
    """The header behind a line end of our own, with LF or CRLF at its ends of lines.

    Two fields out of a header are wanted here, a tenth of the cost of splitting it whole.
    """
    for window in _WINDOWS:
        end = raw.find(b"\n\n", 0, window)
        crlf_end = raw.find(b"\n\r\n", 0, end if end >= 0 else window)
        if crlf_end >= 0:
            return b"\n" + raw[:crlf_end]
        if end >= 0:
            return b"\n" + raw[:end]
    if b"\n" not in raw[:_HEADER]:
        end = raw.find(b"\r\r", 0, _HEADER)
        return b"\n" + raw[: end if end >= 0 else _HEADER].replace(b"\r", b"\n")
    return b"\n" + raw[:_HEADER]


def _values(header: bytes, lower: bytes, name: bytes) -> Iterator[bytes]:
    """Raw values of every field of this name, in the order of the header."""
    mark = b"\n" + name
    position = lower.find(mark)
    while position >= 0:
        colon = header.find(b":", position)
        start = position + len(mark)
        if colon < 0:
            return
        if header[start:colon].strip(b" \t"):
            position = lower.find(mark, start)  # another field, whose name begins alike
            continue
        end = header.find(b"\n", colon)
        while end >= 0 and header[end + 1 : end + 2] in (b" ", b"\t"):
            end = header.find(b"\n", end + 1)
        yield header[colon + 1 : end if end >= 0 else len(header)]
        position = lower.find(mark, end) if end >= 0 else -1


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

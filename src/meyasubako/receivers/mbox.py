"""Mails out of an mbox, as they were received: the `From ` lines gone, the quoting of `From ` undone.

The format is RFC 4155's and its older kin (mboxo, mboxrd, mboxcl), with LF, CRLF or bare CR at the ends of lines.
`Content-Length` is ignored: it lies more often than it helps. A `From ` line separates only where it carries a date
and a header follows, so that an unquoted "From here on ..." in a text does not cut a mail in two. Reads as a
stream; whatever the size of the mbox, one mail and one block are held.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from meyasubako.receivers.kinds import after_from_line, begins_header

BLOCK = 1024 * 1024
_AHEAD = 64 * 1024  # what must lie behind a `From ` line before it is judged
_LONGEST_FROM_LINE = 1_000

_CLOCK = re.compile(rb"\b[0-9]{1,2}:[0-9]{2}")
_YEAR = re.compile(rb"\b(?:19|20)[0-9]{2}\b")
_BARE = re.compile(rb"From (?:-|[^\s@]+@[^\s@]+)[ \t]*\Z")
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_QUOTED_LF = re.compile(rb"(?:\A|(?<=\n))>(?=>*From )")
_QUOTED_CR = re.compile(rb"(?:\A|(?<=\r))>(?=>*From )")


def split_mbox(
    read: Callable[[int], bytes], head: bytes, *, limit: int, lone_is_mbox: bool = False
) -> Iterator[bytes | None]:
    """The mails of an mbox, oldest first; None for one of more than ``limit`` bytes, which is passed over.

    ``head`` is what has been read already and must begin with the first `From ` line; ``read(n)`` gives more, b""
    at the end. Of several mails each loses the empty line that the format puts behind it. A lone mail keeps its
    last line, for a `From ` line alone does not make a file an mbox, unless ``lone_is_mbox`` says so.
    """
    window = _Window(read, head, limit)
    several = lone_is_mbox
    while True:
        end = window.next_boundary()
        several = several or end is not None
        yield window.take(end, separated=several)
        if end is None:
            return


class _Window:
    """The part of the mbox that is in memory: from the start of the present mail to what has been read."""

    def __init__(self, read: Callable[[int], bytes], head: bytes, limit: int) -> None:
        self._read = read
        self._buffer = head
        self._limit = limit
        self._start = after_from_line(head)
        self._scan = self._start
        self._ended = False
        self._too_large = False
        bare_cr = self._buffer[self._start - 1 : self._start] == b"\r"
        self._line_end = b"\r" if bare_cr else b"\n"
        self._quoted = _QUOTED_CR if bare_cr else _QUOTED_LF

    def next_boundary(self) -> int | None:
        """Offset in the buffer of the next separating `From ` line; None when the mbox ends before one."""
        mark = self._line_end + b"From"  # found at a fifth of the cost of one that ends with the blank
        # The mail may be empty: its boundary then begins where the mail does.
        self._scan = max(self._start - 1, 0)
        while True:
            found = self._buffer.find(mark, self._scan)
            if found < 0:
                self._scan = max(self._scan, len(self._buffer) - len(mark) + 1)
                if not self._fill():
                    return None
            elif len(self._buffer) - found < _AHEAD and self._fill():
                continue
            elif self._buffer.startswith(b" ", found + len(mark)) and self._separates(found + 1):
                return found + 1
            else:
                self._scan = found + 1

    def take(self, end: int | None, *, separated: bool) -> bytes | None:
        """The present mail up to ``end``, and step behind the `From ` line there; None where it is too large."""
        stop = len(self._buffer) if end is None else end
        too_large = self._too_large or stop - self._start > self._limit
        first = self._start
        if end is not None:
            self._start = self._line_after(end)
        self._too_large = False
        if too_large:
            return None
        raw = self._buffer[first : self._before_empty_line(first, stop) if separated else stop]
        return self._quoted.sub(b"", raw) if b">From" in raw else raw

    def _fill(self) -> bool:
        """Read a block more, and let go of what lies before the present mail; False at the end.

        A block is at least half of what is held, for that is copied: so a large mail costs no more than its size.
        """
        if self._ended:
            return False
        block = self._read(max(BLOCK, (len(self._buffer) - self._start) // 2))
        if not block:
            self._ended = True
            return False
        gone = self._start
        if self._too_large or len(self._buffer) - self._start > self._limit:
            self._too_large = True
            gone = max(gone, self._scan - 2)
        self._buffer = self._buffer[gone:] + block
        self._start = max(self._start - gone, 0)
        self._scan = max(self._scan - gone, 0)
        return True

    def _line_after(self, position: int) -> int:
        """Start of the line that follows the one at ``position``."""
        found = self._buffer.find(self._line_end, position)
        return len(self._buffer) if found < 0 else found + 1

    def _separates(self, position: int) -> bool:
        """Whether the `From ` line at ``position`` begins a new mail."""
        after = self._line_after(position)
        if after - position > _LONGEST_FROM_LINE:
            return False
        line = self._buffer[position:after].rstrip(b"\r\n")
        dated = bool(_CLOCK.search(line) and _YEAR.search(line))
        empty_before = self._empty_line_before(position)
        if dated and empty_before and _FIELD.match(self._buffer, after):
            return True
        return (dated or (empty_before and bool(_BARE.match(line)))) and begins_header(self._buffer, after)

    def _empty_line_before(self, position: int) -> bool:
        """Whether the line before the one at ``position`` is empty (or the mail begins here)."""
        before = self._buffer[max(position - 4, 0) : position]
        if position <= self._start:
            return True
        if self._line_end == b"\r":
            return before.endswith(b"\r\r")
        return before.endswith((b"\n\n", b"\n\r\n"))

    def _before_empty_line(self, first: int, stop: int) -> int:
        """Where the mail ends without the empty line that an mbox puts behind each."""
        if self._line_end == b"\r":
            return stop - 1 if self._buffer.endswith(b"\r\r", first, stop) else stop
        if self._buffer.endswith(b"\n\r\n", first, stop):
            return stop - 2
        return stop - 1 if self._buffer.endswith(b"\n\n", first, stop) else stop

"""Members out of a tar, as a stream: POSIX.1-2001 ustar and pax, GNU long names.

Most members are mails of some kilobytes: what fits a block is cut out of it whole, what does not is a stream of its
own. Names are labels, never paths. A damaged tar yields what stands before the damage. Compiled (ADR 10).
"""

from __future__ import annotations

from collections.abc import Iterator

import cython

from meyasubako.receivers.containers import BLOCK, DamagedError, Readable, Source, printable

_RECORD = 512
_LARGEST_NAME = 1024 * 1024
_IMPOSSIBLE = 1 << 62
_ENDLESS_NAME = "damaged: the tar holds an endless name"


@cython.cclass
class _Window:
    """The part of the stream that is in memory; what was taken is behind it."""

    _source: object
    _block: bytes
    _at: cython.Py_ssize_t

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._block = b""
        self._at = 0

    def holds(self, size: cython.Py_ssize_t) -> bool:
        """Whether so many bytes follow, read into memory if they do; ask for no more than a block."""
        while len(self._block) - self._at < size:
            more: bytes = self._source.read(BLOCK)  # type: ignore[attr-defined]
            if not more:
                return False
            rest = self._block[self._at :]
            self._block = rest + more if rest else more
            self._at = 0
        return True

    def take(self, size: cython.Py_ssize_t) -> bytes:
        """So many bytes of those in memory, fewer where there are fewer."""
        at = self._at
        self._at = min(at + size, len(self._block))
        return self._block[at : self._at]

    def read(self, size: cython.Py_ssize_t) -> bytes:
        """Up to ``size`` bytes, b"" at the end."""
        return self.take(size) if self._at < len(self._block) or self.holds(1) else b""

    def pass_over(self, count: cython.Py_ssize_t) -> None:
        """Read ``count`` bytes for nothing; fewer when the stream ends."""
        while count > 0 and (self._at < len(self._block) or self.holds(1)):
            step = min(count, len(self._block) - self._at)
            self._at += step
            count -= step


class _Slice:
    """One large member of a tar: so many bytes of the stream and no more."""

    def __init__(self, window: _Window, size: int) -> None:
        self._window = window
        self.left = size

    def read(self, size: int, /) -> bytes:
        if not self.left:
            return b""
        data = self._window.read(min(size, self.left))
        if not data:
            raise DamagedError("damaged: the tar ends within a member")
        self.left -= len(data)
        return data


def tar_members(source: Readable) -> Iterator[tuple[str, bytes | Source | None]]:
    """(name, content) of each regular file of a tar, in its order: bytes, a stream where they are many, None where it
    is stored sparse.

    Read each member before the next is asked for. Links, devices and folders are passed over. Raises DamagedError.
    """
    window = _Window(source)
    long_name, pax = b"", {}  # type: bytes, dict[bytes, bytes]
    while True:
        window.holds(_RECORD)
        header = window.take(_RECORD)
        if not header or (header[0] == 0 and not header.strip(b"\x00")):
            return
        if len(header) < _RECORD:
            raise DamagedError("damaged: the tar ends within a header")
        size = _number(header[124:136])
        kind = header[156]
        if kind in b"LKxg":
            extra = _extra(window, size)
            if kind == 0x4C:
                long_name = extra.rstrip(b"\x00")
            elif kind == 0x78:
                pax = _pax_records(extra)
            continue
        if pax and pax.get(b"size", b"").isdigit():
            size = int(pax[b"size"])
        if size >= _IMPOSSIBLE:
            raise DamagedError("damaged: the tar names an impossible size")
        left = size
        if kind in b"0\x007S":
            name = printable(pax.get(b"path") or long_name or _name(header))
            if kind == 0x53 or any(key.startswith(b"GNU.sparse.") for key in pax):
                yield name, None
            elif size <= BLOCK and window.holds(size):
                left = 0
                yield name, window.take(size)
            else:
                stream = _Slice(window, size)
                yield name, Source(stream)
                left = stream.left
        window.pass_over(left + -size % _RECORD)
        long_name, pax = b"", {}


def _extra(window: _Window, size: int) -> bytes:
    """The content of a header that is about the next one."""
    if size > _LARGEST_NAME:
        raise DamagedError(_ENDLESS_NAME)
    stream = _Slice(window, size)
    pieces = []
    while stream.left:
        pieces.append(stream.read(size))
    window.pass_over(-size % _RECORD)
    return b"".join(pieces)


def _name(header: bytes) -> bytes:
    name = header[:100].split(b"\x00", 1)[0]
    if not header[345] or header[257:263] != b"ustar\x00":
        return name
    return header[345:500].split(b"\x00", 1)[0] + b"/" + name


def _number(text: bytes) -> int:
    """A number of a tar header: octal digits, or base 256 with the high bit set. Raises DamagedError."""
    if text[0] & 0x80:
        return int.from_bytes(text, "big") & ((1 << (8 * len(text) - 1)) - 1)
    digits = text.strip(b"\x00 ")
    try:
        return int(digits, 8) if digits else 0
    except ValueError as error:
        raise DamagedError("damaged: no tar header where one must be") from error


def _pax_records(data: bytes) -> dict[bytes, bytes]:
    """The records "length name=value" of a pax header; what does not read is left out."""
    records: dict[bytes, bytes] = {}
    position = 0
    while position < len(data):
        space = data.find(b" ", position, position + 20)
        if space < 0 or not data[position:space].isdigit():
            break
        length = int(data[position:space])
        name, _, value = data[space + 1 : position + length - 1].partition(b"=")
        records[name] = value
        if length <= space - position:
            break
        position += length
    return records

"""Members out of archives, as streams: compressed files, zip (``tar`` has its own module). Nothing is ever unpacked to a disk.

Member names are labels to us, never paths, so that "../" does nothing. What an archive can still do to its reader is
to be endless, and that is what :class:`Meter` bounds: output against the size of the file that was given, members,
depth. A damaged archive yields what stands before the damage, then raises :class:`DamagedError`.

Formats: gzip (RFC 1952), xz, bzip2, zstd (RFC 8878), zip.
"""

from __future__ import annotations

import bz2
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, NamedTuple, Protocol, cast

from meyasubako.receivers.kinds import HEAD_BYTES, Kind

BLOCK = 256 * 1024
_LARGEST_DIRECTORY = 256 * 1024 * 1024
_DECODER_MEMORY = 256 * 1024 * 1024


class Caps(NamedTuple):
    """What an archive may ask of its reader.

    ``mail``: bytes of one mail. ``depth``: archives within archives. ``members``: members in all of one file that
    was given. ``held``: bytes of a nested zip, which must be in memory as its directory stands at its end.
    ``ratio``: bytes out for a byte of the file that was given, once more than ``free`` bytes have come out.
    """

    mail: int = 50 * 1024 * 1024
    depth: int = 6
    members: int = 20_000_000
    held: int = 128 * 1024 * 1024
    ratio: int = 1_000
    free: int = 256 * 1024 * 1024


CAPS = Caps()


class DamagedError(Exception):
    """One archive cannot be read any further; its siblings can."""


class ExhaustedError(Exception):
    """The file that was given takes more than its caps allow; nothing more of it is read."""


class Meter:
    """What has come out of one file that was given, against its caps."""

    def __init__(self, size: int, caps: Caps) -> None:
        self._allowed = max(caps.free, size * caps.ratio)
        self._caps = caps
        self._bytes = 0
        self._members = 0

    def took(self, count: int) -> None:
        """Note decompressed bytes; raises ExhaustedError beyond the ratio."""
        self._bytes += count
        if self._bytes > self._allowed:
            raise ExhaustedError(f"unpacks to more than {self._caps.ratio} times its size")

    def member(self) -> None:
        """Note a member; raises ExhaustedError beyond their number."""
        self._members += 1
        if self._members > self._caps.members:
            raise ExhaustedError(f"holds more than {self._caps.members} members")


class Readable(Protocol):
    """What a stream can do here: give up to ``size`` bytes, b"" at the end."""

    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes."""


class Source:
    """A stream whose first bytes can be looked at before it is read."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._ahead = b""
        self._peeked = False

    @property
    def head(self) -> bytes:
        """The first ``HEAD_BYTES`` bytes, or all there are. To be asked before anything is read."""
        if not self._peeked:
            self._peeked = True
            self._ahead = read_fully(self._stream, HEAD_BYTES)
        return self._ahead

    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes, b"" at the end."""
        if size <= 0:
            return b""
        if self._ahead:
            given, self._ahead = self._ahead[:size], self._ahead[size:]
            return given
        return self._stream.read(size)

    def whole(self, limit: int) -> bytes | None:
        """All that is left; None where it is more than ``limit`` bytes."""
        content = read_fully(self, limit + 1)
        return None if len(content) > limit else content


def read_fully(stream: Readable, size: int) -> bytes:
    """Exactly ``size`` bytes, fewer only at the end of the stream."""
    first = stream.read(size)
    if len(first) == size or not first:
        return first
    pieces, missing = [first], size - len(first)
    while missing:
        piece = stream.read(min(missing, BLOCK))
        if not piece:
            break
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


# Compressed files


class _Decoder(Protocol):
    """The interface that the decompressor objects of lzma and bz2 share."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _GzipDecoder:
    """zlib's decompressor behind the interface of the other two."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max(max_length, 0))


class _Expanded:
    """The decompressed bytes of a stream of one or more concatenated members; trailing padding is passed over."""

    def __init__(self, source: Readable, start: Callable[[], _Decoder], meter: Meter) -> None:
        self._source = source
        self._start = start
        self._decoder = start()
        self._meter = meter
        self._pending = b""

    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes; raises DamagedError where the data are, or end too early."""
        try:
            data = self._next(size)
        except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
            raise DamagedError(f"damaged: {error}") from error
        self._meter.took(len(data))
        return data

    def _next(self, size: int) -> bytes:
        while True:
            if self._decoder.eof:
                rest = (self._decoder.unused_data or self._source.read(BLOCK)).lstrip(b"\x00")
                if not rest:
                    return b""
                self._decoder = self._start()
                self._pending = rest
            elif self._decoder.needs_input and not self._pending:
                self._pending = self._source.read(BLOCK)
                if not self._pending:
                    raise EOFError("ends too early")
            given, self._pending = self._pending, b""
            data = self._decoder.decompress(given, size)
            if data:
                return data


class _ExpandedZstd:
    """The decompressed bytes of zstd frames; one that ends too early gives what stands in it."""

    def __init__(self, source: Readable, meter: Meter) -> None:
        import zstandard

        self._error = zstandard.ZstdError
        decoder = zstandard.ZstdDecompressor(max_window_size=_DECODER_MEMORY // 2)
        self._stream = decoder.stream_reader(
            cast("IO[bytes]", source), read_size=BLOCK, read_across_frames=True
        )
        self._meter = meter

    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes; raises DamagedError where the data are."""
        try:
            data = self._stream.read(size)
        except self._error as error:
            raise DamagedError(f"damaged: {error}") from error
        self._meter.took(len(data))
        return data


def expand(kind: Kind, source: Readable, meter: Meter) -> Source:
    """The decompressed stream of a gzip, xz, bzip2 or zstd file."""
    if kind is Kind.ZSTD:
        return Source(_ExpandedZstd(source, meter))
    if kind is Kind.GZIP:
        return Source(_Expanded(source, _GzipDecoder, meter))
    if kind is Kind.BZIP2:
        return Source(_Expanded(source, bz2.BZ2Decompressor, meter))
    return Source(_Expanded(source, lambda: lzma.LZMADecompressor(memlimit=_DECODER_MEMORY), meter))


def printable(name: bytes | str) -> str:
    """A member's or file's name as text that any table can hold: what is not UTF-8 becomes U+FFFD."""
    raw = name.encode("utf-8", "surrogateescape") if isinstance(name, str) else name
    return raw.decode("utf-8", "replace")


# zip


class _ZipMember:
    """The decompressed bytes of a zip's member, metered."""

    def __init__(self, stream: Readable, meter: Meter) -> None:
        self._stream = stream
        self._meter = meter

    def read(self, size: int, /) -> bytes:
        try:
            data = self._stream.read(size)
        except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error, lzma.LZMAError) as error:
            raise DamagedError(f"damaged: {error}") from error
        self._meter.took(len(data))
        return data


def zip_members(file: io.BufferedIOBase, meter: Meter) -> Iterator[tuple[str, Source | str]]:
    """(name, content) of each file of a zip; a string instead of the content says why there is none.

    Raises DamagedError where the directory cannot be read.
    """
    _check_directory(file)
    try:
        archive = zipfile.ZipFile(file)
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, NotImplementedError, struct.error) as error:
        raise DamagedError(f"damaged: {error}") from error
    with archive:
        for entry in archive.infolist():
            if entry.filename.endswith("/"):
                continue
            name = printable(entry.filename)
            if entry.flag_bits & 0x1:
                yield name, "encrypted"
                continue
            try:
                stream = archive.open(entry)
            except (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, struct.error) as error:
                # RuntimeError and its kin NotImplementedError: passwords, methods that zipfile does not know.
                yield name, f"cannot be opened: {error}"
                continue
            with stream:
                yield name, Source(_ZipMember(stream, meter))


def _check_directory(file: io.BufferedIOBase) -> None:
    """Refuse a zip whose central directory would not fit: zipfile reads all of it at once. Raises DamagedError."""
    size = file.seek(0, io.SEEK_END)
    tail_start = max(size - 66_000, 0)
    file.seek(tail_start)
    tail = file.read(66_000)
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) - found < 22:
        raise DamagedError("damaged: a zip without its directory")
    directory = int.from_bytes(tail[found + 12 : found + 16], "little")
    wide = tail.rfind(b"PK\x06\x06", 0, found)
    if directory == 0xFFFFFFFF and wide >= 0:
        directory = int.from_bytes(tail[wide + 40 : wide + 48], "little")
    if directory > _LARGEST_DIRECTORY:
        raise DamagedError("the directory of the zip is too large")
    file.seek(0)

"""Compound files (MS-CFB version 3 and 4): storages and streams in the sectors of one file.

Reads what it can: a chain that leaves the file or runs in a circle ends there. Sizes and counts are capped, so that
a file never costs more than a few times its own length.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = 512
_NOTHING = 0xFFFFFFFA
"""Sector numbers from here on are marks, not places (MS-CFB 2.1)."""
_MOST_ENTRIES = 20_000
_LONGEST_NAME = 64


class CompoundError(Exception):
    """The bytes are no compound file that can be read at all."""


class Entry(NamedTuple):
    """One storage or stream: its name, kind (1 storage, 2 stream, 5 root), links in the tree, first sector, size."""

    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class CompoundFile:
    """A compound file in memory."""

    def __init__(self, data: bytes) -> None:
        if len(data) < _HEADER or not data.startswith(MAGIC):
            raise CompoundError("no compound file")
        self._data = data
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise CompoundError("sectors of an unknown size")
        self._sector = 1 << shift
        self._mini_sector = 1 << mini_shift
        first_entry, self._cutoff, first_mini, first_difat = struct.unpack_from("<I4xII4xI", data, 48)
        self._table = self._read_table(first_difat)
        self._mini_table = _numbers(self._chain(first_mini, self._table))
        self._entries = self._read_entries(first_entry)
        if not self._entries or self._entries[0].kind != 5:
            raise CompoundError("no root")
        root = self._entries[0]
        self._mini_stream = self._chain(root.start, self._table)[: max(root.size, 0)]
        self._left = len(data) * 2
        self._visits = len(self._entries) * 4

    def children(self, storage: int = 0) -> dict[str, int]:
        """Name in lower case -> number of each entry of a storage (0 is the root).

        Storages that share what they hold, which no honest file does, run dry after a few rounds.
        """
        found: dict[str, int] = {}
        seen: set[int] = set()
        waiting = [self._entries[storage].child]
        while waiting:
            number = waiting.pop()
            if number >= len(self._entries) or number in seen or self._visits <= 0:
                continue
            self._visits -= 1
            seen.add(number)
            entry = self._entries[number]
            if entry.kind in (1, 2):
                found.setdefault(entry.name.lower(), number)
            waiting += [entry.left, entry.right]
        return found

    def is_storage(self, number: int) -> bool:
        """Whether an entry holds others."""
        return self._entries[number].kind == 1

    def stream(self, number: int) -> bytes:
        """The bytes of a stream; b"" for a storage, and once all streams together were read twice over."""
        entry = self._entries[number]
        if entry.kind != 2 or entry.size <= 0:
            return b""
        size = min(entry.size, self._left)
        if entry.size < self._cutoff:
            data = self._mini_chain(entry.start, size)
        else:
            data = self._chain(entry.start, self._table, size)
        self._left -= len(data)
        return data[:size]

    def _read_table(self, first_difat: int) -> tuple[int, ...]:
        """The sector table (MS-CFB 2.3), found by the 109 numbers of the header and the chain behind them."""
        places = list(struct.unpack_from("<109I", self._data, 76))
        sector = first_difat
        seen: set[int] = set()
        while sector < _NOTHING and sector not in seen:
            seen.add(sector)
            numbers = _numbers(self._at(sector))
            if not numbers:
                break
            places += numbers[:-1]
            sector = numbers[-1]
        most = len(self._data) // self._sector + 1
        wanted = list(dict.fromkeys(place for place in places if place < most))
        return _numbers(b"".join(self._at(place) for place in wanted))

    def _at(self, sector: int) -> bytes:
        start = (sector + 1) * self._sector
        return self._data[start : start + self._sector]

    def _chain(self, start: int, table: tuple[int, ...], size: int | None = None) -> bytes:
        """The sectors of one chain, up to ``size`` bytes; it ends where it would run in a circle."""
        pieces: list[bytes] = []
        left = len(self._data) if size is None else size
        sector = start
        while sector < len(table) and left > 0:
            piece = self._at(sector)
            if not piece:
                break
            pieces.append(piece)
            left -= len(piece)
            sector = table[sector]
        return b"".join(pieces)

    def _mini_chain(self, start: int, size: int) -> bytes:
        pieces: list[bytes] = []
        sector = start
        while sector < len(self._mini_table) and size > 0:
            place = sector * self._mini_sector
            piece = self._mini_stream[place : place + self._mini_sector]
            if not piece:
                break
            pieces.append(piece)
            size -= len(piece)
            sector = self._mini_table[sector]
        return b"".join(pieces)

    def _read_entries(self, first: int) -> list[Entry]:
        data = self._chain(first, self._table)
        count = min(len(data) // 128, _MOST_ENTRIES)
        return [
            _entry(data[number * 128 : number * 128 + 128], self._sector == 512) for number in range(count)
        ]


def _numbers(data: bytes) -> tuple[int, ...]:
    count = len(data) // 4
    return struct.unpack(f"<{count}I", data[: count * 4])


def _entry(data: bytes, short_sizes: bool) -> Entry:
    length = min(struct.unpack_from("<H", data, 64)[0], _LONGEST_NAME)
    name = data[: max(length - 2, 0)].decode("utf-16-le", "replace")
    left, right, child = struct.unpack_from("<III", data, 68)
    start, size = struct.unpack_from("<IQ", data, 116)
    return Entry(name, data[66], left, right, child, start, size & 0xFFFFFFFF if short_sizes else size)

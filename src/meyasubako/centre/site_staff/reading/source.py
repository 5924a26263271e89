"""The bytes of a mail as they are, a page at a time: nothing decoded, nothing followed, nothing executed."""

from __future__ import annotations

from typing import NamedTuple

from meyasubako.centre.site_staff.reading.pieces import Mask, Piece, in_pieces

PAGE_BYTES = 32 * 1024
_LOOK_BACK = 2_000


class SourcePage(NamedTuple):
    """Bytes ``start`` to ``end`` of ``size`` as pieces; ``number`` of ``pages``, from 1. A byte that is not part of
    any UTF-8 character stands as ``\\xNN``."""

    number: int
    pages: int
    start: int
    end: int
    size: int
    pieces: list[Piece]


def source_page(raw: bytes, number: int = 1, mask: Mask = None) -> SourcePage:
    """One page of the source; the nearest there is for a number out of range."""
    pages = max(1, -(-len(raw) // PAGE_BYTES))
    number = min(max(number, 1), pages)
    start = _line_start(raw, (number - 1) * PAGE_BYTES)
    end = _line_start(raw, number * PAGE_BYTES) if number < pages else len(raw)
    text = raw[start:end].decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    return SourcePage(number, pages, start, end, len(raw), in_pieces(text, mask=mask))


def _line_start(raw: bytes, place: int) -> int:
    """The start of the line nearest before a place; the place itself within a very long line."""
    if place == 0:
        return 0
    found = raw.rfind(b"\n", max(0, place - _LOOK_BACK), place)
    return place if found < 0 else found + 1

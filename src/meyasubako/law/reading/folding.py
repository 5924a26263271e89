"""Text made alike for reading, with the way back to the characters as written.

Full and half width become one (NFKC: ｱ, Ａ, ㈱), letters small. Nearly every character folds into exactly one, whatever
stands around it: those are looked up in a table. The others, such as ㈱ or か with a mark of its own behind it, make
odd stretches of one character and what joins it; each is folded by itself, and where it began and ended is kept.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from typing import NamedTuple

import cython

JOINS, OPENS = "\0", "\1"
"""In the table: characters that may join the one before them, and odd ones that begin something of their own."""
PLAIN_BLOCKS = (
    (0x00, 0x250), (0x370, 0x530), (0x1E00, 0x1F00), (0x2000, 0x2C00), (0x3000, 0x3100), (0xFF01, 0xFF9E), (0xFFE0, 0xFFEF),
)  # fmt: skip
"""Blocks whose characters join the one before them only where they are marks; halves of Hangul are in none."""
SAME_BLOCKS = ((0x3400, 0xA000), (0xAC00, 0xD7A4))
"""Chinese characters and whole Hangul syllables: each folds into itself."""
MOST_JOINED = 512
"""An odd stretch ends here whatever follows: sorting and searching of marks must not grow with the mail."""


def entry(code: int) -> str:
    """What the table says of a character: what it folds into, or that it is odd."""
    sign = chr(code)
    folded = "σ" if sign == "Σ" else unicodedata.normalize("NFKC", sign).lower()
    if unicodedata.combining(sign) or unicodedata.combining(folded[0]):
        return JOINS
    return folded if len(folded) == 1 and folded not in (JOINS, OPENS) else OPENS


def make_table() -> str:
    """A string as a table of 65,536 characters: what each folds into."""
    table = [JOINS] * 0x10000
    for first, end in PLAIN_BLOCKS:
        table[first:end] = map(entry, range(first, end))
    for first, end in SAME_BLOCKS:
        table[first:end] = map(chr, range(first, end))
    return "".join(table)


TABLE = cython.declare(str, make_table())


class Folding(NamedTuple):
    """A folded text. ``sources`` and ``folds`` are where each odd stretch begins and ends, by turns, as written and folded.

    ``eastern``: it holds kana or Chinese characters.
    """

    text: str
    sources: list[int]
    folds: list[int]
    eastern: bool


def fold(text: str) -> str:
    """NFKC and small letters."""
    return text.lower() if text.isascii() else fold_text(text).text


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def is_eastern(code: cython.Py_ssize_t) -> cython.bint:
    """Whether a character is kana or Chinese."""
    return code >= 0x3041 and (code <= 0x30FF or 0x3400 <= code <= 0x9FFF or 0xFF66 <= code <= 0xFF9F)


@cython.cfunc
@cython.inline
def folded_unit(code: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """The table's entry for a character, also one beyond it: pictures (emoji) open, all else may join."""
    if code < 0x10000:
        return ord(TABLE[code])
    return 1 if 0x1F300 <= code < 0x1FB00 else 0


def fold_text(text: str) -> Folding:
    """Fold a text: every character by the table in one pass, then the odd stretches by ``unicodedata``."""
    place: cython.Py_ssize_t = 0
    code: cython.Py_ssize_t
    unit: cython.Py_ssize_t
    eastern: cython.bint = False
    units = bytearray(2 * len(text))
    odd: list[int] = []
    for sign in text:
        code = ord(sign)
        if code < 0x80:
            unit = code | 0x20 if 0x41 <= code <= 0x5A else code
        else:
            unit = folded_unit(code)
            if is_eastern(code):
                eastern = True
        if unit < 2:
            odd.append(place >> 1)
        units[place] = unit & 0xFF
        units[place + 1] = unit >> 8
        place += 2
    alike = units.decode("utf-16-le")
    return Folding(alike, [], [], eastern) if not odd else fold_odd(text, alike, odd, eastern)


def fold_odd(text: str, alike: str, odd: list[int], eastern: bool) -> Folding:
    """A text with odd characters at these places; ``alike`` is the text with all others folded."""
    pieces: list[str] = []
    sources: list[int] = []
    folds: list[int] = []
    end: cython.Py_ssize_t = 0
    shift: cython.Py_ssize_t = 0
    begin: cython.Py_ssize_t
    for place in odd:
        if place < end:
            continue
        begin = place - 1 if alike[place] == JOINS and place > end else place
        pieces.append(alike[end:begin])
        end = end_of_odd(alike, place + 1)
        folded = unicodedata.normalize("NFKC", text[begin:end]).lower()
        pieces.append(folded)
        sources += (begin, end)
        folds += (begin + shift, begin + shift + len(folded))
        shift += len(folded) - (end - begin)
    pieces.append(alike[end:])
    return Folding("".join(pieces), sources, folds, eastern)


@cython.cfunc
@cython.exceptval(-1)
def end_of_odd(alike: str, at: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where an odd stretch ends that holds what lies before ``at``: behind all that may join it."""
    end: cython.Py_ssize_t = min(len(alike), at + MOST_JOINED)
    while at < end and alike[at] == JOINS:
        at += 1
    return at


def written(folding: Folding, source: str, offset: int, is_end: bool) -> int:
    """The offset in the source that a folded offset came from; an end is rounded up to whole characters."""
    edge = bisect_right(folding.folds, offset) - 1
    if edge < 0:
        return offset
    begin, left = folding.sources[edge], offset - folding.folds[edge]
    if edge % 2:
        return begin + left
    return begin + column(source[begin : folding.sources[edge + 1]], left, is_end)


def column(odd: str, left: int, is_end: bool) -> int:
    """The offset in an odd stretch as written that lies ``left`` folded characters into it.

    The folded length of a stretch's beginnings never falls, so the place is found by halving: the longest beginning
    that folds to at most ``left`` characters, and for an end one character more where that falls short.
    """
    low, high = 0, len(odd)
    while low < high:
        middle = (low + high + 1) // 2
        if len(fold(odd[:middle])) <= left:
            low = middle
        else:
            high = middle - 1
    return low + 1 if is_end and low < len(odd) and len(fold(odd[:low])) < left else low

"""A sketch of a body that survives small changes: words swapped, tokens and digits changed, lines moved.

Every window of eight bytes of the normalised text is hashed; the hashes fall into ``BINS`` bins and sixteen bits of
the least of each bin are kept (one-permutation min-wise hashing; a bin that nothing fell into borrows from the next).
The share of bins two sketches agree in estimates how much of their windows they have in common. Windows of bytes
rather than words, because Japanese has no blanks between words. Which sketches make a campaign is left to
``grouping``, finding near ones among millions to ``index``.

Sketches are kept for years and compared with new ones: what is hashed, and how, does not change. Compiled (ADR 10).
"""

from __future__ import annotations

import unicodedata

import cython

BINS = 64
BYTES = BINS * 2
"""Length of a fingerprint."""
LONGEST = 4_096
"""Characters of a text that are looked at."""
SHORTEST = 48
"""Bytes of normalised text below which a sketch would say nothing."""

_BINS = cython.declare(cython.ulonglong, BINS)
_MASK = cython.declare(cython.ulonglong, 0xFFFF_FFFF_FFFF_FFFF)
_MULTIPLIER = cython.declare(cython.ulonglong, 0x9E37_79B9_7F4A_7C15)
_NOTHING = cython.declare(cython.ulonglong, 0xFFFF_FFFF_FFFF_FFFF)
"""More than any hash without the bits of its bin."""
_GAP = cython.declare(cython.ulonglong, 0x9E37)
"""Added to a borrowed value for each bin of distance, so that it differs from the lender's own."""
_EMPTY = cython.declare(bytes, b"\xff" * (BINS * 8))
"""A sketch that no window has fallen into yet: ``_NOTHING`` in each bin."""

NOISE = b" \t\r\n\x0b\x0c0123456789-_=*#.,:;!?'\"()[]<>|/\\"
LINK_ENDS = b" \t\r\n\x0b\x0c<>\"'"

_DROPPED = cython.declare(cython.uchar, 0)
_KEPT = cython.declare(cython.uchar, 1)
_W = cython.declare(cython.uchar, 2)
"""Kept, but where it begins ``www.``."""
_COLON = cython.declare(cython.uchar, 3)
"""Dropped, alone or with the link that ``://`` begins."""
_BEGINNINGS = {ord("w"): _W, ord("W"): _W, ord(":"): _COLON}
_KIND = cython.declare(bytes, bytes(_BEGINNINGS.get(byte, byte not in NOISE) for byte in range(256)))
_LOWER = cython.declare(bytes, bytes(range(256)).lower())
_IN_LINK = cython.declare(bytes, bytes(byte not in LINK_ENDS for byte in range(256)))

_UNKNOWN = cython.declare(cython.uchar, 0)
_PLAIN = cython.declare(cython.uchar, 1)
_CAPITAL = cython.declare(cython.uchar, 2)
_WIDE = cython.declare(cython.uchar, 3)
_BLANK = cython.declare(cython.uchar, 4)
_DOTS = cython.declare(cython.uchar, 5)
CHARACTERS: dict[int, tuple[tuple[int, int], ...]] = {
    _PLAIN: (
        (0x00, 0x7F), (0xA1, 0xA7), (0xA9, 0xA9), (0xAB, 0xAE), (0xB0, 0xB1), (0xB6, 0xB7), (0xBB, 0xBB), (0xBF, 0xBF),
        (0xD7, 0xD7), (0xDF, 0xFF), (0x430, 0x45F), (0x200B, 0x2010), (0x2012, 0x2015), (0x2018, 0x2022),
        (0x2030, 0x2030), (0x2032, 0x2032), (0x2039, 0x203B), (0x20AC, 0x20AC), (0x2190, 0x222B), (0x2500, 0x27BF),
        (0x3001, 0x3029), (0x3041, 0x3096), (0x309D, 0x309E), (0x30A1, 0x30FE), (0x3400, 0x4DBF), (0x4E00, 0x9FFF),
        (0xAC00, 0xD7A3), (0xFE0F, 0xFE0F), (0xFFFD, 0xFFFD),
    ),
    _CAPITAL: ((0xC0, 0xD6), (0xD8, 0xDE), (0x410, 0x42F)),
    _WIDE: ((0xFF01, 0xFF5E),),
    _BLANK: ((0xA0, 0xA0), (0x2000, 0x200A), (0x202F, 0x202F), (0x3000, 0x3000)),
    _DOTS: ((0x2026, 0x2026),),
}  # fmt: skip
"""Characters for which it is known what NFKC and lower case make of them, wherever they stand: the same, the character
32 places on, the ASCII one, a blank, or three dots. A text with any other is put to ``unicodedata``."""


def _character_table() -> bytes:
    table = bytearray(0x10000)
    for kind, ranges in CHARACTERS.items():
        for first, last in ranges:
            table[first : last + 1] = bytes([kind]) * (last + 1 - first)
    return bytes(table)


_CHARACTER = cython.declare(bytes, _character_table())
PICTURES = (0x1F300, 0x1F6FF)
"""Characters beyond the table that stay the same."""
_FIRST_PICTURE = cython.declare(cython.Py_ssize_t, PICTURES[0])
_LAST_PICTURE = cython.declare(cython.Py_ssize_t, PICTURES[1])


def normalised(text: str) -> bytes:
    """What is left of a text when links, digits, blanks, signs, width and case are taken away; UTF-8."""
    return _reduced(_folded(text[:LONGEST]))


def fingerprint(text: str) -> bytes:
    """The sketch of a text, ``BYTES`` long; empty where there is too little text for one."""
    kept: bytes = _reduced(_folded(text[:LONGEST]))
    return b"" if len(kept) < SHORTEST else _sketch(kept)


def similarity(one: bytes, other: bytes) -> float:
    """Estimated share (0 to 1) of windows two texts have in common; 0.0 where either has no sketch."""
    if len(one) != BYTES or len(other) != BYTES:
        return 0.0
    agree: cython.Py_ssize_t = 0
    place: cython.Py_ssize_t
    for place in range(0, BYTES, 2):
        agree += one[place] == other[place] and one[place + 1] == other[place + 1]
    return agree / BINS


@cython.cfunc
def _folded(text: str) -> bytes:
    """A text in NFKC and, but for ASCII, in lower case; UTF-8."""
    if text.isascii():
        return text.encode("ascii")
    folded = bytearray(4 * len(text))
    kinds: bytes = _CHARACTER
    length: cython.Py_ssize_t = 0
    point: cython.Py_ssize_t
    kind: cython.uchar
    for letter in text:
        point = ord(letter)
        if point < 0x80:
            folded[length] = point
            length += 1
            continue
        if point <= 0xFFFF:
            kind = kinds[point]
        else:
            kind = _PLAIN if _FIRST_PICTURE <= point <= _LAST_PICTURE else _UNKNOWN
        if kind != _PLAIN:
            if kind == _UNKNOWN:
                return unicodedata.normalize("NFKC", text).lower().encode("utf-8", "replace")
            if kind == _CAPITAL:
                point += 32
            elif kind == _WIDE:
                point -= 0xFEE0
            elif kind == _BLANK:
                point = 0x20
            else:
                folded[length] = folded[length + 1] = point = 0x2E
                length += 2
        if point < 0x80:
            folded[length] = point
        elif point < 0x800:
            folded[length] = 0xC0 | point >> 6
            length += 1
            folded[length] = 0x80 | point & 0x3F
        else:
            if point < 0x10000:
                folded[length] = 0xE0 | point >> 12
            else:
                folded[length] = 0xF0 | point >> 18
                length += 1
                folded[length] = 0x80 | point >> 12 & 0x3F
            folded[length + 1] = 0x80 | point >> 6 & 0x3F
            length += 2
            folded[length] = 0x80 | point & 0x3F
        length += 1
    return bytes(folded[:length])


@cython.cfunc
def _reduced(data: bytes) -> bytes:
    """UTF-8 without its links, its noise and the case of ASCII."""
    kept = bytearray(len(data))
    kinds: bytes = _KIND
    lower: bytes = _LOWER
    length: cython.Py_ssize_t = 0
    place: cython.Py_ssize_t = -1
    after: cython.Py_ssize_t = 0
    byte: cython.uchar
    kind: cython.uchar
    for byte in data:
        place += 1
        kind = kinds[byte]
        if kind > _KEPT:
            if place >= after:
                after = _link_end(data, place)
            kind = _KEPT if kind == _W else _DROPPED
        if place < after:
            continue
        kept[length] = lower[byte]
        length += kind
    del kept[length:]
    return bytes(kept)


@cython.cfunc
@cython.exceptval(-1)
def _link_end(data: bytes, start: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where a link (``://...``) or a name of the web (``www....``) that begins at ``start`` ends; else ``start``."""
    end: cython.Py_ssize_t = len(data)
    place: cython.Py_ssize_t = start
    if _has_link(data, start):
        place += 3
    elif (
        end - start > 4
        and _KIND[data[start]] == _KIND[data[start + 1]] == _KIND[data[start + 2]] == _W
        and data[start + 3] == 0x2E
        and _IN_LINK[data[start + 4]]
        and not _has_link(data, start + 4)
    ):
        place += 4
    else:
        return start
    while place < end and _IN_LINK[data[place]]:
        place += 1
    return place


@cython.cfunc
@cython.exceptval(check=False)
def _has_link(data: bytes, start: cython.Py_ssize_t) -> cython.bint:
    """Whether ``://`` and something more stands there."""
    return (
        start + 3 < len(data)
        and data[start] == 0x3A
        and data[start + 1] == data[start + 2] == 0x2F
        and _IN_LINK[data[start + 3]] != 0
    )


@cython.cfunc
def _sketch(data: bytes) -> bytes:
    """The sketch of normalised text of eight bytes or more."""
    least = cython.declare("unsigned long long[::1]", memoryview(bytearray(_EMPTY)).cast("Q"))
    multiplier: cython.ulonglong = _MULTIPLIER
    window: cython.ulonglong = 0
    value: cython.ulonglong
    rest: cython.ulonglong
    turn: cython.ulonglong
    bin_: cython.ulonglong
    ahead: cython.Py_ssize_t = 8
    byte: cython.uchar
    for byte in data:
        value = byte
        window = window >> 8 | value << 56
        if ahead > 1:
            ahead -= 1
            continue
        value = window * multiplier & _MASK
        value ^= value >> 29
        value = value * multiplier & _MASK
        rest = value >> 6
        value &= _BINS - 1
        least[value] = min(least[value], rest)
    sketch = bytearray(BYTES)
    value = 0
    distance: cython.ulonglong = 0
    # From the last bin to the first, twice: the first time round finds what the last bins may borrow.
    for turn in range(2 * _BINS):
        bin_ = _BINS - 1 - turn % _BINS
        rest = least[bin_]
        distance += 1
        if rest != _NOTHING:
            value = rest >> 16
            distance = 0
        if turn >= _BINS:
            rest = value + distance * _GAP
            sketch[2 * bin_] = rest & 0xFF
            sketch[2 * bin_ + 1] = rest >> 8 & 0xFF
    return bytes(sketch)

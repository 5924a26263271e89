"""A sketch of a body that survives small changes: words swapped, tokens and digits changed, lines moved.

Every window of eight bytes of the normalised text is hashed; the hashes fall into ``BINS`` bins and sixteen bits of
the least of each bin are kept (one-permutation min-wise hashing; a bin that nothing fell into borrows from the next).
The share of bins two sketches agree in estimates how much of their windows they have in common. Windows of bytes
rather than words, because Japanese has no blanks between words. Which sketches make a campaign is left to
``grouping``, finding near ones among millions to ``index``.
"""

from __future__ import annotations

import re
import unicodedata

import numpy as np
from numpy.typing import NDArray

BINS = 64
BYTES = BINS * 2
"""Length of a fingerprint."""
LONGEST = 4_096
"""Characters of a text that are looked at."""
SHORTEST = 48
"""Bytes of normalised text below which a sketch would say nothing."""

MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
FOLD = np.uint64(29)
IN_BIN, FROM_BIN = np.uint64(BINS - 1), np.uint64(6)
NOTHING = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
"""More than any hash without the bits of its bin."""
KEPT = np.uint64(16)
PLACES = np.arange(BINS)
GAP = np.uint16(0x9E37)
"""Added to a borrowed value for each bin of distance, so that it differs from the lender's own."""
ENOUGH = 512
"""Hashes that are looked at where there are many: eight a bin."""

_LINK = re.compile(rb"://[^\s<>\"']+")
_WEB_NAME = re.compile(rb"www\.[^\s<>\"']+")
_NOISE = b" \t\r\n\x0b\x0c0123456789-_=*#.,:;!?'\"()[]<>|/\\"


def normalised(text: str) -> bytes:
    """What is left of a text when links, digits, blanks, signs, width and case are taken away; UTF-8."""
    text = text[:LONGEST]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    data = text.lower().encode("utf-8", "replace")
    if b"://" in data:
        data = _LINK.sub(b"", data)
    if b"www." in data:
        data = _WEB_NAME.sub(b"", data)
    return data.translate(None, _NOISE)


def fingerprint(text: str) -> bytes:
    """The sketch of a text, ``BYTES`` long; empty where there is too little text for one."""
    data = normalised(text)
    if len(data) < SHORTEST:
        return b""
    windows: NDArray[np.uint64] = np.ndarray((len(data) - 7,), dtype="<u8", buffer=data, strides=(1,))
    hashes = windows * MULTIPLIER
    hashes ^= hashes >> FOLD
    hashes *= MULTIPLIER
    if len(hashes) > 2 * ENOUGH:
        # The least of each bin lie among the least of all: looking only at those changes nothing but the time.
        least = _least_of_bins(hashes.compress(hashes < np.uint64((ENOUGH << 64) // len(hashes))))
        if np.maximum.reduce(least) != NOTHING:
            return (least >> KEPT).astype("<u2").tobytes()
    least = _least_of_bins(hashes)
    kept = (least >> KEPT).astype("<u2")
    empty = least == NOTHING
    return (_borrowed(kept, empty) if empty.any() else kept).tobytes()


def _least_of_bins(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The least hash of each bin (its six lowest bits) without those bits; ``NOTHING`` where no hash fell into it."""
    least = np.full(BINS, NOTHING)
    np.minimum.at(least, (hashes & IN_BIN).view(np.int64), hashes >> FROM_BIN)
    return least


def _borrowed(least: NDArray[np.uint16], empty: NDArray[np.bool_]) -> NDArray[np.uint16]:
    """Empty bins filled from the next full one, marked by its distance (densification by rotation)."""
    full = np.flatnonzero(~empty)
    lender = full.take(full.searchsorted(PLACES), mode="wrap")
    marks: NDArray[np.uint16] = ((lender - PLACES) % BINS).astype("<u2") * GAP
    return least[lender] + marks


def similarity(one: bytes, other: bytes) -> float:
    """Estimated share (0 to 1) of windows two texts have in common; 0.0 where either has no sketch."""
    if len(one) != BYTES or len(other) != BYTES:
        return 0.0
    return float(np.count_nonzero(np.frombuffer(one, "<u2") == np.frombuffer(other, "<u2"))) / BINS

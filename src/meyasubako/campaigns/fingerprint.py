"""A sketch of a body that survives small changes: words swapped, tokens and digits changed, lines moved.

Every window of eight bytes of the normalised text is hashed; the hashes fall into ``BINS`` bins and the least of each
bin is kept (one-permutation min-wise hashing). The share of bins two sketches agree in estimates how much of their
windows they have in common. Windows of bytes rather than words, because Japanese has no blanks between words.
"""

from __future__ import annotations

import re
import unicodedata

import numpy as np
from numpy.typing import NDArray

BINS = 32
BYTES = BINS * 4
"""Length of a fingerprint."""
LONGEST = 4_096
"""Characters of a text that are looked at."""
SHORTEST = 48
"""Bytes of normalised text below which a sketch would say nothing."""
EMPTY = 0xFFFFFFFF
"""What stands in a bin that no window fell into."""

MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
FOLD = np.uint64(29)
EDGES = (np.arange(BINS, dtype=np.uint64) << np.uint64(59)).astype(np.uint64)
TO_BIN, FROM_BIN = np.uint64(59), np.uint64(5)
KEPT = np.uint64(16)
ENOUGH = 512
"""Hashes that are looked at where there are many: sixteen a bin."""

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
        least = _least_of_bins(hashes[hashes < (ENOUGH << 64) // len(hashes)])
        if EMPTY not in least:
            return least.tobytes()
    return _least_of_bins(hashes).tobytes()


def _least_of_bins(hashes: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """The least hash of each bin (its five lowest bits), cut to 32 bits; ``EMPTY`` where no hash fell."""
    if not len(hashes):
        return np.full(BINS, EMPTY, "<u4")
    keys = (hashes << TO_BIN) | (hashes >> FROM_BIN)
    keys.sort()
    first = np.searchsorted(keys, EDGES)
    least = (keys[np.minimum(first, len(keys) - 1)] >> KEPT).astype("<u4")
    least[first == np.append(first[1:], len(keys))] = EMPTY
    return least


def similarity(one: bytes, other: bytes) -> float:
    """Estimated share (0 to 1) of windows two texts have in common; 0.0 where either has no sketch."""
    if len(one) != BYTES or len(other) != BYTES:
        return 0.0
    left, right = np.frombuffer(one, "<u4"), np.frombuffer(other, "<u4")
    filled = (left != EMPTY) | (right != EMPTY)
    return float(((left == right) & filled).sum() / max(int(filled.sum()), 1))

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
LONGEST = 8_192
"""Characters of a text that are looked at."""
SHORTEST = 48
"""Bytes of normalised text below which a sketch would say nothing."""
EMPTY = 0xFFFFFFFF
"""What stands in a bin that no window fell into."""

MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
FOLD = np.uint64(29)
EDGES = (np.arange(BINS, dtype=np.uint64) << np.uint64(59)).astype(np.uint64)
KEPT = np.uint64(27)

_LINKS = re.compile(r"(?:https?://|www\.)[^\s<>\"']+", re.IGNORECASE)
_NOISE = b" \t\r\n\x0b\x0c0123456789-_=*#.,:;!?'\"()[]<>|/\\"


def normalised(text: str) -> bytes:
    """What is left of a text when links, digits, blanks, signs, width and case are taken away; UTF-8."""
    text = text[:LONGEST]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if "://" in text or "www." in text:
        text = _LINKS.sub("", text)
    return text.lower().encode("utf-8", "replace").translate(None, _NOISE)


def fingerprint(text: str) -> bytes:
    """The sketch of a text, ``BYTES`` long; empty where there is too little text for one."""
    data = normalised(text)
    if len(data) < SHORTEST:
        return b""
    windows: NDArray[np.uint64] = np.ndarray((len(data) - 7,), dtype="<u8", buffer=data, strides=(1,))
    hashes = windows * MULTIPLIER
    hashes ^= hashes >> FOLD
    hashes *= MULTIPLIER
    hashes.sort()
    first = np.searchsorted(hashes, EDGES)
    ends = np.append(first[1:], len(hashes))
    least = (hashes[np.minimum(first, len(hashes) - 1)] >> KEPT).astype(np.uint32)
    least[first >= ends] = EMPTY
    return least.astype("<u4").tobytes()


def similarity(one: bytes, other: bytes) -> float:
    """Estimated share (0 to 1) of windows two texts have in common; 0.0 where either has no sketch."""
    if len(one) != BYTES or len(other) != BYTES:
        return 0.0
    left, right = np.frombuffer(one, "<u4"), np.frombuffer(other, "<u4")
    filled = (left != EMPTY) | (right != EMPTY)
    return float(((left == right) & filled).sum() / max(int(filled.sum()), 1))

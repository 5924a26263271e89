"""Near fingerprints among millions: which of those kept are like this one, and how like.

Every sketch is filed under ``BANDS`` keys of two bins each; a look-up reads what is filed under its own keys and
compares it in full. Filed are numbers alone, in one array a key, sorted by the key's place: 48 bytes a sketch beside
its own 128. The index is made once from all sketches (a window, the centres of campaigns) and does not change.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from meyasubako.campaigns.fingerprint import BINS, BYTES

BANDS = 12
"""Keys a sketch is filed under: of sketches alike in 6 bins of 10, 995 in 1000 share one; in half, 97 in 100."""
DEPTH = 16
"""Sketches looked at under one key: more have it only where they are all alike, or say nothing."""
SPREAD = np.uint32(0x9E3779B1)


class Near(NamedTuple):
    """A sketch found: its number in the order given, and the share of bins that agree (0 to 1)."""

    number: int
    similarity: float


class FingerprintIndex:
    """Fingerprints that do not change, found by likeness. Memory: some 230 bytes each."""

    def __init__(self, fingerprints: bytes | bytearray | memoryview) -> None:
        """File fingerprints that stand one after the other (``BYTES`` each). Raises ValueError for a torn one."""
        if len(fingerprints) % BYTES:
            raise ValueError(f"fingerprints are {BYTES} bytes each")
        self._sketches: NDArray[np.uint16] = np.frombuffer(fingerprints, "<u2").reshape(-1, BINS)
        count = len(self._sketches)
        bits = max(4, min(22, (count - 1).bit_length())) if count else 4
        self._shift = np.uint32(32 - bits)
        self._filed = np.empty((BANDS, count), np.uint32)
        self._starts = np.zeros((BANDS, (1 << bits) + 1), np.uint32)
        for band in range(BANDS):
            pairs = np.ascontiguousarray(self._sketches[:, 2 * band : 2 * band + 2]).view("<u4")
            places = self._places(pairs[:, 0])
            self._filed[band] = np.argsort(places, kind="stable")
            np.cumsum(np.bincount(places, minlength=1 << bits), out=self._starts[band, 1:])
            self._starts[band] += np.uint32(band * count)
        self._starts_flat = self._starts.ravel()
        self._edges = np.arange(BANDS) * self._starts.shape[1]
        self._filed_as = self._filed.ravel().data

    def __len__(self) -> int:
        return len(self._sketches)

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return self._sketches.nbytes + self._filed.nbytes + self._starts.nbytes

    def _places(self, pairs: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Where each pair of bins is filed: the high bits of a multiplicative hash."""
        placed: NDArray[np.uint32] = (pairs ^ (pairs >> np.uint32(15))) * SPREAD >> self._shift
        return placed

    def near(self, fingerprint: bytes, *, least: float = 0.5) -> list[Near]:
        """Every fingerprint found that is at least so similar, most similar first, then by number.

        An empty fingerprint is near to nothing. Raises ValueError for one of another length.
        """
        if len(fingerprint) != BYTES:
            if fingerprint:
                raise ValueError(f"fingerprints are {BYTES} bytes each")
            return []
        places = self._places(np.frombuffer(fingerprint, "<u4", BANDS)) + self._edges
        numbers: list[int] = []
        firsts, ends = self._starts_flat.take(places).tolist(), self._starts_flat.take(places + 1).tolist()
        for first, end in zip(firsts, ends, strict=True):
            if first == end:
                continue
            if end - first == 1:
                numbers.append(self._filed_as[first])
            else:
                numbers += self._filed_as[first : min(end, first + DEPTH)]
        if not numbers:
            return []
        agree = (self._sketches.take(numbers, axis=0) == np.frombuffer(fingerprint, "<u2")).sum(1)
        kept = (agree >= least * BINS).nonzero()[0].tolist()
        found = {numbers[place]: int(agree[place]) for place in kept}
        return [Near(one, found[one] / BINS) for one in sorted(found, key=lambda one: (-found[one], one))]

    def near_all(self, fingerprints: bytes, *, least: float = 0.5) -> list[list[Near]]:
        """The same for fingerprints that stand one after the other: faster than one by one."""
        if len(fingerprints) % BYTES:
            raise ValueError(f"fingerprints are {BYTES} bytes each")
        asked = np.frombuffer(fingerprints, "<u2").reshape(-1, BINS)
        found: list[list[Near]] = [[] for _ in range(len(asked))]
        who, number = self._candidates(asked)
        if not len(who):
            return found
        agree = (self._sketches[number] == asked[who]).sum(1)
        kept = np.flatnonzero(agree >= least * BINS)
        order = kept[np.lexsort((number[kept], -agree[kept], who[kept]))]
        last = (-1, -1)
        for one, other, bins in zip(
            who[order].tolist(), number[order].tolist(), agree[order].tolist(), strict=True
        ):
            if (one, other) != last:
                found[one].append(Near(other, bins / BINS))
                last = one, other
        return found

    def _candidates(self, asked: NDArray[np.uint16]) -> tuple[NDArray[np.intp], NDArray[np.uint32]]:
        """Pairs of a fingerprint asked for and one filed under the same key; a pair may come several times."""
        places = self._places(asked.view("<u4")[:, :BANDS]) + self._edges
        first = self._starts_flat.take(places).astype(np.intp)
        sizes = np.minimum(self._starts_flat.take(places + 1) - first, DEPTH).ravel()
        ends = np.cumsum(sizes)
        within = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - sizes, sizes)
        row = np.repeat(np.arange(len(sizes)), sizes)
        number = self._filed.ravel()[first.ravel()[row] + within]
        return row // BANDS, number

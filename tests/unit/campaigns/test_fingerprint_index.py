"""The index finds what is near, names it once, nearest first, and says the same one by one and in batches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.campaigns.fingerprint import BINS, BYTES, fingerprint, similarity
from meyasubako.campaigns.index import FingerprintIndex

RNG = np.random.default_rng(5)
KEPT = RNG.integers(0, 65_536, (5_000, BINS), dtype=np.uint16)
INDEX = FingerprintIndex(KEPT.tobytes())


def changed(number: int, bins: int) -> bytes:
    """A kept sketch with so many of its bins changed."""
    sketch = KEPT[number].copy()
    places = np.random.default_rng(number).permutation(BINS)[:bins]
    sketch[places] ^= np.uint16(0x5555)
    return sketch.tobytes()


def test_a_kept_fingerprint_is_its_own_nearest() -> None:
    assert [INDEX.near(KEPT[number].tobytes()) for number in (0, 77, 4_999)] == [
        [(0, 1.0)],
        [(77, 1.0)],
        [(4_999, 1.0)],
    ]


def test_of_sketches_alike_in_six_bins_of_ten_nearly_all_are_found() -> None:
    found = [INDEX.near(changed(number, 26)) for number in range(1_000)]
    assert sum(one == [(number, 38 / BINS)] for number, one in enumerate(found)) >= 990


def test_what_is_less_similar_than_asked_for_is_left_out() -> None:
    assert INDEX.near(changed(3, 8), least=0.9) == []
    assert INDEX.near(changed(3, 8), least=0.5) == [(3, 56 / BINS)]


def test_a_batch_says_what_single_questions_say() -> None:
    asked = [changed(number, 20) for number in range(200)] + [RNG.bytes(BYTES)]
    assert INDEX.near_all(b"".join(asked)) == [INDEX.near(one) for one in asked]


def test_equal_fingerprints_come_in_the_order_of_their_numbers() -> None:
    index = FingerprintIndex(KEPT[7].tobytes() * 3 + KEPT[8].tobytes())
    assert index.near(KEPT[7].tobytes()) == [(0, 1.0), (1, 1.0), (2, 1.0)]


def test_an_empty_index_and_an_empty_fingerprint_find_nothing() -> None:
    assert FingerprintIndex(b"").near(KEPT[0].tobytes()) == []
    assert FingerprintIndex(b"").near_all(KEPT[0].tobytes()) == [[]]
    assert INDEX.near(b"") == []
    assert INDEX.near_all(b"") == []


@pytest.mark.parametrize("torn", [b"x", b"x" * (BYTES + 1)])
def test_a_torn_fingerprint_is_refused(torn: bytes) -> None:
    with pytest.raises(ValueError, match="bytes each"):
        INDEX.near(torn)
    with pytest.raises(ValueError, match="bytes each"):
        INDEX.near_all(torn)
    with pytest.raises(ValueError, match="bytes each"):
        FingerprintIndex(torn)


def test_memory_is_within_three_hundred_bytes_a_fingerprint() -> None:
    kept = RNG.integers(0, 65_536, (1 << 16, BINS), dtype=np.uint16)
    assert FingerprintIndex(kept.tobytes()).nbytes <= 300 * len(kept)


@given(st.text(alphabet="あいうえおかきくけこabc ", min_size=60, max_size=300))
def test_similarity_and_index_agree(text: str) -> None:
    one = fingerprint(text)
    if one:
        found = FingerprintIndex(one).near(one)
        assert found == [(0, similarity(one, one))]

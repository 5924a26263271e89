"""A fingerprint stays close under the changes a campaign makes, and far from other texts."""

from __future__ import annotations

import hashlib
import random
import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.campaigns.fingerprint import (
    BINS,
    BYTES,
    CHARACTERS,
    LONGEST,
    NOISE,
    PICTURES,
    SHORTEST,
    fingerprint,
    normalised,
    similarity,
)

JAPANESE = (
    "突然のご連絡で失礼いたします。このたび当社では、日頃のご愛顧に感謝して特別なご案内をお送りしております。"
    "ご登録は無料、面倒な手続きもございません。下記のページから簡単にお申し込みいただけます。"
    "なお、数に限りがございますので、お早めにご確認くださいますようお願い申し上げます。"
)
ENGLISH = (
    "We are writing to offer you a very special deal on watches and bags of the finest make. "
    "Our stock is limited and will be gone by the end of the week, so do not wait to place an order. "
    "Every customer receives a free gift and a guarantee that lasts for two years."
)


@pytest.mark.parametrize("text", [JAPANESE, ENGLISH])
def test_noise_changes_nothing(text: str) -> None:
    noisy = text.upper().replace("。", "。\r\n 123 ") + " http://a.example/?t=9f8e7d"
    assert similarity(fingerprint(text), fingerprint(noisy)) == 1.0


@pytest.mark.parametrize("text", [JAPANESE, ENGLISH])
def test_a_twentieth_of_the_characters_changed_stays_close(text: str) -> None:
    rng = random.Random(7)
    letters = list(text)
    for place in rng.sample(range(len(letters)), len(letters) // 20):
        letters[place] = "変" if not text.isascii() else "q"
    assert similarity(fingerprint(text), fingerprint("".join(letters))) > 0.3


def test_other_texts_are_far() -> None:
    assert similarity(fingerprint(JAPANESE), fingerprint(ENGLISH)) == 0.0


@pytest.mark.parametrize("text", ["", "短い", "http://a.example/x 123"])
def test_too_little_text_has_no_fingerprint(text: str) -> None:
    assert fingerprint(text) == b""
    assert similarity(fingerprint(text), fingerprint(JAPANESE)) == 0.0


def test_full_width_letters_are_the_same_letters() -> None:
    assert normalised("ＳＡＬＥ　１２３") == normalised("sale 9")


@given(st.text())
def test_any_text_has_a_whole_fingerprint_or_none(text: str) -> None:
    assert len(fingerprint(text)) in {0, BYTES}


@given(st.text(min_size=60))
def test_a_text_is_like_itself(text: str) -> None:
    made = fingerprint(text)
    assert similarity(made, made) == (1.0 if made else 0.0)


def normalised_plainly(text: str) -> bytes:
    """What ``normalised`` is, in a few plain steps."""
    data = unicodedata.normalize("NFKC", text[:LONGEST]).lower().encode("utf-8", "replace")
    data = re.sub(rb"://[^\s<>\"']+", b"", data)
    return re.sub(rb"www\.[^\s<>\"']+", b"", data).translate(None, NOISE)


def fingerprint_plainly(text: str) -> bytes:
    """What ``fingerprint`` is, window by window."""
    data = normalised_plainly(text)
    if len(data) < SHORTEST:
        return b""
    bins: dict[int, int] = {}
    for start in range(len(data) - 7):
        value = int.from_bytes(data[start : start + 8], "little") * 0x9E3779B97F4A7C15 % 2**64
        value = (value ^ value >> 29) * 0x9E3779B97F4A7C15 % 2**64
        bins[value % BINS] = min(bins.get(value % BINS, value >> 6), value >> 6)
    sketch = []
    for place in range(BINS):
        distance = next(step for step in range(BINS) if (place + step) % BINS in bins)
        sketch.append((bins[(place + distance) % BINS] >> 16) + distance * 0x9E37)
    return b"".join((value % 2**16).to_bytes(2, "little") for value in sketch)


KNOWN = [
    chr(point) for ranges in CHARACTERS.values() for first, last in ranges for point in range(first, last + 1)
]
KNOWN += map(chr, range(PICTURES[0], PICTURES[1] + 1))
LINKS = st.sampled_from(
    ["://", "www.", "WWW.", "w", ":", "/", ".", " ", "<", "…", "\xa0", "ｗｗｗ．", "：／／", "x"]
)
SECONDS = sorted(
    {
        parts[1]
        for parts in (unicodedata.decomposition(chr(point)).split() for point in range(0x30000))
        if len(parts) == 2 and not parts[0].startswith("<")
    }
)


def test_known_characters_are_what_unicode_makes_of_them_wherever_they_stand() -> None:
    for start in range(0, len(KNOWN), 50):
        some = "".join(KNOWN[start : start + 50])
        assert normalised(some) == normalised_plainly(some)
        assert normalised(some[::-1]) == normalised_plainly(some[::-1])
    for second in SECONDS:
        some = chr(int(second, 16)).join("eÉиはカ한語〝☆")
        assert normalised(some) == normalised_plainly(some)


@given(
    st.one_of(
        st.text(), st.lists(LINKS).map("".join), st.text(st.sampled_from([*KNOWN[:900], "\u3099", "ｶ", "Σ"]))
    )
)
def test_any_text_is_normalised_as_the_plain_steps_say(text: str) -> None:
    assert normalised(text) == normalised_plainly(text)


@given(st.text(min_size=20, max_size=400))
def test_any_fingerprint_is_what_the_plain_steps_say(text: str) -> None:
    assert fingerprint(text) == fingerprint_plainly(text)


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (JAPANESE, "8b28d9a2f5d81c7f"),
        (ENGLISH, "12def8349b93b34b"),
        (JAPANESE * 40, "cae81f6fa0d1c181"),
        (ENGLISH * 9, "b9b333fa86d9794e"),
    ],
)
def test_a_fingerprint_stays_what_it_was_when_old_ones_were_kept(text: str, digest: str) -> None:
    assert hashlib.sha256(fingerprint(text)).hexdigest()[:16] == digest
    assert fingerprint(text) == fingerprint_plainly(text)


@pytest.mark.parametrize(
    "unit", ["://", "www.", "www", ":", "www.://", "://www.", "ｗｗｗ．：／／", "\u3099", "é"]
)
def test_no_text_takes_long(unit: str) -> None:
    text = unit * LONGEST
    before = time.process_time()
    for _ in range(10):
        fingerprint(text)
    assert time.process_time() - before < 0.5

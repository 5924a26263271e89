"""A fingerprint stays close under the changes a campaign makes, and far from other texts."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.campaigns.fingerprint import BYTES, fingerprint, normalised, similarity

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

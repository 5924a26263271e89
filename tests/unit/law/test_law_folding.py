"""Folded text: what NFKC and small letters say, and offsets that lead back."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.law.reading.folded import Folded
from meyasubako.law.reading.folding import MOST_JOINED, fold, fold_text

ODD = st.sampled_from(
    ["a", "Ａ", "ｶ", "ﾞ", "か", "\u3099", "㈱", "…", "\u0301", "e", "İ", "\U0001f600", "Å", "가", "\u11a8", "\u0e33", "\u0e01", "\ufdfa", "\ud800",
     "\x00", "\x01", "ﬁ", "\u1100", "\u1161", "à", "\u0316", "\uffa1", "\uffc2", "½", "\xa0", " ", "\n", "\U0001d400", "\u034f"]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(st.characters(exclude_characters="Σ"), max_size=80), st.lists(ODD, max_size=40).map("".join)
)
EASTERN = ("\u3041", "\u30ff", "\u3400", "\u9fff", "\uff66", "\uff9f")


@settings(max_examples=500, deadline=None)
@given(text=TEXTS)
def test_a_text_folds_into_its_compatible_form_in_small_letters(text: str) -> None:
    whole = unicodedata.normalize("NFKC", text)
    assert fold(text).replace("ς", "σ") == whole.lower().replace("ς", "σ")


def test_a_letter_folds_the_same_wherever_it_stands() -> None:
    assert fold("ΟΔΟΣ Σ") == "οδοσ σ"


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_places_as_written_follow_those_folded(text: str) -> None:
    folded = Folded("text", text)
    size = len(folded.folded)
    starts = [folded.span(place, size).start for place in range(size)]
    ends = [folded.span(0, place).end for place in range(1, size + 1)]
    assert starts == sorted(starts)
    assert ends == sorted(ends)
    assert all(start < end for start, end in zip(starts, ends, strict=True))
    assert not size or (starts[0], ends[-1]) == (0, len(text))


@pytest.mark.parametrize("sign", EASTERN)
def test_kana_and_chinese_characters_are_known(sign: str) -> None:
    assert fold_text(f"a{sign}b").eastern


@pytest.mark.parametrize("sign", ["\u3040", "\u3100", "\u33ff", "\ua000", "가", "é"])
def test_other_scripts_are_not(sign: str) -> None:
    assert not fold_text(f"a{sign}b").eastern


@pytest.mark.parametrize("unit", ["\u0316\u0301", "½", "ｶﾞ", "\u0e01", "\u1100\u1161", "\U0001f600"])
def test_marks_without_end_take_no_more_than_their_share(unit: str) -> None:
    text = "a" + unit * (200 * MOST_JOINED // len(unit))
    start = time.process_time()
    folded = Folded("text", text)
    middle = len(folded.folded) // 2
    for shift in range(20):
        folded.span(middle + shift, middle + shift + 5)
    assert time.process_time() - start < 1

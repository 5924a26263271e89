"""Words sought in a text: all that stand whole, no others, and time in step with length."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.law import Facts, findings
from meyasubako.law.reading.folded import Folded
from meyasubako.law.reading.sought import MOST, Vocabulary, places_of
from meyasubako.mail import parse

WORDS = (
    "plain",
    " plain street",
    "to be taken off",
    "-ku",
    "a",
    "電話",
    "電話番号",
    "(株)",
    "こんに",
    "unsubscribed",
)
SOUGHT = Vocabulary(*WORDS)
PIECES = st.sampled_from(
    [*WORDS, "plain", "explain", " ", "\n", "\u3000", "電", "話", "番号", "(", "株", ")", "9", "é", "\U0001f600", "-", "unsubscribed.", "street"]
)  # fmt: skip


def slowly(text: str, word: str) -> list[int]:
    """Where a word stands, its longest run of letters whole if it is one of Latin letters."""
    found: list[int] = []
    key = max("".join(sign if sign.isalnum() else " " for sign in word).split(), key=len)
    for at in range(len(text)):
        if not text.startswith(word, at) or (found and found[-1] + len(word) > at):
            continue
        begin = at + word.index(key)
        around = f" {text} "[begin] + f" {text} "[begin + len(key) + 1]
        if not word.isascii() or not any(sign.isascii() and sign.isalnum() for sign in around):
            found.append(at)
    return found[:MOST]


@settings(max_examples=500, deadline=None)
@given(text=st.lists(PIECES, max_size=60).map("".join))
def test_every_word_is_found_where_it_stands_whole(text: str) -> None:
    expected = {word: places for word in WORDS if (places := slowly(text, word))}
    found = places_of(text, eastern=True)
    assert {word: found[word] for word in WORDS if word in found} == expected


def test_other_scripts_are_sought_in_eastern_text_only() -> None:
    assert not SOUGHT.found_in(places_of("電話", eastern=False))
    assert SOUGHT.stands_in("電話")


def test_places_stand_in_order_and_no_more_than_asked_for() -> None:
    text = Folded("text", "電話 plain 電話番号 " + "plain " * 40)
    assert text.find_words(SOUGHT, 2) == [(0, 2), (3, 8), (9, 11), (9, 13), (14, 19)]
    assert len(text.find_words(SOUGHT, 99)) == MOST + 3


def test_a_broken_word_is_sought_where_none_stands_whole() -> None:
    assert Folded("text", "電 話\n番号").find_words(SOUGHT) == [(0, 3), (0, 6)]
    assert Folded("text", "電 話\n番号 plain").find_words(SOUGHT) == [(7, 12)]


@pytest.mark.parametrize("unit", ["a", "a ", "a" * 5000 + " ", "unsubscribed ", "電話", "電", "電 "])
def test_time_keeps_in_step_with_length(unit: str) -> None:
    def seconds(size: int) -> float:
        text = Folded("text", unit * (size // len(unit)) + "株")
        start = time.process_time()
        text.find_words(SOUGHT)
        return time.process_time() - start

    assert min(seconds(1_600_000) for _ in range(3)) < 30 * max(seconds(200_000), 0.002)


@pytest.mark.parametrize(
    ("text", "check", "verdict"),
    [
        ("If you wish to be unsubscribed, write to out@shop.example", "label_opt_out_notice", "ok"),
        ("For details of our exclusive offer telephone 800-727-6815 today", "label_contact", "ok"),
        ("Call us. S: Supported, see https://poll.questionpro.example/t/1", "label_contact", "missing"),
    ],
)
def test_a_word_is_not_taken_for_another_that_begins_with_it(text: str, check: str, verdict: str) -> None:
    mail = f"From: news@shop.example\r\nSubject: sale\r\n\r\nFree shipping: a big discount on all products!\n\n{text}\n"
    found = findings(parse(mail.encode()), Facts(advertising=True), day=date(2025, 6, 1))
    assert {finding.check: finding.verdict.value for finding in found}[check] == verdict

"""What decides early: the words of advertising, the script of a text, and links that write a mail."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.law.reading.advertising import (
    ENOUGH,
    STRONG_EN,
    STRONG_JA,
    WORDS_EN,
    first_sign,
    weigh_english,
    words_of,
)
from meyasubako.law.reading.mailto import mailto_links
from meyasubako.law.reading.scripts import holds_kana, is_unread

SETTINGS = settings(max_examples=300, deadline=None)
LISTED = sorted(WORDS_EN)
PIECES = st.sampled_from(
    [
        *LISTED[::7],
        "FREE",
        "Sale",
        "freed",
        "x",
        "9",
        " ",
        "-",
        "$",
        "é",
        "ſale",
        "K",
        "\n",
        "無料",
        "\U0001f600",
    ]
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=30).map("".join))
MAILTO = "<a class=\"x\" HREF = 'MAILTO:{}'>Click <b>here</b>&amp;</a>"


@SETTINGS
@given(text=TEXTS)
def test_whole_words_of_any_case_are_found(text: str) -> None:
    standing = {word.lower() for word in re.findall("[0-9A-Za-z]+", text)}
    assert {WORDS_EN[rank] for rank in words_of(text + "\n")} == standing.intersection(WORDS_EN)


@pytest.mark.parametrize("word", LISTED)
def test_every_word_is_found(word: str) -> None:
    assert [WORDS_EN[rank] for rank in words_of(f"a {word.upper()}.")] == [word]


@pytest.mark.parametrize(
    ("text", "leads", "expected"),
    [
        ("casino lottery free\n", False, ()),
        ("casino lottery free\n", True, ()),
        ("casino lottery\n", False, ()),
        ("casino lottery\n", True, ("casino", "lottery")),
        ("casino lottery $\n", False, ("casino", "lottery")),
        ("casino free\n", True, ()),
        ("casino free 5% $\n", False, ("casino", "free")),
        ("nothing\n", True, ()),
        ("$ % now\n", True, ()),
    ],
)
def test_points_are_counted(text: str, leads: bool, expected: tuple[str, ...]) -> None:
    signs = weigh_english(text, lambda: leads)
    if text.startswith("casino lottery free"):
        assert signs.points == ENOUGH
        assert signs.words == ("casino", "lottery", "free")
    else:
        assert signs.words == expected
        assert (signs.points == ENOUGH) is bool(expected)


SIGNS = st.sampled_from(
    [*STRONG_EN[::5], *STRONG_JA[::9], "x", "é", " ", ".", "お", "offers", "offer", "お得意", "salesman"]
)


@SETTINGS
@given(text=st.lists(SIGNS, max_size=12).map("".join))
def test_the_first_strong_sign_is_found(text: str) -> None:
    if text.isascii():
        places = [text.find(word) for word in STRONG_EN if word in text]
        begins = [place for place in places if not text[:place][-1:].isalnum()]
    else:
        begins = [text.find(word) for word in STRONG_JA if word in text]
    assert first_sign(text, eastern=True) == min(begins, default=len(text))


def test_where_no_japanese_can_stand_none_is_sought() -> None:
    assert first_sign("é sale", eastern=False) == 6


@pytest.mark.parametrize("unit", ["sale ", "sal ", "お", "特", "xx"])
def test_the_first_sign_takes_time_in_step_with_length(unit: str) -> None:
    text = "x " * 200_000 + "xsale " + unit * 200_000
    start = time.process_time()
    first_sign(text, eastern=not text.isascii())
    assert time.process_time() - start < 1


@SETTINGS
@given(
    text=st.text(
        st.characters(min_codepoint=0x3000, max_codepoint=0x3200) | st.sampled_from("aあｱﾟ\uffff"), max_size=20
    )
)
def test_kana_are_known(text: str) -> None:
    assert holds_kana(text) is bool(re.search("[\u3040-\u30ff\uff66-\uff9f]", text))


def test_kana_count_at_the_head_and_the_tail() -> None:
    assert holds_kana("漢" * 2_999 + "の" + "漢" * 9_000)
    assert holds_kana("漢" * 9_000 + "の" + "漢" * 999)
    assert not holds_kana("漢" * 5_000 + "の" + "漢" * 5_000)


@pytest.mark.parametrize(
    ("text", "unread"),
    [("Скидки сегодня", True), ("αβγδ", True), ("Скидки" + "x" * 40, False), ("Größe", False), ("", False), ("sale", False), ("中文" * 3, True), ("한국어", True)],
)  # fmt: skip
def test_scripts_that_are_not_read(text: str, unread: bool) -> None:
    assert is_unread(text) is unread


def test_a_link_that_writes_a_mail() -> None:
    (link,) = mailto_links("x@y <p>" + MAILTO.format("stop@a.example?subject=x") + "<a href=mailto:b>b</a>")
    assert (link.url, link.text) == ("mailto:stop@a.example", "Click  here &")


@pytest.mark.parametrize(
    "html",
    [
        "", "a@b.example", "<p>mailto:a@b.example</p>", "<a href='http://a.example/?mailto:x@y'>z</a>",
        MAILTO.format("http://a.example/remove"), "<a href='mailto:a@b.example'>", "@", "mailto:@",
    ],
)  # fmt: skip
def test_what_writes_no_mail_to_an_address(html: str) -> None:
    assert mailto_links(html) == ()


def test_the_first_fifty_are_kept() -> None:
    links = mailto_links("\n".join(MAILTO.format(f"a{number}@b.example") for number in range(60)))
    assert [link.url for link in links] == [f"mailto:a{number}@b.example" for number in range(50)]


@pytest.mark.parametrize(
    "unit", ["@", "mailto:", "mailto:a@", "<a href=mailto:a@b ", "<a href=mailto:a@b.example>", "<a "]
)
def test_time_keeps_in_step_with_length(unit: str) -> None:
    start = time.process_time()
    mailto_links(unit * (400_000 // len(unit)))
    assert time.process_time() - start < 2

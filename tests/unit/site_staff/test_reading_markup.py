"""Markup of mails: whatever goes in, what comes out can do nothing."""

from __future__ import annotations

import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.centre.site_staff.reading import markup as reading_markup
from meyasubako.centre.site_staff.reading.markup import INERT, LONGEST, deepest, inert_markup, text_markup

PAYLOADS: list[str] = json.loads(
    (Path(__file__).parents[2] / "corpus" / "staff" / "payloads.json").read_text("utf-8")
)
ALLOWED = {"class": re.compile(r"link|target|image|mark"), "title": re.compile(r"[A-Z0-9 +()-]+")}
SHAPES = {"colspan": re.compile(r"\d{1,3}"), "rowspan": re.compile(r"\d{1,3}")}
FORBIDDEN = re.compile(
    r"a|area|audio|base|body|button|embed|form|frame|frameset|head|html|iframe|img|input|link|math|meta|noscript|object|"
    r"plaintext|script|select|source|style|svg|template|textarea|title|video|xmp"
)


class Seen(HTMLParser):
    """What an independent parser sees: elements with their attributes, and the words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.others: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)

    def unknown_decl(self, data: str) -> None:
        self.others.append(data)


def seen(markup: str) -> Seen:
    parser = Seen()
    parser.feed(markup)
    parser.close()
    return parser


def check_inert(markup: str) -> None:
    assert INERT.match(markup) is not None
    found = seen(markup)
    assert found.others == []
    for element, attributes in found.elements:
        assert FORBIDDEN.fullmatch(element) is None
        allowed = ALLOWED if element == "span" else SHAPES
        for name, value in attributes.items():
            assert allowed[name].fullmatch(value) is not None, (element, name, value)
    assert re.search(r"https?://|javascript:", found.text, re.IGNORECASE) is None


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_does_nothing(payload: str) -> None:
    check_inert(inert_markup(payload).markup)
    check_inert(inert_markup(f"<p>before{payload}after").markup)
    check_inert(inert_markup(f'<a href="{payload}">x</a><img alt="{payload}">').markup)
    check_inert(text_markup(payload))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_second_parse_changes_nothing(payload: str) -> None:
    """What a browser makes of the result is what we made: no payload hides in how a parser mends it."""
    once = inert_markup(payload).markup
    again = inert_markup(once).markup
    assert [name for name, _ in seen(again).elements if name != "span"] == [
        name for name, _ in seen(once).elements if name != "span"
    ]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PAYLOADS), st.text(max_size=20), st.sampled_from(
    ["<b>", "</b>", "<table>", "<tr><td>", "<a href=", "'", '"', ">", "<", "&lt;", "&#x", "-->", "<!--", "</a>", "<img alt=", "\x00", "\ud800"]
)), max_size=12).map("".join))  # fmt: skip
def test_no_mixture_of_payloads_does_anything(html: str) -> None:
    check_inert(inert_markup(html).markup)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_text_is_never_markup(text: str) -> None:
    markup = text_markup(text)
    check_inert(markup)
    assert {name for name, _ in seen(markup).elements} <= {"span"}


def test_a_link_shows_its_target_beside_its_words() -> None:
    shown = inert_markup('<p><a href="https://evil.example/x?a=1&amp;b">銀行へ</a></p>').markup
    assert unescape(re.sub("<[^>]*>", "", shown)) == "銀行へ<hxxps[:]//evil[.]example/x?a=1&b>"


def test_an_image_is_a_placeholder_with_its_words() -> None:
    shown = inert_markup('<img src="https://evil.example/t.gif" alt="当選 <b>">', image="画像").markup
    assert shown == '<span class="image">[画像: 当選 &lt;b&gt;]</span>'


def test_what_the_sender_hid_is_shown() -> None:
    assert inert_markup('<font color="white" size="1">hidden</font>').markup == "hidden"
    assert "U+200B" in inert_markup("pay\u200bpal").markup


def test_tables_keep_their_shape() -> None:
    shown = inert_markup('<table width=9><tr><td colspan="2" rowspan="99999" bgcolor=red>x</table>').markup
    assert shown == '<table><tbody><tr><td colspan="2" rowspan="100">x</td></tr></tbody></table>'


def test_what_is_too_long_or_too_deep_is_told() -> None:
    long = inert_markup("a" * (LONGEST + 1))
    assert long.cut
    assert not long.failed
    deep = inert_markup("<div>" * 20_000 + "word")
    assert deep.failed
    assert "word" in deep.markup
    assert deepest("<br>" * 50 + "<p><b></b></p>") == 2


@pytest.mark.parametrize(
    "let_through", ["<script>alert(1)</script>", "<p onclick=x>", "<!-- x -->", "<td colspan=1>"]
)
def test_what_a_cleaner_lets_through_is_shown_as_text(
    monkeypatch: pytest.MonkeyPatch, let_through: str
) -> None:
    """The grammar is a fence of its own: it holds even where the cleaner would not."""

    class Blind:
        def clean(self, _html: str) -> str:
            return let_through

    monkeypatch.setattr(reading_markup, "_CLEANER", Blind())
    shown = inert_markup("<p>source</p>")
    assert shown.failed
    assert shown.markup == "&lt;p&gt;source&lt;/p&gt;"

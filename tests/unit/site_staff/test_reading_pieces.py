"""Texts of strangers in pieces: hidden characters marked, links defanged, highlights in their places."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.centre.site_staff.reading.pieces import (
    Highlight,
    Piece,
    in_pieces,
    inert_url,
    is_hidden,
    live_again,
    mark_of,
    plain,
)


def joined(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def test_a_direction_override_is_a_mark_with_its_name() -> None:
    pieces = in_pieces("invoice\u202efdp.exe")
    assert pieces[1] == Piece("mark", "U+202E", "RIGHT-TO-LEFT OVERRIDE")
    assert plain("a\u200bb\x00") == "a[U+200B]b[U+0000]"


def test_ordinary_text_is_left_alone() -> None:
    text = "お申し込みは12月3日（水）まで。\n「特典」 50%OFF — 3.5円, e.g. naïve ｶﾀｶﾅ ①★♪ 😀\t終"
    assert in_pieces(text) == [Piece("text", text)]


def test_links_addresses_and_names_are_defanged() -> None:
    assert (
        plain("見よ https://login.bank.example/a.b?c=d.e")
        == "見よ hxxps[:]//login[.]bank[.]example/a.b?c=d.e"
    )
    assert plain("ｈｔｔｐ：／／ａ．example") == "hxxp[:]／／ａ[.]example"
    assert plain("abuse@example.co.jp") == "abuse[@]example[.]co[.]jp"
    assert plain("www.example.com へ") == "www[.]example[.]com へ"
    assert plain("ftp://a.example tel:03") == "fxp[:]//a[.]example tel:03"


def test_urls_of_every_scheme_are_inert() -> None:
    assert inert_url("https://a.example/x.y?q") == "hxxps[:]//a[.]example/x.y?q"
    assert inert_url("javascript:alert(1)") == "javascript[:]alert(1)"
    assert inert_url("mailto:a@b.example") == "mailto[:]a[@]b.example"
    assert inert_url("//a.b/c") == "//a.b/c"
    nested = inert_url("https://links.example/?url=https://evil.example.com/x.html")
    assert nested == "hxxps[:]//links[.]example/?url=hxxps[:]//evil[.]example[.]com/x.html"
    assert inert_url("https:\\\\a.example\u202e") == "hxxps[:]\\\\a[.]example[U+202E]"


def test_what_was_copied_from_a_page_can_be_searched() -> None:
    for url in (
        "https://a.example/x?y=1",
        "http://192.0.2.1:81/",
        "ftp://a.example/",
        "https://a.example/?u=http://b.example.com/x.html",
    ):
        assert live_again(f" {inert_url(url)} ") == url
    assert live_again("a[@]b[.]example") == "a@b.example"


def test_highlights_keep_their_places_over_changes() -> None:
    pieces = in_pieces("ab http://c.example ef", [Highlight(3, 8, 1), Highlight(1, 21, 2)])
    assert [(piece.text, piece.found) for piece in pieces] == [
        ("a", ()),
        ("b ", (2,)),
        ("hxxp", (1, 2)),
        ("[:]", (1, 2)),
        ("//c", (2,)),
        ("[.]", (2,)),
        ("example e", (2,)),
        ("f", ()),
    ]


@settings(max_examples=400, deadline=None)
@given(
    st.text(max_size=80),
    st.lists(st.tuples(st.integers(-2, 90), st.integers(-2, 90), st.integers(1, 3)), max_size=4),
)
def test_nothing_is_lost_and_nothing_hidden_is_left(text: str, spans: list[tuple[int, int, int]]) -> None:
    pieces = in_pieces(text, [Highlight(*span) for span in spans])
    rest = [piece for piece in pieces if piece.kind == "text"]
    assert not any(is_hidden(sign) for piece in rest for sign in piece.text)
    assert all(piece.text for piece in pieces)
    marks = sum(piece.kind == "mark" for piece in pieces)
    assert marks == sum(map(is_hidden, text))
    assert joined(in_pieces(text)) == joined(pieces)


@settings(max_examples=200, deadline=None)
@given(st.from_regex(r"(https?|ftp)://[a-z0-9.-]{1,30}(/[a-z.]{0,9})?", fullmatch=True))
def test_no_url_is_left_to_follow(url: str) -> None:
    assert re.search(r"(https?|ftp)://", plain(url)) is None
    assert re.search(r"(https?|ftp)://", inert_url(url)) is None


def test_every_hidden_character_has_a_mark() -> None:
    assert mark_of("\x00") == Piece("mark", "U+0000", "U+0000")
    assert mark_of("\U000e0041").text == "U+E0041"

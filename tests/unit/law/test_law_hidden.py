"""Words that stand on the screen and that no eye sees; and that the quick look at a source overlooks none."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.law.reading.hidden import STYLED, Visibility, may_hide, visibility

PIECES = st.sampled_from(
    ["<p style='color:#fff'>", "<td bgcolor=#000>", "<font color = white>", "<font size=-5>", "<div style=\"background:#fefefe;color:#000\">",
     "<span style=font-size:0.5em>", "<b style='font-size:50%'>", "</p>", "</td>", "</font>", "</div>", "</span>", "</b>", "<table>", "<tr>",
     "</table>", "<!--", "-->", "<body style='background:#fff;color:#000'>", "<body bgcolor=black text=white>", "<html style='color:white;background:red'>",
     "<script>", "</script>", "<style>", "</style>", "\"", "'", "=", "<", ">", "words", " ", "<p STYLE='COLOR&#58;white'>", "<i style=opacity:0>",
     "<i title=\"<font color=black>", "<center style='background:black'>", "<a style='color:#000;background:#fff'>", "<tr bgcolor=white>"]
)  # fmt: skip


@settings(max_examples=1000, deadline=None)
@given(source=st.lists(PIECES, max_size=14).map("".join))
def test_the_quick_look_overlooks_nothing_that_hides(source: str) -> None:
    seen = Visibility(source)
    hides = any(seen.look(element).state and element.text.strip() for element in seen.document.select(STYLED))
    assert may_hide(source) or not hides


@pytest.mark.parametrize(
    ("source", "look"),
    [
        ("<p>x", "shown"),
        ("<p style='color:#fff'>x", "hidden"),
        ("<p style='color:#fff;background:#333'>x", "shown"),
        ("<td bgcolor=#333><font color=white>x", "hidden"),
        ("<table><tr><td bgcolor=#333><font color=white>x", "shown"),
        ("<div style='background:#333'><p style='color:rgb(51, 51, 51)'>x", "hidden"),
        ("<p style='COLOR&#58;White'>x", "hidden"),
        ("<font size='-5'>x", "tiny"),
        ("<p style='font-size:0.5em'><b style='font-size:50%'>x", "tiny"),
        ("<p style='font-size:0.5em'><b style='font-size:1rem'>x", "shown"),
        ("<p style='font-size:1px'>x", "hidden"),
        ("<p style=opacity:0>x", "hidden"),
        ("<p style='opacity:0'>x</p>x", "shown"),
        ("<p style='color:#333'>x<body style='background:#333;color:red'>", "hidden"),
        ("<body><p style='color:#333'>x<body style='background:#333;color:red'>", "hidden"),
        ("<!-- <div style='background:#000'> --><font color=white>x", "hidden"),
    ],
)
def test_how_words_look(source: str, look: str) -> None:
    seen = visibility(source)
    assert (seen.of("x") if seen is not None else "shown") == look


@pytest.mark.parametrize(
    "unit", ["=", "style=", "style='", "<p style='color:#fff'>", "<font color=white>", " =", "<b size=-5>"]
)
def test_time_keeps_in_step_with_length(unit: str) -> None:
    def seconds(size: int) -> float:
        source = unit * (size // len(unit))
        start = time.process_time()
        may_hide(source)
        return time.process_time() - start

    assert min(seconds(160_000) for _ in range(3)) < 30 * max(seconds(20_000), 0.002)


def test_many_colours_are_not_held_against_each_other() -> None:
    source = "".join(
        f"<p style='color:#{n:06x}'><p style='background:#{n * 7919 % 0x1000000:06x}'>" for n in range(4000)
    )
    start = time.process_time()
    assert may_hide(source)
    assert time.process_time() - start < 1

"""Addresses, URLs and telephone numbers as they stand in folded text."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.law.reading.contacts import find_contacts, find_phone, find_urls
from meyasubako.law.reading.folded import Folded

URL = re.compile(
    r"https?://[^\s<>\"'「」『』（）()、。]{3,400}|www\.[a-z0-9\-]{1,63}\.[^\s<>\"'「」『』（）()、。]{2,300}"
)
PIECES = st.sampled_from(
    ["http", "https", "://", "www.", "a", "bb", "ccc", ".", "www.x.", "、", " ", "\n", "（", ")", "x" * 70, "y" * 500, "h", "s", "-", "é", "\u3000"]
)  # fmt: skip


@settings(max_examples=1000, deadline=None)
@given(text=st.lists(PIECES, max_size=16).map("".join))
def test_urls_are_those_of_the_pattern(text: str) -> None:
    expected = [(match.start(), match.end()) for match in URL.finditer(text)][:3]
    assert [(url.start, url.end) for url in find_urls(text, 3)] == expected


def test_contacts_stand_in_order_and_no_address_inside_a_url() -> None:
    text = "a@shop.example https://shop.example/?to=b@shop.example, c@x.example www.shop.example."
    assert [(found.kind, found.value) for found in find_contacts(text)] == [
        ("address", "a@shop.example"),
        ("url", "https://shop.example/?to=b@shop.example"),
        ("address", "c@x.example"),
        ("url", "www.shop.example"),
    ]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("tel 03-1234-5678", "03-1234-5678"),
        ("tel 0312345678", "0312345678"),
        ("price 100.00 yen, tel: +81 3 1234 5678", "+81 3 1234 5678"),
        ("電話は☎(555) 555-1234", "(555) 555-1234"),
        ("no. 0312345678", None),
        ("id=03-1234-5678", None),
        ("0", None),
    ],
)
def test_the_first_telephone_number(text: str, number: str | None) -> None:
    found = find_phone(Folded("text", text))
    assert (found.value if found is not None else None) == number


@pytest.mark.parametrize(
    "unit", ["http://", "http://a", "www.", "www.a", "w", "@", "a@", "https", "://", "www." + "a" * 63]
)
def test_time_keeps_in_step_with_length(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        start = time.process_time()
        find_contacts(text)
        return time.process_time() - start

    assert min(seconds(1_600_000) for _ in range(3)) < 30 * max(seconds(200_000), 0.002)

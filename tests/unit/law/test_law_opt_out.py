"""Signs in URLs that tell of opting out: every one, wherever it stands, and time in step with length."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.law.reading.opt_out import URL_SIGNS, has_sign

PIECES = st.sampled_from(
    [
        *URL_SIGNS,
        "un",
        "sub",
        "opt",
        "/",
        "sto",
        "p@",
        "re",
        "move",
        "rem",
        "UNS",
        "Sub",
        "OPT-",
        "é",
        "\u3042",
        "x",
    ]
)


@given(url=st.lists(PIECES, max_size=6).map("".join))
def test_a_sign_is_seen_wherever_it_stands(url: str) -> None:
    assert has_sign(url) is any(sign in url.lower() for sign in URL_SIGNS)


@pytest.mark.parametrize("unit", ["uns", "/sto", "x"])
def test_time_keeps_in_step_with_length(unit: str) -> None:
    def seconds(size: int) -> float:
        url = unit * (size // len(unit))
        start = time.process_time()
        has_sign(url)
        return time.process_time() - start

    assert min(seconds(1_600_000) for _ in range(3)) < 30 * max(seconds(200_000), 0.002)

"""Receipt numbers: what a person mishears or mistypes is noticed, and what is written otherwise is read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.centre.reports.domain.receipts import (
    DRAWS,
    SECRET_BYTES,
    Series,
    check_digit,
    link_secret,
    read_number,
    receipt_number,
    secret_hash,
)

NOW = datetime(2026, 11, 30, 15, 30, tzinfo=UTC)  # the first of December in Japan
draws = st.integers(0, DRAWS - 1)
series = st.sampled_from(list(Series))


@given(series, draws)
def test_a_number_is_read_as_it_was_written(kind: Series, draw: int) -> None:
    number = receipt_number(kind, NOW, draw)
    assert number.startswith(f"{kind.letter}-2612-")
    assert read_number(number) == number


@given(series, draws, st.integers(0, 11), st.integers(1, 9))
def test_every_wrong_digit_is_noticed(kind: Series, draw: int, place: int, off: int) -> None:
    number = receipt_number(kind, NOW, draw)
    digits = [sign for sign in number if sign.isdigit()]
    digits[place] = str((int(digits[place]) + off) % 10)
    assert read_number(kind.letter + "".join(digits)) is None


@given(series, draws, st.integers(0, 10))
def test_every_swap_of_neighbours_is_noticed(kind: Series, draw: int, place: int) -> None:
    number = receipt_number(kind, NOW, draw)
    digits = [sign for sign in number if sign.isdigit()]
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    swapped = kind.letter + "".join(digits)
    same = swapped == number.replace("-", "")
    assert (read_number(swapped) == number) is same


@given(draws)
def test_the_letter_is_under_the_check(draw: int) -> None:
    number = receipt_number(Series.REPORT, NOW, draw)
    assert read_number("P" + number[1:]) is None


@pytest.mark.parametrize(
    "written",
    [
        "r2612 12345675",
        "Ｒ－２６１２－１２３４－５６７５",
        " R ー 2612 ー 1234 ー 5675 ",
        "R‐2612‐1234‐5675",
        "R.2612.1234.5675",
    ],
)
def test_ways_of_writing_do_not_matter(written: str) -> None:
    wanted = receipt_number(Series.REPORT, NOW, 1234567)
    digit = wanted[-1]
    assert read_number(written.replace("5675", f"567{digit}").replace("５６７５", f"567{digit}")) == wanted


@pytest.mark.parametrize("written", ["", "R", "R-2612-1234", "X-2612-1234-5678", "2612 1234 5678", "R" * 500])
def test_what_is_no_number_is_none(written: str) -> None:
    assert read_number(written) is None


@given(st.text(max_size=200))
def test_reading_never_raises(text: str) -> None:
    read = read_number(text)
    assert read is None or read_number(read) == read


def test_the_check_of_checked_digits_is_nought() -> None:
    assert check_digit("572") == "4"  # the example in Damm's thesis as commonly cited
    assert check_digit("5724") == "0"


def test_a_draw_beyond_the_digits_is_refused() -> None:
    with pytest.raises(ValueError, match="draw"):
        receipt_number(Series.REPORT, NOW, DRAWS)


def test_secrets_are_url_safe_and_kept_as_a_hash_only() -> None:
    secret = link_secret(bytes(range(SECRET_BYTES)))
    assert len(secret) == 32
    assert secret.replace("-", "").replace("_", "").isalnum()
    assert secret not in secret_hash(secret)
    with pytest.raises(ValueError, match="random"):
        link_secret(b"short")

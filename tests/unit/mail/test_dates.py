"""The form of dates that the grammar names, against the calendar of the standard library, and its edges."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.mail.dates import moment_at, parse_date, seconds_of_date

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29))  # noqa: DTZ001
OFFSETS = st.integers(-24 * 60 + 1, 24 * 60 - 1)
BLANKS = st.sampled_from([" ", "  ", "\t", "\r\n ", "\n\t"])
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@given(MOMENTS, OFFSETS, BLANKS, st.booleans(), st.sampled_from(["", " (JST)", "\r\n", ";"]))
def test_every_moment_is_read_as_it_was_written(
    moment: datetime, offset: int, blank: str, named: bool, tail: str
) -> None:
    aware = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=offset)))
    hours, minutes = divmod(abs(offset), 60)
    day = f"{DAYS[aware.weekday()]},{blank}" if named else ""
    written = blank.join(
        (
            f" {day}{aware.day}", MONTHS[aware.month - 1], f"{aware.year:04d}", f"{aware.time():%H:%M:%S}",
            f"{'-' if offset < 0 else '+'}{hours:02d}{minutes:02d}{tail}",
        )
    )  # fmt: skip
    assert parse_date(written.encode()) == aware
    assert parse_date(written) == aware
    assert seconds_of_date(written.encode()) == (aware - EPOCH) // timedelta(seconds=1)


@given(MOMENTS)
def test_seconds_lead_back_to_their_moment(moment: datetime) -> None:
    aware = moment.replace(microsecond=0, tzinfo=UTC)
    assert moment_at((aware - EPOCH) // timedelta(seconds=1)) == aware


@pytest.mark.parametrize(
    "text",
    [
        "29 Feb 2023 12:00:00 +0000",
        "29 Feb 1900 12:00:00 +0000",
        "31 Apr 2024 12:00:00 +0000",
        "0 Jan 2024 12:00:00 +0000",
        "1 Jan 0000 12:00:00 +0000",
        "1 Jan 0001 00:00:00 +0001",
        "31 Dec 9999 23:59:59 -0001",
        "1 Jan 2024 24:00:00 +0000",
        "1 Jan 2024 12:60:00 +0000",
        "1 Foo 2024 12:00:00 +0000",
    ],
)
def test_a_moment_that_never_was_is_none(text: str) -> None:
    assert parse_date(text.encode()) is None
    assert seconds_of_date(text.encode()) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Tue, 2 Jan 2024 12:00:05 GMT", (2024, 1, 2, 12, 0, 5)),
        ("Tue, 2 Jan 2024 12:00:05 PST (x)", (2024, 1, 2, 20, 0, 5)),
        ("2 Jan 24 12:00:05 JST", (2024, 1, 2, 3, 0, 5)),
        ("2 Jan 50 12:00:05", (1950, 1, 2, 12, 0, 5)),
        ("2 Jan 2024 3:00:05.123456789 +0900", (2024, 1, 1, 18, 0, 5)),
        ("2 Jan 2024 12:00:05 AM", (2024, 1, 2, 0, 0, 5)),
        ("2 Jan 2024 1:00:05 PM -0100", (2024, 1, 2, 14, 0, 5)),
        ("2 Jan 2024 12:00:05 (EDT)", (2024, 1, 2, 16, 0, 5)),
        ("2 Jan 2024 12:00:05 GMT+0900", (2024, 1, 2, 3, 0, 5)),
        (
            "by a.example with SMTP id b-1\r\n\t2024-01-02 12:00:05.22 +0000 UTC m=+1.2",
            (2024, 1, 2, 12, 0, 5),
        ),
        ("12 abc 2023 10:00, 2024-01-02 12:00:05", (2024, 1, 2, 12, 0, 5)),
        ("2 Jan 2024 12:00:05 Nowhere", (2024, 1, 2, 12, 0, 5)),
    ],
)
def test_habits_near_the_grammar(text: str, moment: tuple[int, ...]) -> None:
    assert parse_date(text.encode()) == parse_date(text) == datetime(*moment, tzinfo=UTC)


def test_a_leap_second_is_the_last_of_its_minute() -> None:
    assert parse_date(b"31 Dec 2016 23:59:60 +0000") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_moment_or_none(value: bytes) -> None:
    moment = parse_date(value)
    seconds = seconds_of_date(value)
    assert moment == (None if seconds is None else moment_at(seconds))


@pytest.mark.parametrize("unit", [b" ", b"1", b"\r\n ", b"Tue, ", b"2 Jan ", b"2 Jan 2024 "])
def test_linear_in_hostile_input(unit: bytes) -> None:
    value = unit * (2_000_000 // len(unit))
    start = time.process_time()
    parse_date(value)
    assert time.process_time() - start < 0.1

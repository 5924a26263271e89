"""When an archived mail came in, by whose word, in which month of Japan; and ids that only ever grow."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.mail.parse import read_header_block
from meyasubako.mail.types import Received
from meyasubako.receivers.arrival import ArrivalIds, Reception, month_in_japan, reception_of

NOW = datetime(2026, 7, 1, tzinfo=UTC)
RECEIVED = b"Received: from a.example (a.example [192.0.2.1])\r\n\tby mx.example.org; Fri, 30 Jan 2026 15:30:00 +0000\r\n"
DATE = b"Date: Thu, 29 Jan 2026 10:00:00 +0900\r\n"
GIVEN = datetime(2026, 2, 1, tzinfo=UTC)


def top_hop(received: list[Received]) -> datetime | None:
    """A boundary that trusts whoever wrote the newest field."""
    return received[0].date


def nobody(received: list[Received]) -> datetime | None:
    return None


def at(raw: bytes, given: datetime | None = None, trust=top_hop) -> Reception:
    header = read_header_block(raw)
    boundary = trust(header.received) if header.received else None
    return reception_of(boundary, header.date, given=given, now=NOW)


def test_the_boundary_speaks_first() -> None:
    found = at(b"Subject: x\r\n" + RECEIVED + DATE + b"\r\nbody", GIVEN)
    assert found == Reception(datetime(2026, 1, 30, 15, 30, tzinfo=UTC), "boundary", "2026-01")


def test_then_the_operator_then_the_date_then_now() -> None:
    raw = RECEIVED + DATE + b"\r\nbody"
    assert at(raw, GIVEN, nobody) == Reception(GIVEN, "given", "2026-02")
    assert at(raw, None, nobody) == Reception(datetime(2026, 1, 29, 1, tzinfo=UTC), "date", "2026-01")
    assert at(b"Subject: x\r\n\r\n" + DATE, None) == Reception(NOW, "ingest", "2026-07")


@pytest.mark.parametrize("year", ["1970", "1989", "2026", "2038", "9999"])
def test_impossible_times_are_not_believed(year: str) -> None:
    raw = RECEIVED.replace(b"30 Jan 2026", b"31 Dec " + year.encode()) + DATE.replace(b"2026", year.encode())
    expected = "date" if year == "2026" else "ingest"
    assert at(raw + b"\r\n").source == expected


def test_a_clock_a_little_ahead_is_believed() -> None:
    raw = b"Received: by mx.example.org; Wed, 01 Jul 2026 00:04:00 +0000\n\n"
    assert at(raw).source == "boundary"
    assert at(raw.replace(b"00:04", b"00:06")).source == "ingest"


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_line_ends_and_case(end: bytes) -> None:
    raw = b"X-Received: by other.example; Mon, 05 Jan 2026 00:00:00 +0000\r\n" + RECEIVED.replace(
        b"Received", b"RECEIVED "
    )
    raw = (raw + b"\r\nReceived: by body.example; Tue, 06 Jan 2026 00:00:00 +0000\r\n").replace(b"\r\n", end)
    assert at(raw).received_at == datetime(2026, 1, 30, 15, 30, tzinfo=UTC)


def test_every_field_is_seen_in_its_order() -> None:
    seen: list[Received] = []

    def note(received: list[Received]) -> None:
        seen.extend(received)

    raw = b"".join(
        b"Received: by h%d.example.org; Fri, 30 Jan 2026 15:30:00 +0000\n" % number for number in range(4)
    )
    at(raw + b"\nReceived: by body.example", None, note)
    assert [(hop.by, hop.index) for hop in seen] == [
        (f"h{number}.example.org", number) for number in range(4)
    ]


def test_month_is_japans() -> None:
    assert month_in_japan(datetime(2026, 1, 31, 14, 59, 59, tzinfo=UTC)) == "2026-01"
    assert month_in_japan(datetime(2026, 1, 31, 15, tzinfo=UTC)) == "2026-02"
    assert month_in_japan(datetime(2025, 12, 31, 15, tzinfo=UTC)) == "2026-01"


@given(
    st.lists(
        st.sampled_from(
            [b"Received:", b"date", b" ", b"\t", b":", b"\n", b"\r", b"\r\n", b"by x; ", b"\xff"]
        ),
        max_size=30,
    )
)
def test_any_bytes_have_a_time(pieces: list[bytes]) -> None:
    assert at(b"".join(pieces)).received_at <= NOW + timedelta(minutes=5)


def test_ids_are_version_7_and_only_grow() -> None:
    ids = ArrivalIds()
    made = [ids.next() for _ in range(20_000)]
    assert made == sorted(set(made))
    assert {(uuid.UUID(text).version, uuid.UUID(text).variant) for text in made} == {(7, uuid.RFC_4122)}
    milliseconds = uuid.UUID(made[0]).int >> 80
    assert abs(milliseconds / 1000 - datetime.now(UTC).timestamp()) < 60


def test_ids_grow_while_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = ArrivalIds()
    before = ids.next()
    monkeypatch.setattr("time.time_ns", lambda: 0)
    assert before < ids.next() < ids.next()

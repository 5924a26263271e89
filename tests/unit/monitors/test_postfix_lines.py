"""Lines of Postfix logs: which of them tell of an unknown recipient, and when they were written."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.centre.monitors.postfix import Clock, attempt_in

TOKYO = ZoneInfo("Asia/Tokyo")
CLOCK = Clock(TOKYO, datetime(2026, 4, 2, tzinfo=UTC))
REJECT = (
    "mx1 postfix/smtpd[811]: NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 550 5.1.1 <Abc123@decoy.example>: "
    "Recipient address rejected: User unknown in virtual mailbox table; from=<x@spam.example> "
    "to=<Abc123@decoy.example> proto=ESMTP helo=<pc>\n"
)


def line(text: str = REJECT, when: str = "Apr  1 12:34:56") -> bytes:
    return f"{when} {text}".encode()


def test_a_refused_recipient_is_an_attempt_of_its_hour() -> None:
    attempt = attempt_in(line(), CLOCK)
    assert attempt is not None
    assert attempt == (
        datetime(2026, 4, 1, 3, tzinfo=UTC), "192.0.2.9", "pc", "spam.example", "decoy.example", "abc123",
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        REJECT.replace("virtual mailbox", "local recipient"),
        REJECT.replace("virtual mailbox", "relay recipient"),
        REJECT.replace("virtual mailbox", "virtual alias"),
        REJECT.replace("NOQUEUE", "4F1B2C3D4E"),
        REJECT.replace("550 5.1.1", "450 4.1.1"),
        REJECT.replace("550 5.1.1", "550"),
        REJECT.replace("unknown[192.0.2.9]", "pool.example[192.0.2.9]:41234"),
        REJECT.replace("postfix/smtpd", "postfix-in/smtpd"),
        REJECT.replace("postfix/smtpd", "postfix/postscreen").replace("unknown[", "["),
        REJECT.replace("postfix/smtpd", "postfix/submission/smtpd"),
        REJECT.replace("User unknown in virtual mailbox table", "No such address"),
        REJECT.replace(
            "User unknown in virtual mailbox table",
            "undeliverable address: host 127.0.0.1[127.0.0.1]:2424 said: 550 5.1.1 No such address (in reply to RCPT TO)",
        ),
    ],
)
def test_every_form_of_the_refusal_is_read(text: str) -> None:
    attempt = attempt_in(line(text), CLOCK)
    assert attempt is not None
    assert (attempt.client_ip, attempt.local_part) == ("192.0.2.9", "abc123")


@pytest.mark.parametrize(
    "text",
    [
        REJECT.replace("5.1.1", "5.7.1").replace("User unknown in virtual mailbox table", "Access denied"),
        REJECT.replace("550 5.1.1", "450 4.1.1").replace(
            "User unknown in virtual mailbox table", "unverified address: Address verification in progress"
        ),
        REJECT.replace("<Abc123@decoy.example>:", "<postmaster>:"),
        REJECT.replace("postfix/smtpd", "exim/smtpd"),
        REJECT.replace("reject: RCPT", "warn: RCPT"),
        "mx1 postfix/smtp[1]: 4F1: to=<a@b.example>, status=bounced (User unknown in relay recipient table)",
    ],
)
def test_other_lines_are_none(text: str) -> None:
    assert attempt_in(line(text), CLOCK) is None


def test_a_null_sender_and_an_ipv6_client_are_read() -> None:
    text = REJECT.replace("from=<x@spam.example>", "from=<>").replace("192.0.2.9", "2001:db8::9")
    attempt = attempt_in(line(text), CLOCK)
    assert attempt is not None
    assert (attempt.client_ip, attempt.from_domain) == ("2001:db8::9", None)


@pytest.mark.parametrize(
    ("when", "hour"),
    [
        ("2026-04-01T12:34:56.789012+09:00", datetime(2026, 4, 1, 3, tzinfo=UTC)),
        ("2026-04-01T12:34:56Z", datetime(2026, 4, 1, 12, tzinfo=UTC)),
        ("2026-04-01T12:34:56", datetime(2026, 4, 1, 3, tzinfo=UTC)),
        ("<22>1 2026-04-01T12:34:56+0000", datetime(2026, 4, 1, 12, tzinfo=UTC)),
        ("<22>Apr  1 12:34:56", datetime(2026, 4, 1, 3, tzinfo=UTC)),
        ("Dec 31 23:59:60", datetime(2025, 12, 31, 14, tzinfo=UTC)),
        ("Apr  2 12:00:00", datetime(2026, 4, 2, 3, tzinfo=UTC)),
        ("Apr  9 12:00:00", datetime(2025, 4, 9, 3, tzinfo=UTC)),
        ("Feb 29 12:00:00", datetime(2024, 2, 29, 3, tzinfo=UTC)),
    ],
)
def test_the_year_and_the_zone_are_found(when: str, hour: datetime) -> None:
    attempt = attempt_in(line(when=when), CLOCK)
    assert attempt is not None
    assert attempt.hour == hour


@pytest.mark.parametrize(
    "when", ["Xyz  1 12:34:56", "Apr 31 12:34:56", "Apr  1 25:00:00", "2026-13-01T00:00:00Z", ""]
)
def test_a_time_that_cannot_be_is_none(when: str) -> None:
    assert attempt_in(line(when=when), CLOCK) is None


@given(st.binary(max_size=400))
def test_any_bytes_are_read(data: bytes) -> None:
    attempt_in(data, CLOCK)
    attempt_in(line() + data, CLOCK)
    attempt_in(line(REJECT.rstrip("\n")) + data, CLOCK)


def test_hostile_lines_cost_little() -> None:
    lines = [
        line("mx1 postfix/smtpd[1]: " + "reject: RCPT from a" * 800 + ": Recipient address rejected: "),
        line("postfix/" * 1500 + ": Recipient address rejected: "),
        line("reject: RCPT from " + "[" * 15_000 + ": Recipient address rejected: "),
    ]
    began = time.process_time()
    for _ in range(50):
        for hostile in lines:
            assert attempt_in(hostile, CLOCK) is None
    assert time.process_time() - began < 2

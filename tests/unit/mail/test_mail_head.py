"""A header that is split when it is looked at: a sequence like any other, and values by name without a split."""

from __future__ import annotations

import time

import pytest

from meyasubako.mail import HeaderField, Limits, parse, split_fields
from meyasubako.mail.addresses import parse_addresses
from meyasubako.mail.head import Fields, fields_read

HEAD = b"From: a@example.org\nX-Long: one\n two\nTO: b@example.org\nx-long:three\n\nbody"
SPLIT = (
    HeaderField("From", b" a@example.org", 0, 20),
    HeaderField("X-Long", b" one\n two", 20, 37),
    HeaderField("TO", b" b@example.org", 37, 55),
    HeaderField("x-long", b"three", 55, 68),
)


def fields_of(raw: bytes) -> Fields:
    fields, _, defects = split_fields(raw)
    assert isinstance(fields, Fields)
    assert defects == ()
    return fields


def test_fields_are_a_sequence() -> None:
    fields = fields_of(HEAD)
    assert len(fields) == 4
    assert tuple(fields) == SPLIT
    assert fields[-1] == SPLIT[-1]
    assert fields[1:3] == SPLIT[1:3]
    assert fields == SPLIT
    assert fields == fields_of(HEAD)
    assert fields != SPLIT[:-1]
    assert fields != 4
    assert hash(fields) == hash(SPLIT)
    assert repr(fields) == repr(SPLIT)


@pytest.mark.parametrize("sign", [b"\n", b"\r\n"])
def test_values_by_name(sign: bytes) -> None:
    message = parse(HEAD.replace(b"\n", sign))
    assert message.values("X-LONG") == [b" one" + sign + b" two", b"three"]
    assert message.values("from") == [b" a@example.org"]
    assert message.values("long") == []
    assert message.values("body") == []


def test_fields_read_are_the_same_either_way() -> None:
    fields = fields_of(HEAD)
    assert (
        fields_read(fields) == fields_read(SPLIT) == [("from", b" a@example.org"), ("to", b" b@example.org")]
    )


@pytest.mark.parametrize(
    "raw",
    [
        b" folded: first\n\nbody",
        b"From : a@example.org\n\nbody",
        b"From: a\nno field\n\nbody",
        b"From: a\r\nTo: b\n\r\nbody",
        b"From: a\rTo: b\n\nbody",
        b"From: a\r\nTo: b\nCc: c\r\n\r\nbody",
        b"From: a",
    ],
)
def test_an_unclean_header_is_split_at_once(raw: bytes) -> None:
    assert isinstance(split_fields(raw)[0], tuple)


def test_the_caps_hold() -> None:
    raw = b"A:\n" * 30 + b"\n"
    assert len(split_fields(raw, Limits(header_fields=20))[0]) == 20
    assert len(split_fields(raw, Limits(header_fields=30))[0]) == 30


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (b" A <a@example.org>, b@example.org", [("A", "a@example.org"), ("", "b@example.org")]),
        (
            b' "X,  Y" <a@example.org>,B   C <b@example.org>,',
            [("X, Y", "a@example.org"), ("B C", "b@example.org")],
        ),
        (b" a@example.org, B (c) <b@example.org>", [("", "a@example.org"), ("B", "b@example.org")]),
    ],
)
def test_lists_of_plain_mailboxes(value: bytes, wanted: list[tuple[str, str]]) -> None:
    assert parse_addresses(value) == (tuple(wanted), ())


def test_blanks_before_no_angle_cost_linear_time() -> None:
    started = time.process_time()
    parse_addresses(b"a" + b" " * 200_000 + b"@x y")
    assert time.process_time() - started < 2

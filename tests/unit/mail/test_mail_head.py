"""A header whose fields are made when they are looked at: a sequence like any other, values by name without that."""

from __future__ import annotations

import time

import pytest

from meyasubako.mail import HeaderField, Limits, parse, split_fields
from meyasubako.mail.addresses import parse_addresses
from meyasubako.mail.head import READ, Fields

HEAD = b"From: a@example.org\nX-Long: one\n two\nTO: b@example.org\nx-long:three\n\nbody"
SPLIT = (
    HeaderField("From", b" a@example.org", 0, 20),
    HeaderField("X-Long", b" one\n two", 20, 37),
    HeaderField("TO", b" b@example.org", 37, 55),
    HeaderField("x-long", b"three", 55, 68),
)


def fields_of(raw: bytes) -> Fields:
    fields, _, defects = split_fields(raw)
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


def test_fields_read_are_the_first_of_each_name() -> None:
    raw = HEAD.replace(b"\n\n", b"\nReceived: 1\nto : c@example.org\nCC:\nreceived:2\n\n")
    first, received, repeated = fields_of(raw).read()
    assert first == {"from": b" a@example.org", "to": b" b@example.org", "cc": b""}
    assert received == [b" 1", b"2"]
    assert repeated == ["to"]


@pytest.mark.parametrize("name", READ)
def test_every_field_that_reading_needs_is_found(name: str) -> None:
    first, received, _ = fields_of(b"X-A: b\n" + name.title().encode() + b": x\nY: z\n\n").read()
    assert received == [b" x"] if name == "received" else first == {name: b" x"}


def test_a_line_that_is_no_field_is_none_of_them() -> None:
    raw = b"From: a\nstray\nTo: b\n>From x\nSubject : c\n\n"
    fields, body, defects = split_fields(raw)
    assert [(one.name, one.value) for one in fields] == [("From", b" a"), ("To", b" b"), ("Subject", b" c")]
    assert [raw[one.start : one.end] for one in fields] == [b"From: a\n", b"To: b\n", b"Subject : c\n"]
    assert (len(fields), body, len(defects)) == (3, len(raw), 2)
    assert fields.values("subject") == [b" c"]
    assert fields.values("") == fields.values("to:subject") == fields.values("é") == []


def test_names_by_their_end() -> None:
    fields = fields_of(b"X-Client-IP: a\nShip: b\nX-ip : c\nIP: d\nx-client-ip: e\nX-IP-A: f\n\n")
    assert fields.ending("-ip") == ["x-client-ip", "x-ip", "x-client-ip"]
    assert fields.ending("ip") == ["x-client-ip", "ship", "x-ip", "ip", "x-client-ip"]
    assert fields.ending("from") == fields_of(b"From: a\n\n").ending("-ip") == []


@pytest.mark.parametrize("name", [b"x" * 5_000, b"X-" + b"y" * 1_024])
def test_names_of_any_length_are_kept(name: bytes) -> None:
    fields = fields_of((b"A: b\n" + name + b": c\n") * 3 + b"\n")
    assert [one.name for one in fields] == ["A", name.decode()] * 3
    assert fields.values(name.decode().lower()) == [b" c"] * 3


@pytest.mark.parametrize("line", [b"a:\n", b"n" * 40 + b"\nx-a: b\n", b"a" * 500, b"a: b\n >\n", b"\r"])
def test_a_header_costs_linear_time(line: bytes) -> None:
    raw = (b"A: b\n" + line * (4_000_000 // len(line)))[:4_000_000]
    limits = Limits(header_bytes=len(raw), header_fields=len(raw))
    started = time.process_time()
    fields, _, _ = split_fields(raw, limits)
    fields.read()
    fields.values("a")
    assert len(fields) > 0
    assert time.process_time() - started < 8


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


def test_marks_answer_for_each_name_without_making_fields() -> None:
    fields, _, defects = split_fields(b"a: 1\nstray line\nSubject: x\nA:2\nFrom: y\n\n")
    assert [defect.code for defect in defects] == ["header-stray-line"]
    marks = fields.by_name()
    assert list(marks) == ["a", "subject", "from"]
    found = {name: [(fields.place(one), fields.value(one)) for one in marks[name]] for name in marks}
    wanted: dict[str, list[tuple[int, bytes]]] = {}
    for place, field in enumerate(fields):
        wanted.setdefault(field.name.lower(), []).append((place, field.value))
    assert found == wanted
    assert found["a"] == [(0, b" 1"), (2, b"2")]

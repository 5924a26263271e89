"""Splitting the head of a mail: positions, folds, line ends, everything mails do wrong."""

from __future__ import annotations

import pytest

from meyasubako.mail import Limits, split_fields


def named(raw: bytes) -> tuple[list[tuple[str, bytes]], bytes, list[str]]:
    fields, body, defects = split_fields(raw)
    return [(field.name, field.value) for field in fields], raw[body:], [defect.code for defect in defects]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_line_end(end: bytes) -> None:
    raw = end.join([b"Subject: a", b"\tb", b"X-Empty:", b"", b"body", b"Not: a field"])
    fields, body, defects = split_fields(raw)
    assert [(field.name, field.value) for field in fields] == [
        ("Subject", b" a" + end + b"\tb"),
        ("X-Empty", b""),
    ]
    assert raw[body:] == b"body" + end + b"Not: a field"
    assert defects == ()
    assert raw[fields[0].start : fields[0].end] == b"Subject: a" + end + b"\tb" + end
    assert fields[0].end == fields[1].start


@pytest.mark.parametrize(
    ("raw", "names", "body", "codes"),
    [
        (b"From a@example.com Sat Mar  3 2001\nA: b\n\nx", ["A"], b"x", []),
        (b"\xef\xbb\xbfA: b\n\nx", ["A"], b"x", ["header-byte-order-mark"]),
        (b"\r\n\r\nSubject: b\r\n\r\nx", ["Subject"], b"x", ["header-leading-blank-line"]),
        (b"\n\nhello\n", [], b"\n\nhello\n"[1:], []),
        (b"A: b\nno field here\nx", ["A"], b"no field here\nx", ["header-end-missing"]),
        (b"A: b\nlost fold\nSubject: c\n\nx", ["A", "Subject"], b"x", ["header-stray-line"]),
        (b"A: b\n>From me\nB: c\n\nx", ["A", "B"], b"x", ["header-envelope-line"]),
        (b"A: b\n--cut\nContent-Type: c\n\nx", ["A"], b"--cut\nContent-Type: c\n\nx", ["header-end-missing"]),
        (b"Subject : b\n\nx", ["Subject"], b"x", []),
        (b"A: b", ["A"], b"", ["header-end-missing"]),
        (b"just text", [], b"just text", ["header-missing"]),
        (b"", [], b"", []),
        (b"A: b\r\r\nB: c\r\r\n\r\r\nx", ["A", "B"], b"x", []),
    ],
)
def test_broken_heads(raw: bytes, names: list[str], body: bytes, codes: list[str]) -> None:
    fields, rest, found = named(raw)
    assert [name for name, _ in fields] == names
    assert rest == body
    assert found == codes


def test_a_value_of_white_space_lines_folds_on() -> None:
    assert named(b"A: b\n \n c\nB: d\n\nx") == ([("A", b" b\n \n c"), ("B", b" d")], b"x", [])


def test_caps_leave_fields_out_but_find_the_body() -> None:
    raw = b"".join(b"X-%d: y\n" % number for number in range(10)) + b"\nbody"
    fields, body, defects = split_fields(raw, Limits(header_fields=3))
    assert (len(fields), raw[body:], defects[0].code) == (3, b"body", "header-too-many-fields")
    fields, body, defects = split_fields(raw, Limits(header_bytes=20))
    assert (len(fields), raw[body:], defects[0].code) == (2, b"body", "header-too-long")


def test_a_part_of_the_mail_is_read_in_place() -> None:
    raw = b"xxxxA: b\n\nbodyxxxx"
    fields, body, _ = split_fields(raw, Limits(), 4, 14)
    assert (fields[0].start, fields[0].end, body) == (4, 9, 10)

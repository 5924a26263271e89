"""The invariant of this room, for any bytes: ``parse`` returns a ``Message`` and raises nothing; every offset
lies inside the bytes, a part inside its parent and behind its elder brother; caps hold; the same bytes give
the same message; the work grows with the size and no faster.
"""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mail_invariant import check

from meyasubako.mail import Limits, parse

ATOMS = [
    b"\n", b"\r\n", b"\r", b"\n\n", b" ", b"\t", b":", b";", b"--", b"--b", b"--b--", b"=?", b"?=", b"?B?", b"?q?",
    b"=?utf-8?B?44GC?=", b"=?iso-2022-jp?q?", b"\x1b$B", b"\x1b(B", b"\x1b(I", b"$B$\"(B", b"\x82\xa0", b"\xa4\xa2",
    b"\xe3\x81\x82", b"\xff\xfe", b"\0", b"From ", b"From: ", b"Subject: ", b"Date: ", b"To: ", b"Received: ",
    b"Content-Type: ", b"multipart/mixed", b"boundary=b", b'boundary="', b"message/rfc822", b"text/html",
    b"text/plain", b"charset=", b"utf-7", b"utf-16", b"hz", b"iso-2022-kr", b"Content-Transfer-Encoding: ",
    b"base64", b"quoted-printable", b"x-uuencode", b"begin 644 a\n", b"end\n", b"=3D", b"YQ==", b"<a href=", b"http://",
    b"www.", b"@", b"a@example.com", b"<", b">", b'"', b"\\", b"(", b")", b",", b"filename*0*=", b"''", b"%E3", b"03-1234-5678",
    b"<div style='display:none'>", b"&#x3042;", b"//", b"[", b"]", b"xn--", b"<base href='http://[x'>",
]  # fmt: skip

mails = st.lists(st.one_of(st.sampled_from(ATOMS), st.binary(max_size=12)), max_size=60).map(b"".join)
few = st.builds(
    Limits,
    size=st.integers(0, 400),
    depth=st.integers(0, 4),
    parts=st.integers(1, 6),
    header_bytes=st.integers(0, 200),
    header_fields=st.integers(0, 8),
    text=st.integers(0, 60),
    links=st.integers(1, 4),
)


@settings(max_examples=600, deadline=None)
@given(mails)
def test_any_bytes_are_a_message(raw: bytes) -> None:
    check(raw, Limits())


@settings(max_examples=300, deadline=None)
@given(mails, few)
def test_caps_hold_for_any_bytes(raw: bytes, limits: Limits) -> None:
    check(raw, limits)


HEAD = b"Subject: x\nContent-Type: "
GROWING = {
    "one header": (b"", b"X: y\n"),
    "one long line": (b"", b"x"),
    "folds": (b"Subject: a", b"\n b"),
    "colons": (b"", b":"),
    "bare CR": (b"A: b\r", b"\r "),
    "words open": (b"Subject: ", b"=?a?b?"),
    "words without end": (b"Subject: ", b"x=?a?b?"),
    "words": (b"Subject: ", b"=?utf-8?q?=41?= "),
    "word starts": (b"Subject: ", b"=?"),
    "address commas": (b"From: ", b"a@b,"),
    "quotes": (b"From: ", b'"\\'),
    "comments": (b"From: ", b"("),
    "angles": (b"From: ", b"<a@b"),
    "parameters": (HEAD + b"a/b; ", b"x=y;"),
    "parameter quotes": (HEAD + b"a/b; ", b'x="y'),
    "spaces": (HEAD + b"a/b; x=", b" "),
    "received": (b"", b"Received: from a (b [192.0.2.1]) by c\n"),
    "received long": (b"Received: ", b"from ("),
    "date": (b"Date: ", b"1 Jan "),
    "boundaries": (HEAD + b"multipart/mixed; boundary=b\n\n", b"--b\n\nx\n"),
    "false boundaries": (HEAD + b"multipart/mixed; boundary=b\n\n", b"\n--bx"),
    "no boundary": (HEAD + b"multipart/mixed\n\n", b"\n--"),
    "base64": (HEAD + b"a/b\nContent-Transfer-Encoding: base64\n\n", b"YWJj=\n"),
    "base64 text": (HEAD + b"a/b\nContent-Transfer-Encoding: base64\n\n", b"YW-J"),
    "uuencode": (b"\nbegin 644 x\n", b"#86)C\n"),
    "uuencode starts": (b"\n", b"begin 644 x\n#86)C\n"),
    "quoted": (HEAD + b"text/plain\nContent-Transfer-Encoding: quoted-printable\n\n", b"=\n=4"),
    "escapes": (HEAD + b"text/plain; charset=iso-2022-jp\n\n", b'\x1b$B$"'),
    "vendor rows": (HEAD + b"text/plain; charset=iso-2022-jp\n\n", b"\x1b$B-!\n-!\x1b(I1\x1b(B"),
    "lines of double bytes": (HEAD + b"text/plain; charset=iso-2022-jp\n\n\x1b$B-!\n", b'$"'),
    "stripped escapes": (HEAD + b"text/plain; charset=iso-2022-jp\n\n", b'$B$"'),
    "8 bit": (b"\n", b"\x82\xa0\xff"),
    "at signs": (b"\n", b"a@"),
    "digits": (b"\n", b"03-1"),
    "markers": (b"\n", b"http://"),
    "www": (b"\n", b"www.a"),
    "brackets": (b"\nhttp://a.example/", b")"),
    "html": (HEAD + b"text/html\n\n", b"<div><a href=http://a.example/>b"),
    "html tables": (HEAD + b"text/html\n\n", b"<table><a href=//b.example>"),
    "html open": (HEAD + b"text/html\n\n", b"<a "),
    "html hidden": (HEAD + b"text/html\n\n", b"<p style='display:none'>x"),
}


def _seconds(raw: bytes) -> float:
    best = float("inf")
    for _ in range(2):
        start = time.process_time()
        parse(raw)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", GROWING)
def test_work_grows_with_the_size_and_no_faster(name: str) -> None:
    head, unit = GROWING[name]
    small, large = 20_000 // len(unit), 320_000 // len(unit)
    # 16 times the size: a quadratic step would take 256 times as long; the floor hides what is too short to measure
    assert _seconds(head + unit * large) < 80 * max(_seconds(head + unit * small), 0.002)


@pytest.mark.parametrize("cap", [0, 4, 5, 7, 8, 14, 21])
def test_envelope_lines_end_at_the_cap(cap: int) -> None:
    """A cap that falls where an envelope line begins once left the reader at that line for ever."""
    raw = b"From a\n" * 4 + b"Subject: x\n\nbody\n"
    message = parse(raw, Limits(header_bytes=cap))
    assert message.raw == raw
    assert parse(raw, Limits(size=cap)).subject is None

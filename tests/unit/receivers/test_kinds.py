"""What a run of bytes is, from its content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.receivers.kinds import Kind, begins_header, recognise

MAILS = {
    "two fields": b"From: a@example.org\nSubject: x\n\nbody",
    "only a header": b"From: a@example.org\nSubject: x",
    "bare CR": b"From: a@example.org\rSubject: x\r\rbody",
    "space before the colon": b"From : a@example.org\nSubject\t: x\n\n",
    "byte order mark": b"\xef\xbb\xbfFrom: a@example.org\nSubject: x\n\n",
    "unknown fields first": b"X-One: 1\nX-Two: 2\n folded\nReceived: by x\nDate: today\n\n",
    "a stray line": b"From: a@example.org\nnot a field\nX-Other: 1\nSubject: x\n\n",
    "a MIME label and a mail's field": b"Content-Type: text/plain\nSubject: x\n\n",
    "raw eight-bit values": "Subject: 迷惑\nTo: a@example.org\n\n".encode("cp932"),
}
OTHERS = {
    "text": b"Dear all,\nFrom: here\nSubject: there\n",
    "one field": b"Subject: minutes of the meeting\n\ntext",
    "labels only": b"MIME-Version: 1.0\nContent-Type: text/html\n\n<html>",
    "fields behind an empty line": b"\n\nFrom: a\nSubject: b\n",
    "folded from the start": b"  From: a\nSubject: b\n",
    "HTML": b"<html><head><title>From: a Subject: b</title>",
    "settings": b"name: x\nversion: 1\nfrom: upstream\n\n",
    "more strays than fields": b"From: a\none\ntwo\nthree\nSubject: b\n",
    "nothing but zeros": b"\x00" * 2000,
}


@pytest.mark.parametrize("name", MAILS)
def test_mails(name: str) -> None:
    assert recognise(MAILS[name]) is Kind.MAIL


@pytest.mark.parametrize("name", OTHERS)
def test_others(name: str) -> None:
    assert recognise(OTHERS[name]) is Kind.OTHER


def test_a_from_line_makes_an_mbox_only_before_a_header() -> None:
    assert recognise(b"From a@example.org Thu Aug 22 12:36:23 2002\n" + MAILS["two fields"]) is Kind.MBOX
    assert recognise(b"From now on, all will be well.\n") is Kind.OTHER
    assert recognise(b"") is Kind.EMPTY


@given(st.binary(max_size=600))
def test_any_bytes_have_a_kind(data: bytes) -> None:
    assert recognise(data) in Kind


def test_a_long_header_is_read_in_linear_time() -> None:
    head = b"x:\n" * 20_000
    assert not begins_header(head)
    assert not begins_header(b"x" * 65_536)

"""Mails out of an mbox: where it is cut, what quoting is undone, and that nothing else changes."""

from __future__ import annotations

import io
import mailbox
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.receivers.kinds import HEAD_BYTES
from meyasubako.receivers.mbox import split_mbox

POSTMARK = b"From a@example.org Thu Aug 22 12:36:23 2002\n"
HEADER = b"From: a@example.org\nSubject: text\n\n"


def split(content: bytes, limit: int = 1_000_000, **options: bool) -> list[bytes | None]:
    stream = io.BytesIO(content)
    return list(split_mbox(stream.read, stream.read(HEAD_BYTES), limit=limit, **options))


def test_from_lines_and_separating_lines_are_gone() -> None:
    content = b"".join(POSTMARK + HEADER + text + b"\n" for text in (b"one\n", b"two\n\n", b""))
    assert split(content) == [HEADER + b"one\n", HEADER + b"two\n\n", HEADER]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_line_ends(end: bytes) -> None:
    content = (POSTMARK + HEADER + b"one\n>From me\n\n" + POSTMARK + HEADER + b"two\n\n").replace(b"\n", end)
    mails = [HEADER + b"one\nFrom me\n", HEADER + b"two\n"]
    assert split(content) == [mail.replace(b"\n", end) for mail in mails]


def test_crlf_mails_between_lf_from_lines() -> None:
    mail = (HEADER + b"one\n").replace(b"\n", b"\r\n")
    assert split((POSTMARK + mail + b"\n") * 3) == [mail] * 3


def test_quoting_is_undone_by_one_level() -> None:
    body = b">From a\n>>From b\n >From c\nx >From d\n>Fromage\n"
    assert split(POSTMARK + HEADER + body) == [HEADER + b"From a\n>From b\n >From c\nx >From d\n>Fromage\n"]


@pytest.mark.parametrize(
    "line",
    [
        b"From here on it is easy\nNote: this is text\n",
        b"From 10:00 to 12:00 we meet\nPlace: Tokyo\n",
        b"From a@example.org Thu Aug 22 12:36:23 2002\n\nno header follows\n",
        b"From " + b"x" * 2_000 + b" 12:36:23 2002\nSubject: a\nFrom: b\n",
    ],
)
def test_unquoted_from_in_a_text_does_not_cut(line: bytes) -> None:
    mail = HEADER + b"text\n\n" + line
    assert split(POSTMARK + mail + b"\n" + POSTMARK + HEADER + b"\n") == [mail, HEADER]


def test_missing_empty_line_before_a_dated_from_line() -> None:
    assert split(POSTMARK + HEADER + b"one\n" + POSTMARK + HEADER + b"two\n") == [
        HEADER + b"one\n",
        HEADER + b"two\n",
    ]


def test_bare_from_lines_of_mail_programs() -> None:
    content = (b"From -\n" + HEADER + b"one\n\n") * 2
    assert split(content) == [HEADER + b"one\n"] * 2


def test_content_length_is_ignored() -> None:
    mail = b"Content-Length: 100000\n" + HEADER + b"one\n"
    assert split((POSTMARK + mail + b"\n") * 2) == [mail] * 2


def test_lone_mail_keeps_its_last_line_unless_it_is_an_mbox() -> None:
    content = POSTMARK + HEADER + b"one\n\n"
    assert split(content) == [HEADER + b"one\n\n"]
    assert split(content, lone_is_mbox=True) == [HEADER + b"one\n"]


def test_too_large_mails_are_passed_over_and_not_held() -> None:
    small = POSTMARK + HEADER + b"small\n\n"
    large = POSTMARK + HEADER + b"0123456789abcdef\n" * 400_000 + b"\n"
    assert split(small + large + small + large, limit=100_000) == [HEADER + b"small\n", None] * 2


def test_from_line_across_the_blocks() -> None:
    for filler in range(HEAD_BYTES - 200, HEAD_BYTES + 200, 7):
        first = HEADER + b"x" * filler + b"\n"
        assert split(POSTMARK + first + b"\n" + POSTMARK + HEADER + b"two\n") == [first, HEADER + b"two\n"]


BODIES = st.lists(
    st.sampled_from([b"text\n", b"From me\n", b">From you\n", b">>From her\n", b"\n", b"x"]), max_size=8
)


def quoted(mail: bytes) -> bytes:
    """mboxrd's quoting, as a writer does it."""
    return b"".join(
        b">" + line if line.lstrip(b">").startswith(b"From ") else line
        for line in mail.splitlines(keepends=True)
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(BODIES, min_size=2, max_size=5))
def test_what_an_mboxrd_writer_writes_comes_back(bodies: list[list[bytes]]) -> None:
    mails = [HEADER + b"".join(body) for body in bodies]
    mails = [mail if mail.endswith(b"\n") else mail + b"\n" for mail in mails]
    assert split(b"".join(POSTMARK + quoted(mail) + b"\n" for mail in mails)) == mails


def test_what_the_standard_library_writes_comes_back(tmp_path: Path) -> None:
    mails = [HEADER + f"mail {index}\n\nFrom now on\n\n".encode() * index for index in range(1, 40)]
    box = mailbox.mbox(tmp_path / "box.mbox")
    for mail in mails:
        box.add(mail)
    box.close()
    assert split((tmp_path / "box.mbox").read_bytes()) == mails


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from([POSTMARK, HEADER, b"From ", b">From ", b"\n", b"\r", b"\r\n", b"a: b\n", b"\x00"]),
        max_size=20,
    )
)
def test_any_bytes_are_cut_without_an_error_and_nothing_is_added(pieces: list[bytes]) -> None:
    content = POSTMARK + b"".join(pieces)
    found = split(content)
    assert sum(len(mail or b"") for mail in found) <= len(content)

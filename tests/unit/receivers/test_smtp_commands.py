"""Command lines: paths as the standards and as sloppy clients write them, and parameters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.receivers.smtp import replies
from meyasubako.receivers.smtp.commands import (
    Forwarded,
    Sender,
    read_forwarded,
    read_name,
    read_recipient,
    read_sender,
    split_command,
)
from meyasubako.receivers.smtp.replies import Reply


def test_verbs_are_capitals() -> None:
    assert split_command(b"mail From:<a@b> ") == (b"MAIL", b"From:<a@b>")


@pytest.mark.parametrize(
    ("rest", "address"),
    [
        (b"FROM:<>", ""),
        (b"from:<a@example.com>", "a@example.com"),
        (b"FROM: <a@example.com>", "a@example.com"),
        (b"FROM:a@example.com", "a@example.com"),
        (b"FROM:<@relay.example,@other.example:a@example.com>", "a@example.com"),
        (b'FROM:<"a b>c"@example.com>', '"a b>c"@example.com'),
        (b'FROM:<"a\\"b"@example.com>', '"a\\"b"@example.com'),
        (b"FROM:<a..b.@docomo.example>", "a..b.@docomo.example"),
        (b"FROM:<root>", "root"),
        (b"FROM:<a@[192.0.2.1]>", "a@[192.0.2.1]"),
    ],
)
def test_senders(rest: bytes, address: str) -> None:
    assert read_sender(rest, 256) == Sender(address, 0, utf8=False)


@pytest.mark.parametrize(
    ("rest", "sender"),
    [
        (b"FROM:<a@example.com> SIZE=42 BODY=8BITMIME", Sender("a@example.com", 42, utf8=False)),
        (b"FROM:<a@example.com> body=7bit size=0", Sender("a@example.com", 0, utf8=False)),
        ("FROM:<送信@例え.example> SMTPUTF8".encode(), Sender("送信@例え.example", 0, utf8=True)),
        (b"FROM:<a@example.com> SIZE=x", replies.SYNTAX),
        (b"FROM:<a@example.com> SIZE=" + b"9" * 21, replies.SYNTAX),
        (b"FROM:<a@example.com> SIZE=1 SIZE=1", replies.SYNTAX),
        (b"FROM:<a@example.com> BODY=BINARYMIME", replies.SYNTAX),
        (b"FROM:<a@example.com> SMTPUTF8=1", replies.SYNTAX),
        (b"FROM:<a@example.com> RET=HDRS", replies.BAD_PARAMETER),
        (b"FROM:<a@example.com> =", replies.SYNTAX),
        ("FROM:<送信@例え.example>".encode(), replies.NEEDS_UTF8),
        (b"FROM:<\xff@example.com> SMTPUTF8", replies.BAD_SENDER),
        (b"FROM:<a b@example.com>", replies.BAD_SENDER),
        (b"FROM:<a@example.com", replies.BAD_SENDER),
        (b'FROM:<"a@example.com>', replies.BAD_SENDER),
        (b"FROM:<a\x00@example.com>", replies.BAD_SENDER),
        (b'FROM:<"a\x00"@example.com>', replies.BAD_SENDER),
        (b"FROM:<" + b"a" * 257 + b">", replies.BAD_SENDER),
        (b"FROM:", replies.BAD_SENDER),
        (b"TO:<a@example.com>", replies.SYNTAX),
        (b"", replies.SYNTAX),
    ],
)
def test_parameters_and_faults(rest: bytes, sender: Sender | Reply) -> None:
    assert read_sender(rest, 256) == sender


@pytest.mark.parametrize(
    ("rest", "recipient"),
    [
        (b"TO:<Trap@Example.ORG>", "Trap@Example.ORG"),
        (b"TO:<postmaster>", "postmaster"),
        (b"TO:<Postmaster>", "Postmaster"),
        (b'TO:<"a@b"@example.org>', '"a@b"@example.org'),
        (b"TO:<>", replies.BAD_ADDRESS),
        (b"TO:<trap>", replies.BAD_ADDRESS),
        (b"TO:<@example.org>", replies.BAD_ADDRESS),
        (b"TO:<trap@>", replies.BAD_ADDRESS),
        (b"TO:<trap@example.org> NOTIFY=NEVER", replies.BAD_PARAMETER),
        ("TO:<罠@example.org>".encode(), replies.NEEDS_UTF8),
    ],
)
def test_recipients(rest: bytes, recipient: str | Reply) -> None:
    assert read_recipient(rest, 256, utf8=False) == recipient


def test_a_name_is_kept_whatever_it_is() -> None:
    assert read_name(b"client.example extra") == "client.example"
    assert read_name(b"\xff\x00") == "\\xff\\x00"
    assert read_name("a\u202eb".encode()) == "a\\u202eb"
    assert read_name("ホスト".encode()) == "ホスト"
    assert read_name(b" ") is None


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (b"ADDR=192.0.2.7 PORT=25 HELO=x", Forwarded("192.0.2.7", 25, "x")),
        (b"HELO=a+00b", Forwarded(helo="a\\x00b")),
        (b"addr=[UNAVAILABLE] SOURCE=LOCAL", Forwarded()),
        (b"PORT=99999", replies.SYNTAX),
        (b"PORT=\xb2", replies.SYNTAX),
        (b"ADDR", replies.SYNTAX),
    ],
)
def test_what_was_forwarded(rest: bytes, said: Forwarded | Reply) -> None:
    assert read_forwarded(rest, Forwarded()) == said


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(rest: bytes) -> None:
    for said in (b"FROM:" + rest, b"TO:" + rest, rest):
        read_sender(said, 256)
        read_recipient(said, 256, utf8=True)
        read_forwarded(said, Forwarded())
        read_name(said)

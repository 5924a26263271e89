"""SMTP smuggling: ends of mail that some servers believe in and others do not. Ours believes in one.

Each attack hides commands in the text of a mail, behind something that a careless server takes for CR LF . CR LF
(the published attacks of 2023, and their kin). A mail that holds one is refused whole; nothing inside it is obeyed.
"""

from __future__ import annotations

import pytest
from smtp_invariant import drive

from meyasubako.receivers.smtp.protocol import Closed, Dialect, Session

SMUGGLED = b"MAIL FROM:<admin@example.net>\r\nRCPT TO:<trap@example.org>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n"
FALSE_ENDS = [
    b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\n.\r", b"\r.\n", b"\r\r\n.\r\r\n",
    b"\r\n.\r\r\n", b"\n\n.\r\n", b"\r\n\n.\r\n", b"\r\r\n.\r\n", b"\r\n\r.\r\n", b"\r\n.\n\r\n",
]  # fmt: skip
HARMLESS = [b"\r\n\x00.\r\n", b"\r\n.\x00\r\n", b"\r\n..\r\n", b"\r\n. \r\n", b"\r\n \r\n", b"\x0b.\x0b", b"\xe2\x80\xa8.\xe2\x80\xa8"]  # fmt: skip


@pytest.mark.parametrize("dialect", list(Dialect))
@pytest.mark.parametrize("false_end", FALSE_ENDS, ids=repr)
def test_a_false_end_ends_the_session_not_the_mail(false_end: bytes, dialect: Dialect) -> None:
    hello = b"EHLO x\r\n" if dialect is Dialect.SMTP else b"LHLO x\r\n"
    said = hello + b"MAIL FROM:<a@example.com>\r\nRCPT TO:<trap@example.org>\r\nDATA\r\nSubject: 1\r\n\r\nx"
    said += false_end + SMUGGLED + b"QUIT\r\n"
    for pieces in ([said], [said[place : place + 1] for place in range(len(said))]):
        run = drive(pieces, Session("mx.example.org", dialect))
        assert run.mails == []
        assert run.events[-1] == Closed("bare line end")
        assert run.codes == [220, 250, 250, 250, 354, 550]


@pytest.mark.parametrize("inside", HARMLESS, ids=repr)
def test_what_is_no_end_stays_in_the_mail(inside: bytes) -> None:
    said = b"EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<trap@example.org>\r\nDATA\r\nx" + inside
    run = drive([said + SMUGGLED])
    assert len(run.mails) == 1
    assert b"smuggled" in run.mails[0]


@pytest.mark.parametrize("line", [b"NOOP\n", b"NOOP\r", b"NO\rOP\r\n", b"NOOP\r\r\n", b"NOOP\n\r\n", b"\n"])
def test_commands_end_with_both_too(line: bytes) -> None:
    run = drive([b"EHLO x\r\n" + line + b"NOOP\r\n"])
    assert run.codes == [220, 250, 550]
    assert run.events == [Closed("bare line end")]


def test_an_end_inside_a_header_field_of_ours_is_impossible() -> None:
    run = drive([b"EHLO x\n.\nMAIL FROM:<evil@example.com>\r\n"])
    assert run.events == [Closed("bare line end")]

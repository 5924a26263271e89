"""The protocol core: sessions as clients hold them, each limit, and that cuts between bytes change nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from smtp_invariant import TIGHT, check, drive

from meyasubako.receivers.smtp import replies
from meyasubako.receivers.smtp.commands import Forwarded, Sender
from meyasubako.receivers.smtp.limits import Limits
from meyasubako.receivers.smtp.protocol import (
    Closed,
    Delivery,
    Dialect,
    MailBegins,
    Recipient,
    Session,
    StartTls,
)

HELLO = b"EHLO client.example\r\n"
ENVELOPE = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<trap@example.org>\r\n"
QUIT = b"QUIT\r\n"


def mail(text: bytes) -> bytes:
    return HELLO + ENVELOPE + b"DATA\r\n" + text


def test_a_pipelined_session_from_greeting_to_end() -> None:
    run = drive([mail(b"Subject: x\r\n\r\ntext\r\n.\r\n") + QUIT])
    sender = Sender("a@example.com", 0, utf8=False)
    assert run.events == [
        MailBegins(sender),
        Recipient("trap@example.org"),
        Delivery(sender, ("trap@example.org",), b"Subject: x\r\n\r\ntext\r\n"),
        Closed("quit"),
    ]
    assert run.codes == [220, 250, 250, 250, 354, 250, 221]


def test_what_ehlo_offers() -> None:
    lines = drive([HELLO], Session("mx.example.org", tls_offered=True)).output.splitlines()
    assert lines == [
        b"220 mx.example.org ESMTP Meyasubako",
        b"250-mx.example.org",
        b"250-PIPELINING",
        b"250-SIZE 26214400",
        b"250-STARTTLS",
        b"250-ENHANCEDSTATUSCODES",
        b"250-8BITMIME",
        b"250 SMTPUTF8",
    ]


def test_helo_is_answered_with_one_line() -> None:
    assert drive([b"HELO client.example\r\n"]).output.endswith(b"\r\n250 mx.example.org\r\n")


def test_lmtp_answers_once_for_each_recipient() -> None:
    session = Session("mx.example.org", Dialect.LMTP)
    envelope = b"LHLO mx\r\n" + ENVELOPE + b"RCPT TO:<no@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"
    assert drive([envelope + b"x\r\n.\r\n"], session).codes == [220, 250, 250, 250, 550, 250, 354, 250, 250]


def test_lmtp_knows_no_ehlo_and_smtp_no_lhlo() -> None:
    assert drive([HELLO], Session("mx", Dialect.LMTP)).codes == [220, 500]
    assert drive([b"LHLO x\r\n"]).codes == [220, 500]


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"..x\r\n..\r\n...\r\n.\r\n", b".x\r\n.\r\n..\r\n"),
        (b".x\r\n.\r\n", b"x\r\n"),
        (b"a\r\n. \r\n.\r\n", b"a\r\n \r\n"),
        ("件名\r\n.\r\n".encode(), "件名\r\n".encode()),
        (b"\x00\xff\r\n.\r\n", b"\x00\xff\r\n"),
    ],
)
def test_dots_are_unstuffed_and_nothing_else_changes(text: bytes, raw: bytes) -> None:
    assert drive([mail(text)]).mails == [raw]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"MAIL FROM:<a@example.com>\r\n", 503),
        (HELLO + b"RCPT TO:<a@example.org>\r\n", 503),
        (HELLO + b"DATA\r\n", 503),
        (HELLO + b"MAIL FROM:<a@example.com>\r\nDATA\r\n", 503),
        (HELLO + b"MAIL FROM:<a@example.com>\r\nMAIL FROM:<b@example.com>\r\n", 503),
        (HELLO + ENVELOPE + b"DATA now\r\n", 501),
        (b"EHLO\r\n", 501),
        (HELLO + b"NONSENSE\r\n", 500),
        (b"\r\n", 500),
        (b"\xff\xfe\r\n", 500),
        (HELLO + b"AUTH PLAIN\r\n", 502),
        (HELLO + b"BDAT 3\r\n", 502),
        (HELLO + b"EXPN list\r\n", 502),
        (HELLO + b"STARTTLS\r\n", 502),
        (HELLO + b"XFORWARD ADDR=192.0.2.1\r\n", 502),
        (HELLO + b"VRFY postmaster\r\n", 252),
        (b"NOOP anything\r\n", 250),
        (b"HELP\r\n", 214),
        (HELLO + b"RSET\r\n", 250),
        (HELLO + b"RSET x\r\n", 501),
        (HELLO + b"QUIT x\r\n", 501),
        (HELLO + b"MAIL FROM:<a@example.com> SIZE=26214401\r\n", 552),
        (HELLO + b"MAIL FROM:<full@example.com>\r\n", 452),
        (b"GET / HTTP/1.1\r\n", 554),
    ],
)
def test_what_is_said_to_a_command_out_of_place(said: bytes, code: int) -> None:
    assert drive([said]).codes[-1] == code


def test_after_a_refused_sender_there_is_no_mail() -> None:
    run = drive([HELLO + b"MAIL FROM:<full@example.com>\r\nRCPT TO:<trap@example.org>\r\nDATA\r\n"])
    assert run.codes == [220, 250, 452, 503, 503]


def test_reset_forgets_the_mail() -> None:
    run = drive([HELLO + ENVELOPE + b"RSET\r\nDATA\r\n" + ENVELOPE + b"EHLO again\r\nDATA\r\n"])
    assert run.codes == [220, 250, 250, 250, 250, 503, 250, 250, 250, 503]


def test_a_mail_too_large_is_refused_and_the_next_one_taken() -> None:
    limits = Limits(size=100)
    exact, large = b"x" * 98 + b"\r\n.\r\n", b"x" * 99 + b"\r\n.\r\n"
    for text, taken in ((exact, 2), (large, 1)):
        said = mail(text) + ENVELOPE + b"DATA\r\nnext\r\n.\r\n"
        for pieces in ([said], [said[place : place + 1] for place in range(len(said))]):
            run = drive(pieces, Session("mx", limits=limits))
            assert len(run.mails) == taken
            assert run.codes[5] == (250 if taken == 2 else 552)


def test_nothing_is_kept_of_a_mail_too_large() -> None:
    session = Session("mx", limits=Limits(size=1_000))
    run = drive([mail(b""), *[b"x" * 900 + b"\r\n"] * 50, b".\r\n"], session)
    assert run.held < 3_000
    assert run.codes[-1] == 552


def test_header_and_lines_are_bounded() -> None:
    limits = Limits(header=100, text_line=50)
    long_header = b"A: %s\r\n" % (b"x" * 30) * 4 + b"\r\ntext\r\n.\r\n"
    long_line = b"A: b\r\n\r\n" + b"x" * 200 + b"\r\n.\r\n"
    for text in (long_header, long_line):
        run = drive([mail(text) + QUIT], Session("mx", limits=limits))
        assert run.codes[-2:] == [554, 221]
        assert run.mails == []


def test_a_command_line_too_long_is_one_error() -> None:
    run = drive([b"NOOP " + b"x" * 5_000, b"x" * 5_000 + b"\r", b"\nNOOP\r\n"])
    assert run.codes == [220, 500, 250]
    assert run.held < 5_100


@pytest.mark.parametrize(
    ("said", "reply", "reason"),
    [
        (b"WHAT\r\n" * 11, replies.TOO_MANY_ERRORS, "errors"),
        (b"NOOP\r\n" * 101, replies.TOO_MANY_COMMANDS, "commands"),
        (
            HELLO + b"MAIL FROM:<>\r\n" + b"RCPT TO:<no@example.org>\r\n" * 1_001,
            replies.TOO_MANY_REFUSED,
            "unknown recipients",
        ),
    ],
)
def test_patience_ends(said: bytes, reply: replies.Reply, reason: str) -> None:
    run = drive([said + b"NOOP\r\n"])
    assert run.output.endswith(reply.encode())
    assert run.events[-1] == Closed(reason)


def test_recipients_beyond_the_limit_are_put_off_to_another_mail() -> None:
    said = HELLO + b"MAIL FROM:<>\r\n" + b"RCPT TO:<a@example.org>\r\n" * 101 + b"DATA\r\nx\r\n.\r\n"
    run = drive([said])
    assert run.codes[-4:] == [250, 452, 354, 250]
    (delivery,) = (event for event in run.events if isinstance(event, Delivery))
    assert len(delivery.recipients) == 100


def test_mails_reset_the_count_of_idle_commands() -> None:
    run = drive([HELLO + (ENVELOPE + b"DATA\r\nx\r\n.\r\n") * 300])
    assert len(run.mails) == 300


def test_plaintext_slipped_in_before_the_handshake_is_thrown_away() -> None:
    session = Session("mx.example.org", tls_offered=True)
    injected = ENVELOPE + b"DATA\r\nstolen\r\n.\r\n"
    run = drive([HELLO + b"STARTTLS\r\n" + injected, injected], session)
    assert run.events == [StartTls()]
    assert run.codes == [220, 250, 220]
    session.tls_started("TLSv1.3 TLS_AES_256_GCM_SHA384")
    assert session.helo is None
    after = drive([b"MAIL FROM:<a@example.com>\r\n" + HELLO], session)
    assert after.codes == [503, 250]
    assert b"STARTTLS" not in after.output
    assert drive([b"STARTTLS\r\n"], session).codes == [502]


def test_the_server_in_front_says_who_its_client_was() -> None:
    session = Session("mx", Dialect.LMTP, forwards=True)
    drive(
        [
            b"LHLO mx\r\nXFORWARD ADDR=IPV6:2001:db8::1 PORT=4711\r\nXFORWARD HELO=a+20b NAME=[UNAVAILABLE]\r\n"
        ],
        session,
    )
    assert session.forwarded == Forwarded("2001:db8::1", 4711, "a b")
    drive([ENVELOPE + b"DATA\r\nx\r\n.\r\n"], session)
    assert session.forwarded == Forwarded()


def test_draining_finishes_the_mail_under_way_and_takes_no_other() -> None:
    session = Session("mx")
    drive([mail(b"half ")], session)
    session.drain()
    assert session.next_event() is None
    run = drive([b"a mail\r\n.\r\n" + ENVELOPE], session)
    assert run.mails == [b"half a mail\r\n"]
    assert run.codes == [250, 421]
    assert run.events[-1] == Closed("drained")


def test_draining_ends_an_idle_session_at_once() -> None:
    session = Session("mx")
    drive([HELLO], session)
    session.drain()
    assert session.next_event() == Closed("drained")
    assert session.take_output().startswith(b"421 ")


def test_a_mail_given_up_by_the_server_is_read_to_its_end() -> None:
    session = Session("mx")
    drive([mail(b"x" * 50_000)], session)
    session.refuse_mail(replies.NO_ROOM)
    assert session.held < 10
    assert drive([b"x" * 50_000 + b"\r\n", b".\r", b"\nNOOP\r\n"], session).codes == [452, 250]


def test_nothing_comes_before_an_answer() -> None:
    session = Session("mx")
    session.receive(mail(b"x\r\n.\r\n"))
    assert isinstance(session.next_event(), MailBegins)
    assert session.next_event() is None
    session.answer(replies.SENDER_OK)
    assert isinstance(session.next_event(), Recipient)


_FRAGMENTS = st.sampled_from(
    [
        HELLO, b"LHLO x\r\n", b"HELO x\r\n", b"MAIL FROM:<a@example.com>\r\n", b"MAIL FROM:<full@x> SIZE=3\r\n",
        b"RCPT TO:<t@example.org>\r\n", b"RCPT TO:<no@example.org>\r\n", b"DATA\r\n", b"RSET\r\n", b"NOOP\r\n",
        b"\r\n.\r\n", b".\r\n", b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"..\r\n", b".", b"\r", b"\n",
        b"\r\n", b"A: b\r\n\r\n", b"x" * 41, b"x" * 90, b"text\r\n", b"STARTTLS\r\n", b"QUIT\r\n", b"\x00\xff",
        b"XFORWARD ADDR=192.0.2.1 PORT=1\r\n", mail(b"ok\r\n.\r\n"), ENVELOPE + b"DATA\r\n",
    ]
)  # fmt: skip
_STREAMS = st.lists(_FRAGMENTS | st.binary(max_size=20), max_size=24).map(b"".join)


@settings(max_examples=600, deadline=None)
@given(
    _STREAMS,
    st.lists(st.integers(0, 4_000), max_size=60),
    st.sampled_from([TIGHT, Limits()]),
    st.sampled_from(Dialect),
)
def test_how_the_bytes_are_cut_changes_nothing(
    data: bytes, cuts: list[int], limits: Limits, dialect: Dialect
) -> None:
    start = HELLO if dialect is Dialect.SMTP else b"LHLO x\r\n"
    for stream in (data, start + ENVELOPE + b"DATA\r\n" + data):
        check(stream, cuts, limits, dialect)
        check(stream, range(len(stream)), limits, dialect)

"""Mails attached whole come out byte for byte, whatever type and name they travel under."""

from __future__ import annotations

import base64

import pytest

from meyasubako.mail.wrapped import LOST, REASONS, WrapLimits, unwrap

SPAM = (
    b"Received: from relay.example ([192.0.2.7]) by mx.example.jp; Tue, 3 Mar 2026 10:00:00 +0900\r\n"
    b"From: sale@shop.example\r\nSubject: =?iso-2022-jp?B?GyRCTCQ+NUJ6GyhC?=\r\n\r\nbuy\r\n"
)


def report(*parts: tuple[str, str, bytes], text: bytes = b"please look") -> bytes:
    """A report with these (content type, file name, bytes) attached, message/* as they are, others base64."""
    pieces = [b"From: someone@example.jp\r\nSubject: spam\r\nMIME-Version: 1.0\r\n"]
    pieces.append(b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\n' + text)
    for kind, name, data in parts:
        head = f'\r\n--b\r\nContent-Type: {kind}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        if kind.startswith(("message/", "text/rfc822")):
            pieces.append(head.encode() + b"\r\n" + data)
        else:
            encoded = base64.encodebytes(data)
            pieces.append(head.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + encoded)
    return b"".join([*pieces, b"\r\n--b--\r\n"])


@pytest.mark.parametrize(
    ("kind", "name", "how"),
    [
        ("message/rfc822", "", "message/rfc822"),
        ("message/rfc822", "spam.eml", "message/rfc822"),
        ("message/global", "", "message/global"),
        ("application/octet-stream", "spam.eml", "file:eml"),
        ("application/octet-stream", "SPAM.EML", "file:eml"),
        ("text/plain", "spam.eml", "file:eml"),
    ],
)
def test_an_attached_mail_comes_out_as_it_was(kind: str, name: str, how: str) -> None:
    found = unwrap(report((kind, name, SPAM)))
    assert found.kind == "attached"
    assert [mail.how for mail in found.mails] == [how]
    assert found.mails[0].raw == SPAM
    assert found.mails[0].lost == ()


def test_headers_alone_say_that_the_body_is_lost() -> None:
    head = SPAM.partition(b"\r\n\r\n")[0] + b"\r\n"
    mail = unwrap(report(("text/rfc822-headers", "", head))).mails[0]
    assert (mail.raw, mail.how, mail.lost) == (head, "message/rfc822-headers", ("body",))


def test_many_mails_come_out_in_their_order_up_to_the_cap() -> None:
    mails = [SPAM.replace(b"buy", b"buy %d" % number) for number in range(5)]
    raw = report(*[("message/rfc822", "", mail) for mail in mails])
    assert [mail.raw for mail in unwrap(raw).mails] == mails
    capped = unwrap(raw, WrapLimits(mails=3))
    assert [mail.raw for mail in capped.mails] == mails[:3]
    assert capped.lost == ("mails-beyond-cap",)


def test_a_mail_beyond_the_cap_of_size_is_left_out_and_said() -> None:
    large = SPAM + b"x" * 10_000
    found = unwrap(
        report(("message/rfc822", "", large), ("message/rfc822", "", SPAM)), WrapLimits(mail_bytes=5_000)
    )
    assert [mail.raw for mail in found.mails] == [SPAM]
    assert found.lost == ("size-beyond-cap",)


@pytest.mark.parametrize(
    ("raw", "reason"), [(b"", "empty"), (b"From: a@example.jp\n\nhello", "no-mail-inside")]
)
def test_what_holds_no_mail_is_held_with_a_reason(raw: bytes, reason: str) -> None:
    found = unwrap(raw)
    assert (found.kind, found.mails, found.reason) == ("none", (), reason)


def test_every_code_has_both_languages() -> None:
    for wording in (*REASONS.values(), *LOST.values()):
        assert wording.ja
        assert wording.en.isascii()


def test_a_postmaster_who_forwards_spam_is_no_daemon() -> None:
    raw = report(("message/rfc822", "", SPAM), text=b"this was rejected by our filter")
    raw = raw.replace(b"someone@example.jp", b"postmaster@example.jp").replace(
        b"Subject: spam", b"Subject: FW: spam", 1
    )
    assert unwrap(raw).kind == "attached"

"""What was pasted or dropped: told by its content, whatever it is called, and never a surprise."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.centre.reports.domain.contents import OLE, file_contents, pasted_source
from meyasubako.mail import parse
from meyasubako.mail.wrapped import WrapLimits

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "mail"))

from msg_writer import Msg, write_msg

LIMITS = WrapLimits(mails=10, mail_bytes=1_000_000, total_bytes=4_000_000)
MAIL = b"Received: from x ([192.0.2.9]) by mx.isp.example\r\nFrom: ad@spam.example\r\nSubject: buy\r\n\r\nbuy\r\n"
ARF = (
    b"From: fbl@isp.example\r\nSubject: complaint\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: text/plain\r\n\r\nan abuse report\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n"
    b"Feedback-Type: abuse\r\nUser-Agent: x/1\r\nVersion: 1\r\nSource-IP: 192.0.2.9\r\n\r\n--b\r\n"
    b"Content-Type: message/rfc822\r\n\r\n" + MAIL + b"\r\n--b--\r\n"
)
FORWARD = (
    b"From: hanako@mail.example\r\nSubject: Fwd\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
    + MAIL
    + b"\r\n--b--\r\n"
)


def test_a_file_that_is_a_mail_is_that_mail_byte_for_byte() -> None:
    for raw in (MAIL, FORWARD):
        (found,) = file_contents(raw, LIMITS).mails
        assert found.raw == raw
    (found,) = file_contents(b"From ad@spam.example Tue Nov 24 10:00:00 2026\n" + MAIL, LIMITS).mails
    assert found.raw == MAIL


def test_a_report_in_a_standard_form_gives_what_it_holds() -> None:
    (found,) = file_contents(ARF, LIMITS).mails
    assert found.raw.strip() == MAIL.strip()
    assert found.notes["source-ip"] == "192.0.2.9"


def test_an_outlook_file_becomes_a_mail_that_says_so() -> None:
    header = MAIL.decode().split("\r\n\r\n")[0] + "\r\n\r\n"
    raw = write_msg(Msg({0x001A: "IPM.Note", 0x0037: "buy", 0x007D: header, 0x1000: "儲かります"}))
    (found,) = file_contents(raw, LIMITS).mails
    mail = parse(found.raw)
    assert (found.how, mail.received[0].ip, mail.text.strip()) == ("msg", "192.0.2.9", "儲かります")


def zipped() -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        archive.writestr("a.eml", MAIL)
    return into.getvalue()


@pytest.mark.parametrize(
    ("raw", "refused"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (zipped(), "archive"),
        (b"\x1f\x8b\x08" + bytes(50), "archive"),
        (b"Subject only\r\n", "no-mail"),
        (b"<html></html>", "no-mail"),
        (OLE + bytes(5_000), "msg-unreadable"),
    ],
)
def test_what_is_no_mail_is_refused_with_its_reason(raw: bytes, refused: str) -> None:
    assert file_contents(raw, LIMITS).refused == refused


@given(
    st.one_of(
        st.binary(max_size=400), st.binary(max_size=200).map(MAIL.__add__), st.binary().map(OLE.__add__)
    )
)
def test_no_bytes_raise(raw: bytes) -> None:
    found = file_contents(raw, LIMITS)
    assert bool(found.mails) is not bool(found.refused)


def test_a_pasted_source_is_a_mail() -> None:
    found = pasted_source("\r\n" + MAIL.decode().replace("\r\n", "\n") + "\n\n")
    assert found is not None
    assert (found.raw, found.how) == (MAIL, "pasted")


@given(st.text(max_size=300))
def test_a_text_is_no_mail_and_nothing_raises(text: str) -> None:
    found = pasted_source(text)
    assert found is None or found.raw.endswith(b"\r\n")

"""Outlook's .msg: what a mail in it becomes, and that no bytes raise or take long."""

from __future__ import annotations

import io
import struct
import time
from datetime import UTC, datetime

import olefile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msg_writer import Msg, Storage, compress_rtf, write_compound, write_msg
from test_wrapped_attached import report

from meyasubako.mail import parse
from meyasubako.mail.wrapped import WrapLimits, unwrap, unwrap_file
from meyasubako.mail.wrapped.outlook.compressed_rtf import decompress_rtf
from meyasubako.mail.wrapped.outlook.encapsulated import read_encapsulated

HEADERS = (
    "Microsoft Mail Internet Headers Version 2.0\r\n"
    "Received: from mail.win.example ([192.0.2.15]) by mx.reader.example with ESMTP;\r\n"
    "\tTue, 3 Mar 2026 18:42:07 +0900\r\n"
    "From: =?utf-8?B?44GK5a6i5qeY?= <info@bank-check.example>\r\n"
    "To: hanako@reader.example\r\n"
    "Subject: =?utf-8?B?6YeN6KaB?=\r\n"
    "Date: Tue, 3 Mar 2026 18:42:01 +0900\r\n"
    "MIME-Version: 1.0\r\n"
    'Content-Type: multipart/alternative;\r\n\tboundary="gone"\r\n\r\n'
)
TEXT = "至急ご確認ください\r\nhttp://login.bank-check.example/verify\r\n"
WITH_HEADERS = {0x001A: "IPM.Note", 0x0037: "重要", 0x007D: HEADERS, 0x1000: TEXT}


def test_the_writer_writes_what_another_reader_reads() -> None:
    raw = write_msg(Msg(WITH_HEADERS | {0x1013: b"x" * 9_000}, [{0x3001: "a"}], [{0x3701: b"data"}]))
    other = olefile.OleFileIO(io.BytesIO(raw))
    assert other.openstream("__substg1.0_0037001F").read().decode("utf-16-le") == "重要"
    assert other.openstream("__substg1.0_10130102").read() == b"x" * 9_000
    assert other.openstream(["__attach_version1.0_#00000000", "__substg1.0_37010102"]).read() == b"data"


def test_the_kept_header_comes_back_with_its_trace() -> None:
    found = unwrap(write_msg(Msg(WITH_HEADERS)))
    assert (found.kind, found.reason) == ("msg", "")
    mail = parse(found.mails[0].raw)
    assert mail.received[0].ip == "192.0.2.15"
    assert (mail.subject, mail.from_ and mail.from_.name) == ("重要", "お客様")
    assert mail.text.replace("\r\n", "\n") == TEXT.replace("\r\n", "\n")
    assert [link.url for link in mail.links] == ["http://login.bank-check.example/verify"]
    assert found.mails[0].lost == ("mime-structure",)
    assert b"gone" not in found.mails[0].raw


@pytest.mark.parametrize("string8", [None, "cp932"])
def test_without_a_header_the_properties_say_who_and_when(string8: str | None) -> None:
    values = {
        0x001A: "IPM.Note",
        0x0037: "重要なお知らせ",
        0x0042: "お客様センター",
        0x0065: "/O=EXCHANGE/OU=X/CN=INFO",
        0x5D02: "info@bank-check.example",
        0x0039: datetime(2026, 3, 3, 9, 42, 7, tzinfo=UTC),
        0x1035: "<p1@bank-check.example>",
        0x1000: TEXT,
        0x3FFD: 932,
    }
    recipients = [
        {0x3001: "花子", 0x39FE: "hanako@reader.example", 0x0C15: 1},
        {0x3001: "営業部", 0x3003: "/O=EXCHANGE/CN=SALES", 0x0C15: 2},
    ]
    wrapped = unwrap(write_msg(Msg(values, recipients, string8=string8))).mails[0]
    mail = parse(wrapped.raw)
    assert mail.from_ == ("お客様センター", "info@bank-check.example")
    assert (mail.to, mail.cc) == ((("花子", "hanako@reader.example"),), (("営業部", ""),))
    assert (mail.subject, mail.message_id) == ("重要なお知らせ", "p1@bank-check.example")
    assert mail.date == datetime(2026, 3, 3, 9, 42, 7, tzinfo=UTC)
    assert "至急" in mail.text
    assert wrapped.lost == ("mime-structure", "trace", "header-fields", "addresses-shortened")
    assert wrapped.derived == {"date": "time of submission kept by Outlook"}


def test_html_comes_back_from_rtf_in_the_charset_of_its_font() -> None:
    rtf = (
        rb"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}{\f1\fswiss\fcharset128 MS PGothic;}}"
        rb"{\colortbl;\red0\green0\blue0;}{\*\htmltag64 <p>}\htmlrtf {\f1 \htmlrtf0 "
        rb"""\'8e\'8a\'8b\'7d{\*\htmltag84 <a href="http://login.bank-check.example/?a=1&b={\{}2\}">}"""
        rb"\htmlrtf {\field \htmlrtf0 \u12371?\u12385?\u-10179?\u-8704?\htmlrtf }\htmlrtf0{\*\htmltag92 </a>}"
        rb"\htmlrtf }\htmlrtf0{\*\htmltag72 </p>}\par caf\'e9{\*\mhtmltag84 hidden}}"
    )
    html, text = read_encapsulated(rtf)
    assert text == ""
    assert html.replace("\n", "") == (
        '<p>至急<a href="http://login.bank-check.example/?a=1&b={2}">こち😀</a></p>café'
    )
    wrapped = unwrap(write_msg(Msg({0x001A: "IPM.Note", 0x0037: "x", 0x1009: compress_rtf(rtf)}))).mails[0]
    mail = parse(wrapped.raw)
    assert "至急" in mail.html
    assert "html" in wrapped.lost


@pytest.mark.parametrize(
    ("compressed", "rtf"),
    [
        (
            "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0",
            b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
        ),
        ("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0", b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"),
    ],
)
def test_the_compression_is_undone_as_its_specification_shows(compressed: str, rtf: bytes) -> None:
    assert decompress_rtf(bytes.fromhex(compressed), 1_000) == rtf


def test_files_and_mails_in_it_stay_with_it() -> None:
    inner = Msg({0x001A: "IPM.Note", 0x0037: "inner", 0x1000: "inside"})
    message = Msg(
        WITH_HEADERS | {0x1013: "<p>至急</p>".encode()},
        (),
        [{0x3701: b"%PDF", 0x3707: "請求書.pdf", 0x370E: "application/pdf", 0x3705: 1}, inner],
    )
    found = unwrap(report(("application/octet-stream", "spam.msg", write_msg(message))))
    assert (found.kind, [mail.how for mail in found.mails]) == ("msg", ["msg"])
    mail = parse(found.mails[0].raw)
    assert [(file.name, file.type, file.size) for file in mail.attachments] == [
        ("請求書.pdf", "application/pdf", 4)
    ]
    assert parse(mail.nested[0]).subject == "inner"


def test_an_unreadable_file_is_held_with_its_reason() -> None:
    broken = write_msg(Msg(WITH_HEADERS))[:700]
    assert unwrap(report(("application/vnd.ms-outlook", "spam.msg", broken))).reason == "msg-unreadable"
    assert unwrap(broken).reason == "msg-unreadable"
    assert unwrap_file("spam.msg", broken).reason == "msg-unreadable"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=40), st.integers(0, 20_000), st.integers(0, 255))
def test_no_damage_raises(noise: bytes, place: int, byte: int) -> None:
    raw = bytearray(write_msg(Msg(WITH_HEADERS, [{0x3001: "a"}], [{0x3701: b"data"}, Msg({0x0037: "x"})])))
    raw[place % len(raw)] = byte
    cut = place % len(raw)
    raw[cut : cut + len(noise)] = noise
    found = unwrap(bytes(raw))
    assert found == unwrap(bytes(raw))
    assert found.kind in ("msg", "none", "inline", "attached")


def test_storages_that_hold_themselves_end() -> None:
    attachments = [Msg({0x0037: str(number), 0x001A: "IPM.Note"}) for number in range(40)]
    raw = bytearray(write_msg(Msg(WITH_HEADERS, (), attachments)))
    root_child = _child_of_root(raw)
    for at in range(512, len(raw) - 127, 128):
        if raw[at + 66] == 1 and raw[at : at + 40].decode("utf-16-le", "replace").startswith(
            "__substg1.0_3701"
        ):
            struct.pack_into("<I", raw, at + 76, root_child)
    started = time.perf_counter()
    unwrap(bytes(raw), WrapLimits(depth=6))
    assert time.perf_counter() - started < 2


def _child_of_root(raw: bytearray) -> int:
    first = struct.unpack_from("<I", raw, 48)[0]
    child: int = struct.unpack_from("<I", raw, (first + 1) * 512 + 76)[0]
    return child


def test_a_storage_that_is_no_message_is_none() -> None:
    assert unwrap(write_compound(Storage({"WordDocument": b"x" * 5_000}))).reason == "msg-unreadable"

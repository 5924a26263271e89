"""winmail.dat: the mails enclosed in it come out, and no bytes raise."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from msg_writer import Msg, write_msg
from test_wrapped_attached import SPAM, report
from test_wrapped_msg import WITH_HEADERS
from tnef_writer import write_tnef

from meyasubako.mail import parse
from meyasubako.mail.wrapped import WrapLimits, unwrap

ENCLOSED = Msg(
    {0x001A: "IPM.Note", 0x0037: "重要", 0x0042: "お客様", 0x5D02: "info@bank-check.example", 0x1000: "至急\r\n",
     0x0039: datetime(2026, 3, 3, 9, 42, 7, tzinfo=UTC)},
    [{0x3001: "花子", 0x39FE: "hanako@reader.example", 0x0C15: 1}],
    [{0x3701: b"%PDF", 0x3707: "請求書.pdf"}],
)  # fmt: skip
OUTER = Msg(
    {0x001A: "IPM.Note", 0x0037: "FW: x"},
    (),
    [
        ENCLOSED,
        {0x3701: SPAM, 0x3707: "spam.eml"},
        {0x3701: write_msg(Msg(WITH_HEADERS)), 0x3707: "spam.msg"},
        {0x3701: b"PNG", 0x3707: "a.png"},
    ],
)


def enclosing(data: bytes) -> bytes:
    return report(("application/ms-tnef", "winmail.dat", data))


def test_mails_in_a_winmail_dat_come_out() -> None:
    found = unwrap(enclosing(write_tnef(OUTER)))
    assert (found.kind, [mail.how for mail in found.mails]) == ("msg", ["tnef", "tnef", "msg"])
    first = parse(found.mails[0].raw)
    assert first.from_ == ("お客様", "info@bank-check.example")
    assert first.to == (("花子", "hanako@reader.example"),)
    assert (first.subject, first.date) == ("重要", datetime(2026, 3, 3, 9, 42, 7, tzinfo=UTC))
    assert [file.name for file in first.attachments] == ["請求書.pdf"]
    assert "trace" in found.mails[0].lost
    assert found.mails[1].raw == SPAM
    assert parse(found.mails[2].raw).received[0].ip == "192.0.2.15"


def test_the_caps_hold() -> None:
    found = unwrap(enclosing(write_tnef(OUTER)), WrapLimits(mails=1))
    assert (len(found.mails), found.lost) == (1, ("mails-beyond-cap",))


def test_a_winmail_dat_without_mails_is_a_file() -> None:
    assert unwrap(enclosing(write_tnef(Msg({0x0037: "x"})))).reason == "file-attached"
    assert unwrap(enclosing(b"x" * 100)).reason == "file-attached"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=24), st.integers(0, 10_000))
def test_no_damage_raises(noise: bytes, place: int) -> None:
    raw = bytearray(write_tnef(OUTER))
    at = place % len(raw)
    raw[at : at + len(noise)] = noise
    assert unwrap(enclosing(bytes(raw))).kind in ("msg", "none")

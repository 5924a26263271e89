"""The pieces of unwrapping: dates as they are shown, lines of HTML, addresses, mails put together."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from meyasubako.mail import parse
from meyasubako.mail.wrapped import unwrap_file
from meyasubako.mail.wrapped.inline import read_boxes
from meyasubako.mail.wrapped.labels import label_of, separator_of
from meyasubako.mail.wrapped.lines import html_lines, text_lines
from meyasubako.mail.wrapped.rebuild import Box, Pieces, file_part, mailboxes, rebuilt, words
from meyasubako.mail.wrapped.shown_dates import read_shown_date

FORWARDED = datetime(2026, 3, 4, 0, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("shown", "moment"),
    [
        ("2026年3月3日(火) 18:42", "2026-03-03T18:42:00+09:00"),
        ("2026年3月3日火曜日 18:42", "2026-03-03T18:42:00+09:00"),
        ("2026年3月3日 午後6:42:07 JST", "2026-03-03T18:42:07+09:00"),
        ("2026年3月3日 午前0:05", "2026-03-03T00:05:00+09:00"),
        ("令和8年3月3日 18時42分", "2026-03-03T18:42:00+09:00"),
        ("令和元年5月1日 10:00", "2019-05-01T10:00:00+09:00"),
        ("2026/3/3, Tue 18:42", "2026-03-03T18:42:00+09:00"),
        ("２０２６／０３／０３　１８：４２", "2026-03-03T18:42:00+09:00"),
        ("03/03 18:42", "2026-03-03T18:42:00+09:00"),
        ("12/31 18:42", "2025-12-31T18:42:00+09:00"),
        ("Tue, Mar 3, 2026 at 6:42\u202fPM", "2026-03-03T18:42:00+09:00"),
        ("Tuesday, March 3, 2026 12:05 AM", "2026-03-03T00:05:00+09:00"),
        ("Tuesday, 3 March 2026 at 18:42", "2026-03-03T18:42:00+09:00"),
        ("March 3, 2026 at 10:42:07 AM GMT+1", "2026-03-03T10:42:07+01:00"),
        ("Tue, 3 Mar 2026 18:42:07 -0530", "2026-03-03T18:42:07-05:30"),
        ("quarta-feira, 5 de abril de 2023 14:24", "2023-04-05T14:24:00+09:00"),
        ("Mi., 27. Okt. 2021 um 09:31 Uhr", "2021-10-27T09:31:00+09:00"),
        ("27. 10. 2021 9:31", "2021-10-27T09:31:00+09:00"),
        ("02/10/2023 4:52 PM EST", "2023-02-10T16:52:00-05:00"),
        ("27/10/2021 09:31", "2021-10-27T09:31:00+09:00"),
    ],
)
def test_a_date_is_read_as_it_is_shown(shown: str, moment: str) -> None:
    read = read_shown_date(shown, FORWARDED)
    assert read is not None
    assert read.moment == datetime.fromisoformat(moment)
    assert read.year_assumed is (len(shown) < 12)
    assert read.zone_assumed is not any(mark in shown for mark in ("JST", "GMT", "-0530", "EST"))


@pytest.mark.parametrize(
    "shown", ["", "yesterday", "2026年13月45日 10:00", "03/03", "2026-02-30 10:00", "5/6/2021 10:00"]
)
def test_a_date_that_nobody_can_tell_is_none(shown: str) -> None:
    assert read_shown_date(shown, FORWARDED) is None


def test_a_day_without_a_year_needs_the_day_of_the_forward() -> None:
    assert read_shown_date("03/03 18:42", None) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("差出人： 花子", ("from", "花子")),
        ("*From:* Taro", ("from", "Taro")),
        ("Sub:x", ("subject", "x")),
        ("送信日時: 2026年", ("date", "2026年")),
        ("Předmět: x", ("subject", "x")),
        ("Kopie (CC): a", ("cc", "a")),
        ("http://www.example.com/", None),
        ("Note: x", None),
        (": x", None),
    ],
)
def test_a_field_is_known_by_its_name(text: str, found: tuple[str, str] | None) -> None:
    assert label_of(text) == found


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ("---------- Forwarded message ---------", "gmail"),
        ("-------- 転送メッセージ --------", "thunderbird"),
        ("----- Forwarded Message -----", "yahoo"),
        ("-----Original Message-----", "outlook"),
        ("転送されたメッセージ:", "apple"),
        ("________________________________", "rule"),
        ("転送します。", ""),
        ("-- ", None),
        ("---- sale ----", None),
    ],
)
def test_a_line_that_announces_a_mail_names_its_program(line: str, program: str | None) -> None:
    assert separator_of(line) == program


def test_lines_of_html_know_where_they_lie() -> None:
    source = "<style>a{}</style><div>one &amp;\n two<br>three</div><!-- x --><p>four</p><hr>a < b<td>c"
    lines = html_lines(source)
    assert [line.text for line in lines if line.text] == ["one & two", "three", "four", "_" * 32, "a < b c"]
    assert "".join(source[line.start : line.end] for line in lines) == source
    four = next(line for line in lines if line.text == "four")
    assert source[four.end :].startswith("<hr>")


def test_lines_of_text_know_where_they_lie() -> None:
    text = "a\r\nb\nc"
    assert [line.text for line in text_lines(text)] == ["a", "b", "c"]
    assert "".join(text[line.start : line.end] for line in text_lines(text)) == text


@pytest.mark.parametrize(
    ("value", "boxes"),
    [
        ("花子 <a@b.example>", [("花子", "a@b.example")]),
        ("a@b.example", [("", "a@b.example")]),
        ("a@b.example <a@b.example>", [("", "a@b.example")]),
        ('"Taro, Jr." <a@b.example>, c@d.example', [("Taro, Jr.", "a@b.example"), ("", "c@d.example")]),
        ("Taro [mailto:a@b.example]", [("Taro", "a@b.example")]),
        ("Taro; Sales Team", [("Taro", ""), ("Sales Team", "")]),
        ("花子(a@b.example)", [("花子", "a@b.example")]),
        ("", []),
    ],
)
def test_mailboxes_are_read_as_they_are_shown(value: str, boxes: list[tuple[str, str]]) -> None:
    assert [tuple(box) for box in read_boxes(value)] == boxes


def test_what_is_put_together_is_read_back() -> None:
    name, subject = '長い名前"の人, 花子' * 5, "とても長い件名\r\nBcc: x@evil.example " * 20
    fields = (("From", mailboxes((Box(name, "a@b.example"),))), ("Subject", words(subject)))
    raw = rebuilt(
        "inline:other",
        Pieces(fields, "本文\n", "<p>本文</p>", (file_part("請求書.pdf", "application/pdf", b"%PDF"),)),
    )
    mail = parse(raw)
    assert mail.from_ == (name, "a@b.example")
    assert mail.subject == " ".join(subject.split())
    assert (mail.plain, mail.html) == ("本文\n", "<p>本文</p>")
    assert [file.name for file in mail.attachments] == ["請求書.pdf"]
    assert mail.values("Bcc") == []
    assert mail.defects == ()
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) < 998


def test_a_file_that_is_a_mail_is_what_is_reported() -> None:
    spam = b"From: a@shop.example\r\nSubject: Fwd: x\r\n\r\nFrom: b@c.example\r\nDate: 2026/3/3 10:00\r\nSubject: y\r\n\r\nz"
    found = unwrap_file("spam.eml", spam)
    assert (found.kind, found.mails[0].raw, found.mails[0].how) == ("attached", spam, "file:eml")
    assert (
        unwrap_file("a.example!b.example!1772409600!1772495999.zip", b"PK\x03\x04").reason
        == "dmarc-aggregate"
    )
    assert unwrap_file("spam.zip", b"PK\x03\x04").reason == "archive-attached"
    assert unwrap_file("", b"").reason == "empty"

"""Header values: encoded words, parameters, addresses and dates, whole and broken."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from meyasubako.mail.addresses import parse_addresses
from meyasubako.mail.dates import parse_date
from meyasubako.mail.parameters import parse_parameters
from meyasubako.mail.words import decode_header

JIS = base64.b64encode("迷惑メール相談".encode("iso2022_jp"))


@pytest.mark.parametrize(
    ("value", "text", "codes"),
    [
        (b" plain\r\n folded", "plain folded", []),
        (b"=?ISO-2022-JP?B?" + JIS + b"?=", "迷惑メール相談", []),
        (b"=?UTF-8?B?44GC?=\r\n =?UTF-8?B?44GE?=", "あい", []),
        (b"=?utf-8?Q?caf=C3?= =?utf-8?Q?=A9_x?=", "café x", []),
        (b"a=?utf-8?b?44GC?=b", "aあb", []),
        (b"=?utf-8*ja?q?=E3=81=82?=", "あ", []),
        (b"=?utf-8?q?two words?=", "two words", ["word-with-spaces"]),
        (b"=?utf-8?b?44GC", "あ", ["word-unterminated"]),
        (b"=?utf-8?b?44GC =?utf-8?b?44GE?=", "あい", ["word-unterminated"]),
        (b"=?utf-8?b?44G!C?=", "あ", ["word-base64-broken"]),
        (b"=?utf-8?b?44GC=?utf-8?b?", "あ", ["word-unterminated"]),
        (b"=?utf-8?q?a?= =?UTF-8*ja?Q?b?= =?latin1?q?c?= d", "abc d", []),
        (b"=?utf-8? q ?a=3D?= =? ?q?b?=", "a= =? ?q?b?=", []),
        (b"=?" + b"u" * 61 + b"?q?a?=", "=?" + "u" * 61 + "?q?a?=", []),
        (b"=?=?utf-8?q?a?=", "=?a", []),
        (b"caf\xe9 =?iso-8859-1?q?caf=E9?= caf\xe9", "café café café", ["header-raw-bytes"]),
        (b"=?foo?= =?bar", "=?foo?= =?bar", []),
        (
            b"=?iso-8859-1?B?" + base64.b64encode("迷惑メールです".encode("cp932")) + b"?=",
            "迷惑メールです",
            ["charset-mislabelled"],
        ),
        ("迷惑メール".encode("iso2022_jp"), "迷惑メール", ["header-raw-bytes"]),
        ("迷惑メールです".encode("cp932"), "迷惑メールです", ["header-raw-bytes"]),
        ("迷惑".encode(), "迷惑", ["header-raw-bytes"]),
        (b"", "", []),
    ],
)
def test_words(value: bytes, text: str, codes: list[str]) -> None:
    decoded = decode_header(value)
    assert decoded.text == text
    assert [code for code, _ in decoded.codes] == codes


@pytest.mark.parametrize(
    ("field", "value", "parameters"),
    [
        (b" Text/Plain; Charset=UTF-8", "text/plain", {"charset": "UTF-8"}),
        (b'multipart/mixed;\r\n boundary="a b\\"c"', "multipart/mixed", {"boundary": 'a b"c'}),
        (b"text/plain charset=us-ascii", "text/plain", {"charset": "us-ascii"}),
        (
            b"text/html; charset=iso-2022-jp name=a.txt",
            "text/html",
            {"charset": "iso-2022-jp", "name": "a.txt"},
        ),
        (b"a/b; filename*0*=utf-8''%E3%81; filename*1*=%82.txt", "a/b", {"filename": "あ.txt"}),
        (b"a/b; filename*=iso-2022-jp'ja'%1B$B%24%22%1B(B.txt", "a/b", {"filename": "あ.txt"}),
        (b'a/b; name="=?utf-8?B?44GC?="', "a/b", {"name": "あ"}),
        (b"attachment; filename=a b c.doc", "attachment", {"filename": "a b c.doc"}),
        (b'a/b; boundary="open', "a/b", {"boundary": "open"}),
        (b"a/b; x='y'", "a/b", {"x": "y"}),
        (b"; =x;;;a=b", "", {"a": "b"}),
        (b"charset=utf-8", "", {"charset": "utf-8"}),
    ],
)
def test_parameters(field: bytes, value: str, parameters: dict[str, str]) -> None:
    read = parse_parameters(field)
    assert (read.value, read.parameters) == (value, parameters)


def test_raw_parameter_bytes_are_guessed() -> None:
    read = parse_parameters('a/b; name="お知らせです.txt"'.encode("cp932"))
    assert read.parameters == {"name": "お知らせです.txt"}
    assert read.codes == (("parameter-raw-bytes", "shift_jis"),)


@pytest.mark.parametrize(
    ("value", "boxes"),
    [
        (b" a@example.com", [("", "a@example.com")]),
        (
            b'"X, Y" <a@example.com>, b@example.net (Bee)',
            [("X, Y", "a@example.com"), ("Bee", "b@example.net")],
        ),
        (b"grp: a@example.com, <b@example.com>;", [("", "a@example.com"), ("", "b@example.com")]),
        (b"=?utf-8?B?44GC?= <a@example.com>", [("あ", "a@example.com")]),
        (b"undisclosed-recipients:;", []),
        (b"<@relay.example:a@example.com>", [("", "a@example.com")]),
        (b'"a@b"@example.com', [("", '"a@b"@example.com')]),
        (b'"a"@example.com', [("", "a@example.com")]),
        (b'"open <a@example.com>', [("open", "a@example.com")]),
        (b"a@example.com <b@example.com>", [("a@example.com", "b@example.com")]),
        (b"Two Names a@example.com", [("Two Names", "a@example.com")]),
        (b"Just A Name", [("Just A Name", "")]),
        (b"root", [("", "root")]),
        (b"pete(x)@example.com", [("x", "pete@example.com")]),
        (b"a (c (d) e) <x@example.com>", [("a", "x@example.com")]),
        (b"<>", [("", "")]),
        (b",,,", []),
        (b'"Two Names", @example.com', [("Two Names", ""), ("", "@example.com")]),
        (b'"a group": @example.com', [("", "@example.com")]),
    ],
)
def test_addresses(value: bytes, boxes: list[tuple[str, str]]) -> None:
    found, _ = parse_addresses(value)
    assert [(box.name, box.address) for box in found] == boxes


@pytest.mark.parametrize("codec", ["cp932", "euc_jp", "iso2022_jp", "utf-8"])
def test_a_raw_japanese_name_separates_nothing(codec: str) -> None:
    # ISO-2022-JP and Shift_JIS hold ASCII signs such as "<" and "," inside their double bytes
    name = "迷惑メール相談（表、能）センター"
    found, codes = parse_addresses(f"{name} <a@example.jp>".encode(codec))
    assert found == ((name, "a@example.jp"),)
    assert [code for code, _ in codes] == ["header-raw-bytes"]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Tue, 24 Nov 2026 16:00:00 +0900", (2026, 11, 24, 7, 0, 0)),
        ("Tue, 24 Nov 2026 16:00:00 +0900 (JST)", (2026, 11, 24, 7, 0, 0)),
        ("24 Nov 02 16:00 GMT", (2002, 11, 24, 16, 0, 0)),
        ("24 Nov 102 16:00 GMT", (2002, 11, 24, 16, 0, 0)),
        ("Tue Nov 24 16:00:00 JST 2026", (2026, 11, 24, 16, 0, 0)),
        ("2026-11-24T16:00:00Z", (2026, 11, 24, 16, 0, 0)),
        ("Tuesday, November 24, 2026 4:00 PM -0500", (2026, 11, 24, 21, 0, 0)),
        ("24 Nov 2026 12:30:00 AM", (2026, 11, 24, 0, 30, 0)),
        ("Fri, 02 Aug 2002 23:37:59 0530", (2002, 8, 2, 18, 7, 59)),
        ("Sun, 9 Apr 2006 23:34:45 JST", (2006, 4, 9, 14, 34, 45)),
        ("Wed, 02-Oct-2002 10.20.30 +0900", (2002, 10, 2, 1, 20, 30)),
        ("Wed, 2 Oct 2002 10:20:60 +0000", (2002, 10, 2, 10, 20, 59)),
    ],
)
def test_dates(text: str, moment: tuple[int, int, int, int, int, int]) -> None:
    assert parse_date(text) == datetime(*moment, tzinfo=UTC)
    assert parse_date(text.encode()) == datetime(*moment, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "Sun, 31 Feb 2000 00:00:00 +0000", "1 Jan 0000 00:00:00 +0000", "99:99"]
)
def test_no_dates(text: str) -> None:
    assert parse_date(text) is None

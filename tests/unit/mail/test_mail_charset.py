"""Charsets as Japan, and the rest of the world, write them: what the bytes are wins over what the label says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.mail.charset import codec_of, decode
from meyasubako.mail.iso2022 import decode_iso2022_jp, restore_escapes

PLAIN = "未承諾広告※ こんにちは、本日のお知らせです。"
KANA = "ﾒｰﾙ配信停止はこちらです"
VENDOR = "①㈱髙﨑商店のお知らせ"


@pytest.mark.parametrize(
    "label", [None, "iso-2022-jp", "shift_jis", "euc-jp", "utf-8", "us-ascii", "x-odd", "iso-8859-1"]
)
@pytest.mark.parametrize(
    ("codec", "name", "text"),
    [
        ("cp932", "shift_jis", PLAIN),
        ("cp932", "shift_jis", VENDOR),
        ("euc_jp", "euc-jp", PLAIN),
        ("utf-8", "utf-8", PLAIN + VENDOR),
        ("iso2022_jp", "iso-2022-jp", PLAIN),
        ("iso2022_jp_ext", "iso-2022-jp", PLAIN + KANA),
    ],
)
def test_japanese_under_every_label(codec: str, name: str, text: str, label: str | None) -> None:
    decoded = decode(text.encode(codec), label)
    assert decoded.text == text
    assert decoded.charset == name
    if label == name:
        assert decoded.code is None
    else:
        wanted = {None: "charset-missing", "x-odd": "charset-unknown"}.get(label, "charset-mislabelled")
        assert decoded.code == wanted


@pytest.mark.parametrize("label", [None, "us-ascii", "iso-8859-1"])
@pytest.mark.parametrize(
    ("codec", "name", "text"),
    [
        ("cp949", "euc-kr", "안녕하세요 (광고) 메일 수신을 원하지 않으시면 눌러 주세요"),
        ("gb18030", "gb18030", "您好，这是一封广告邮件，如不想再收到请回复"),
        ("big5", "big5", "您好，這是一封廣告郵件，如不想再收到請回覆"),
        ("cp1251", "windows-1251", "Здравствуйте, это рекламное письмо"),
        ("koi8-r", "koi8-u", "Здравствуйте, это рекламное письмо"),
    ],
)
def test_other_scripts_are_guessed(codec: str, name: str, text: str, label: str | None) -> None:
    decoded = decode(text.encode(codec), label)
    assert (decoded.text, decoded.charset) == (text, name)
    assert decoded.code == ("charset-missing" if label is None else "charset-mislabelled")


def test_latin_text_keeps_its_label() -> None:
    decoded = decode("Liebe Grüße aus München, schöne Woche".encode("cp1252"), "iso-8859-1")
    assert decoded == ("Liebe Grüße aus München, schöne Woche", "windows-1252", None)


@pytest.mark.parametrize(
    "text",
    [
        "Ação e reação à mesa",
        "a price of £100 and more",
        "naïve façade",
        "“quoted” – and more…",
        "\xa0\xa0\xa0 spaced out",
    ],
)
def test_few_western_signs_are_no_other_script(text: str) -> None:
    assert decode(text.encode("cp1252"), "iso-8859-1") == (text, "windows-1252", None)


@pytest.mark.parametrize(
    ("text", "codec", "name"),
    [
        ("Read this now: カタ is here for you", "cp932", "shift_jis"),
        ("Read this now: メール is here for you", "euc_jp", "euc-jp"),
        ("Hello, привет to you and to all the others", "cp1251", "windows-1251"),
    ],
)
def test_another_script_among_western_words_is_seen(text: str, codec: str, name: str) -> None:
    decoded = decode(text.encode(codec), "iso-8859-1")
    assert (decoded.text, decoded.charset, decoded.code) == (text, name, "charset-mislabelled")


def test_whether_bytes_are_surely_utf8() -> None:
    for text in ("あ", "é" * 4, "é😀"):
        assert decode(text.encode(), "gb2312").charset == "utf-8"
    assert decode("é".encode(), "gb2312").charset == "gb18030"


def test_stripped_escapes_are_put_back() -> None:
    stripped = "こんにちは abc メール".encode("iso2022_jp").replace(b"\x1b", b"")
    decoded = decode(stripped, "iso-2022-jp")
    assert decoded == ("こんにちは abc メール", "iso-2022-jp", "charset-escapes-missing")
    assert restore_escapes(b"price $B100(B only") is None


def test_vendor_rows_and_kana_in_iso_2022_jp() -> None:
    data = b"\x1b$B\x2d\x21\x2d\x6a\x1b(I\x4a\x5d\x1b(B ok \x1b$B\x21\x41\x2d\x21\x1b(B"
    assert decode_iso2022_jp(data) == ("①㈱ﾊﾝ ok 〜①", False)


def test_a_line_end_returns_to_ascii_unless_the_text_goes_on() -> None:
    start = "\u3042\u3044\u3046".encode("iso2022_jp").removesuffix(b"\x1b(B")
    assert decode_iso2022_jp(start + b"\x2d\x21\nplain ASCII again") == ("あいう①\nplain ASCII again", False)
    assert decode_iso2022_jp(start + b'\x2d\x21\n$(%"') == ("あいう①\nえア", False)


VENDORS_ROW = b"\x2d\x21"
ELSEWHERE = b"\x1b$A!!\x1b(B"
"""A sign of GB 2312: what holds it is read run by run."""

RUNS = st.sampled_from(
    [
        b"\x1b$B", b"\x1b$@", b"\x1b$(B", b"\x1b(B", b"\x1b(J", b"\x1b(I", VENDORS_ROW, b"$\"", b"0!", b"0!z!", b"\x21\x41",
        b"\x7c\x71", b" ", b"abc", b"\n", b"\r\n", b"\x4a\x5d",
    ]
)  # fmt: skip


@given(st.lists(RUNS, max_size=14).map(b"".join))
def test_vendor_rows_read_as_they_are_run_by_run(data: bytes) -> None:
    data = b"\x1b$B" + VENDORS_ROW + b"\x1b(B" + data + b"\x1b(B"
    by_runs, damaged = decode_iso2022_jp(data + ELSEWHERE)
    assert by_runs is not None
    assert decode_iso2022_jp(data) == (by_runs.removesuffix("\u3000"), damaged)


@pytest.mark.parametrize("data", [b"\x1bc $B and more", b"cost: $Bill\x1b", b"$@ \x1b"])
def test_a_stray_escape_sign_loses_no_text(data: bytes) -> None:
    assert restore_escapes(data) is None
    assert decode(data, "iso-2022-jp") == (data.decode("ascii"), "iso-2022-jp", None)


def test_odd_byte_is_lost_and_said_so() -> None:
    text, damaged = decode_iso2022_jp(b'\x1b$B$"$\x1b(B!')
    assert text == "あ\ufffd!"
    assert damaged
    assert decode(b'\x1b$B$"$\x1b(B!', "iso-2022-jp").code == "charset-invalid-bytes"


def test_a_truncated_utf8_character_does_not_change_the_charset() -> None:
    decoded = decode("メール".encode()[:-1], "utf-8")
    assert decoded == ("メー", "utf-8", "charset-invalid-bytes")


@pytest.mark.parametrize("label", ["rot13", "hex", "zlib", "no such", "\0", "utf-8\ud800", "a" * 10_000])
def test_labels_that_are_no_charset(label: str) -> None:
    assert codec_of(label) is None
    assert decode(b"abc", label) == ("abc", "us-ascii", "charset-unknown")


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("x-sjis", "cp932"),
        ("Windows-31J", "cp932"),
        ("KS_C_5601-1987", "cp949"),
        ("GB2312", "gb18030"),
        ('"utf-8"', "utf-8"),
    ],
)
def test_labels_by_their_larger_codec(label: str, codec: str) -> None:
    assert codec_of(label) == codec


@pytest.mark.parametrize("label", ["shift_jis", "iso-2022-jp"])
@pytest.mark.parametrize(
    "text",
    ["未承諾広告※", "■■■■ 重要 ■■■■", "・・・・・・", "◆◇◆ 限定 ◆◇◆", "●特報● 無料", "会員登録完了", "★☆★☆★", "請求書", "○×△", "「無料」", "■"],
)  # fmt: skip
def test_euc_without_kana_is_read_under_another_japanese_label(text: str, label: str) -> None:
    decoded = decode(text.encode("euc_jp"), label)
    assert (decoded.text, decoded.charset, decoded.code) == (text, "euc-jp", "charset-mislabelled")


@pytest.mark.parametrize(
    "text",
    ["ﾃｽﾄ", "ｱﾙﾊﾞｲﾄ", "ﾒｰﾙ", "無料ﾒｰﾙ", "ｷﾞｬﾙ", "ﾀﾞｳﾝﾛｰﾄﾞ", "★ﾌﾟﾚｾﾞﾝﾄ★", "ﾄｸﾍﾞﾂ", "｢ｶﾅ｣", "｡｡｡", "･･･", "ﾈｯﾄ･ﾒｰﾙ", "｢ﾃｽﾄ｣ ﾒｰﾙ"],
)  # fmt: skip
def test_half_width_kana_stay_what_their_label_says(text: str) -> None:
    assert decode(text.encode("cp932"), "shift_jis") == (text, "shift_jis", None)

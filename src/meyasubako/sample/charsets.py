"""Text into bytes the way mail from Japan and abroad is encoded, rightly labelled or not.

RFC 2045 transfer encodings and RFC 2047 encoded words are written here; how a mail is put together is ``bodies``.
"""

from __future__ import annotations

from base64 import encodebytes
from binascii import b2a_base64, b2a_qp
from typing import NamedTuple

from meyasubako.sample.draws import Draws
from meyasubako.sample.trends import load_trends


class Charset(NamedTuple):
    """What a text is really encoded in (a codec name), what the mail says (None: nothing), and the transfer.

    ``raw_subject`` puts the subject's bytes into the field as they are (against RFC 5322 section 2.2).
    """

    codec: str
    label: str | None
    transfer: str
    raw_subject: bool
    mislabelled: bool


LABEL_OF = {
    "iso2022_jp": "ISO-2022-JP", "cp932": "Shift_JIS", "euc_jp": "EUC-JP", "utf_8": "UTF-8", "gb2312": "gb2312",
    "euc_kr": "EUC-KR", "koi8_r": "koi8-r", "cp1251": "windows-1251", "latin_1": "iso-8859-1", "ascii": "us-ascii",
}  # fmt: skip
FOREIGN = {
    "en": ("ascii", "latin_1"), "zh": ("gb2312",), "ko": ("euc_kr",), "ru": ("koi8_r", "cp1251"),
    "pt": ("latin_1",), "es": ("latin_1",),
}  # fmt: skip
MISLABELS = (("cp932", "ISO-2022-JP"), ("utf_8", "ISO-2022-JP"), ("iso2022_jp", None), ("cp932", None), ("iso2022_jp", "Shift_JIS"), ("utf_8", "Shift_JIS"), ("cp932", "us-ascii"), ("euc_jp", "Shift_JIS"))  # fmt: skip


def draw_charset(language: str, month: int, lawful: bool, draws: Draws) -> Charset:
    """The charset a campaign is written in; spam mislabels one campaign in twelve."""
    modern = draws.chance(load_trends().utf8.at(month))
    if language != "ja":
        codec = "utf_8" if modern else draws.pick(FOREIGN[language])
        transfer = "7bit" if codec == "ascii" else draws.pick(("base64", "quoted-printable", "8bit"))
        return Charset(codec, LABEL_OF[codec], transfer, not lawful and draws.chance(0.05), False)
    if not lawful and draws.chance(0.08):
        codec, label = draws.pick(MISLABELS)
        transfer = "7bit" if codec == "iso2022_jp" else draws.pick(("8bit", "base64"))
        return Charset(codec, label, transfer, draws.chance(0.5), True)
    codec = "utf_8" if modern else draws.pick(("iso2022_jp",) * 7 + ("cp932",) * 3 + ("euc_jp",))
    transfer = "7bit" if codec == "iso2022_jp" else draws.pick(("base64", "8bit", "quoted-printable"))
    return Charset(codec, LABEL_OF[codec], transfer, not lawful and draws.chance(0.04), False)


def encode_text(text: str, codec: str) -> bytes:
    """Bytes of a text; ISO-2022-JP with half-width kana as Japanese mailers wrote them (escape ``( I``)."""
    if codec == "iso2022_jp":
        try:
            return text.encode(codec)
        except UnicodeEncodeError:
            return text.encode("iso2022_jp_ext")
    return text.encode(codec)


def transfer_text(data: bytes, transfer: str) -> bytes:
    """The body bytes in a transfer encoding (RFC 2045 section 6), ending with a line end."""
    if transfer == "base64":
        return encodebytes(data)
    if transfer == "quoted-printable":
        return b2a_qp(data, istext=True)
    return data


def header_text(text: str, charset: Charset) -> bytes:
    """An unstructured header value: as it is where it is ASCII or meant raw, else encoded words (RFC 2047)."""
    if text.isascii():
        return text.encode("ascii")
    if charset.raw_subject or charset.label is None or charset.label == "us-ascii":
        return encode_text(text, charset.codec)
    size = {"latin_1": 36, "koi8_r": 36, "cp1251": 36, "utf_8": 13}.get(charset.codec, 15)
    label = charset.label.encode("ascii")
    words = []
    for start in range(0, len(text), size):
        data = b2a_base64(encode_text(text[start : start + size], charset.codec), newline=False)
        words.append(b"=?" + label + b"?B?" + data + b"?=")
    return b"\n ".join(words)

"""Bytes -> text, whatever the label says: Japanese as Japan writes it, and the rest of the world.

The label is believed as long as the bytes allow it. UTF-8 that validates is UTF-8 under any label; escape
sequences are ISO-2022 under any label; what is neither and fails its label is guessed, Japanese first.
Every answer that is not the label's comes back with a code, so that the caller can note a defect.

ISO-2022-JP (RFC 1468) itself is in ``iso2022``.
"""

from __future__ import annotations

import codecs
import re
from encodings.aliases import aliases
from functools import lru_cache
from typing import NamedTuple

import cython
from turbohtml.detect import detect

from meyasubako.mail.iso2022 import decode_iso2022_jp, restore_escapes

_GUESS_BYTES = 4 * 1024
_SOUP_SIGNS = 2000
_SUPERSETS = {
    "shift_jis": "cp932", "cp932": "cp932", "shift_jis_2004": "cp932", "shift_jisx0213": "cp932",
    "euc_kr": "cp949", "cp949": "cp949", "johab": "johab",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs",
    "big5hkscs": "big5hkscs", "iso8859-1": "cp1252", "latin_1": "cp1252", "cp1252": "cp1252", "iso8859-9": "cp1254",
    "tis-620": "cp874", "iso8859-11": "cp874", "iso8859_1": "cp1252", "iso8859_9": "cp1254", "ascii": "ascii",
    "utf-8": "utf-8", "utf_8": "utf-8", "utf-8-sig": "utf-8",
}  # fmt: skip
"""Codec by codec the larger one that mailers mean by its name."""

_ALIASES = {
    "x-sjis": "cp932", "sjis": "cp932", "shift-jis": "cp932", "x-ms-cp932": "cp932", "windows-31j": "cp932",
    "ms_kanji": "cp932", "shiftjis": "cp932", "cp943c": "cp932", "s-jis": "cp932", "mskanji": "cp932",
    "x-euc-jp": "euc_jp", "x-euc": "euc_jp", "eucjp-ms": "euc_jp", "eucjp": "euc_jp", "cp51932": "euc_jp",
    "jis": "iso2022_jp", "iso-2022-jp-ms": "iso2022_jp", "cp50220": "iso2022_jp", "cp50221": "iso2022_jp",
    "cp50222": "iso2022_jp", "csiso2022jp": "iso2022_jp", "iso-2022-jp-1": "iso2022_jp",
    "iso-2022-jp-2": "iso2022_jp", "iso-2022-jp-3": "iso2022_jp", "iso-2022-jp-2004": "iso2022_jp",
    "iso-2022-cn": "iso2022_cn", "x-gbk": "gb18030", "x-big5": "big5hkscs", "gb_2312-80": "gb18030",
    "big5-hkscs": "big5hkscs", "cn-gb": "gb18030", "cn-big5": "big5hkscs", "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949", "ks_c_5601": "cp949", "x-windows-949": "cp949", "uhc": "cp949", "windows-949": "cp949",
    "iso-8859-8-i": "iso8859-8", "x-unknown": "", "unknown": "", "unknown-8bit": "", "default": "",
    "x-user-defined": "", "utf8mb4": "utf-8", "x-mac-japanese": "cp932", "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman", "dos-874": "cp874", "windows-874": "cp874", "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8", "x-cp1251": "cp1251", "cp-850": "cp850", "us": "ascii", "ansi_x3.4-1968": "ascii",
    "_autodetect": "", "_autodetect_all": "", "_iso-2022-jp$esc": "iso2022_jp", "utf-8;": "utf-8",
}  # fmt: skip

_NAMES = {
    "cp932": "shift_jis", "euc_jp": "euc-jp", "iso2022_jp": "iso-2022-jp", "iso2022_kr": "iso-2022-kr",
    "cp949": "euc-kr", "gb18030": "gb18030", "big5hkscs": "big5", "ascii": "us-ascii", "cp1252": "windows-1252",
    "utf-8": "utf-8", "cp1254": "windows-1254", "cp1251": "windows-1251", "koi8-r": "koi8-r", "hz": "hz-gb-2312",
    "iso2022_cn": "iso-2022-cn", "cp874": "windows-874",
}  # fmt: skip
_TEXT_CODEC = re.compile(
    r"(?:cp|iso|utf|koi|gb|big5|euc|mac|latin|ascii|shift|johab|hz|tis|kz|ptcp)[a-z0-9_-]*\Z"
)
_PYTHON_NAMES = frozenset(aliases) | frozenset(aliases.values()) | {"koi8_u", "koi8_t", "cp874", "utf_8_sig"}
"""Names the codec registry knows; others are never looked up, as it remembers each failure for ever."""

_WEAK = frozenset({"ascii", "cp1252", "iso8859-15", "", "iso2022_jp"})
"""Labels that mailers write without a thought: 8-bit bytes under them may be anything."""

_MULTIBYTE = frozenset({"cp932", "euc_jp", "cp949", "gb18030", "big5hkscs", "johab"})
_JAPANESE = frozenset({"cp932", "iso2022_jp"})
_WIDE = frozenset({"hz", "utf-7", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"})
"""Codecs that read plain ASCII as something else."""

_EUC_PAIR = re.compile(rb"[\xa1-\xfe]{2}")
_HIGH = bytes(range(128, 256))
_CYRILLIC = frozenset({"cp1251", "koi8-r", "koi8-u", "iso8859-5", "cp866"})
_LATIN = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))
"""Windows-1252 with its five holes read as the control signs of ISO-8859-1, as browsers do."""

_new = tuple.__new__


class Decoded(NamedTuple):
    """Text, the charset it was read in (IANA name, lower case), and a code where that is not the label's."""

    text: str
    charset: str
    code: str | None = None


@lru_cache(maxsize=1024)
def codec_of(label: str) -> str | None:
    """Python codec for a charset label; "" for a label that says nothing, None for one nobody knows."""
    name = label.strip(" \t\r\n\"';,").lower()
    if not name:
        return ""
    if name in _ALIASES:
        return _ALIASES[name]
    for candidate in (name, name.removeprefix("x-"), name.replace("windows-", "cp"), name.split("*", 1)[0]):
        normal = candidate.replace("-", "_").replace(" ", "_").replace(":", "_")
        if normal in _PYTHON_NAMES:
            codec = codecs.lookup(normal).name
            if codec.startswith("iso2022_jp"):
                return "iso2022_jp"
            codec = _SUPERSETS.get(codec, codec)
            return codec if _TEXT_CODEC.match(codec) else None
    return None


def charset_name(codec: str) -> str:
    """The name mails use for a codec."""
    return _NAMES.get(codec, codec)


@cython.cfunc
def _decoded(text: str, charset: str, code: str | None) -> Decoded:
    return _new(Decoded, (text, charset, code))


def decode(data: bytes, label: str | None, hint: str | None = None) -> Decoded:
    """Text of these bytes under this label. ``hint`` is a charset seen elsewhere in the same mail.

    Codes: ``charset-mislabelled`` (read as something else than the label), ``charset-missing`` (no label, 8-bit
    bytes), ``charset-unknown`` (a label nobody knows), ``charset-invalid-bytes`` (read as labelled, with some
    bytes lost), ``charset-escapes-missing`` (ISO-2022-JP whose escape signs were stripped).
    """
    codec = codec_of(label) if label else ""
    if data.isascii():
        return _decode_seven_bit(data, codec)
    if codec and codec in _WIDE:
        return _decode_wide(data, codec)
    if _may_be_escaped(data):
        escaped = _decode_escaped(data, codec)
        if escaped is not None:
            return escaped
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_eight_bit(data, codec, hint)
    if codec == "utf-8":
        return _decoded(text.removeprefix("\ufeff"), "utf-8", None)
    if codec not in _MULTIBYTE or _is_surely_utf8(data, text):
        return _decoded(text.removeprefix("\ufeff"), "utf-8", _why(codec))
    return _decode_eight_bit(data, codec, hint)


@cython.cfunc
def _may_be_escaped(data: bytes) -> cython.bint:
    """Whether an escape sequence of ISO-2022 may be here; nearly all texts hold no escape sign."""
    return ord("\x1b") in data and (b"\x1b$" in data or b"\x1b(" in data)


def _why(codec: str | None) -> str:
    if codec is None:
        return "charset-unknown"
    return "charset-mislabelled" if codec else "charset-missing"


def _decode_seven_bit(data: bytes, codec: str | None) -> Decoded:
    if ord("\x1b") in data and (escaped := _decode_escaped(data, codec)) is not None:
        return escaped
    if codec == "iso2022_jp" and (restored := restore_escapes(data)) is not None:
        text, _ = decode_iso2022_jp(restored)
        return Decoded(text or "", "iso-2022-jp", "charset-escapes-missing")
    if codec and codec in _WIDE:
        return _decode_wide(data, codec)
    text = data.decode("ascii")
    if codec is None:
        return _decoded(text, "us-ascii", "charset-unknown")
    return _decoded(text, charset_name(codec) if codec else "us-ascii", None)


def _decode_wide(data: bytes, codec: str) -> Decoded:
    """UTF-16, UTF-32, UTF-7, HZ: labels that mails often write over plain bytes."""
    marked = b"\0" in data or data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if codec.startswith(("utf-16", "utf-32")) and not marked:
        return decode(data, None)._replace(code="charset-mislabelled")
    try:
        return Decoded(data.decode(codec), charset_name(codec))
    except UnicodeDecodeError:
        if not data.isascii() and codec in ("hz", "utf-7"):
            return decode(data, None)._replace(code="charset-mislabelled")
        return Decoded(data.decode(codec, "replace"), charset_name(codec), "charset-invalid-bytes")


def _decode_escaped(data: bytes, codec: str | None) -> Decoded | None:
    """ISO-2022 by its escape sequences; None where the escapes are noise."""
    for sign, name in ((b"\x1b$)C", "iso2022_kr"),):
        if sign in data:
            text = data.decode(name, "replace")
            return Decoded(text, charset_name(name), None if codec == name else _why(codec))
    restored, damaged = decode_iso2022_jp(data)
    if restored is None:
        return None
    if codec != "iso2022_jp":
        return Decoded(restored, "iso-2022-jp", _why(codec))
    return Decoded(restored, "iso-2022-jp", "charset-invalid-bytes" if damaged else None)


def _is_surely_utf8(data: bytes, text: str) -> bool:
    """Whether bytes that validate as UTF-8 could not as well be a short text in a double-byte charset.

    They could not where four signs are beyond ASCII, or one is that takes more than two bytes.
    """
    beyond = len(data) - len(text)
    return beyond >= 4 or beyond > len(text) - len(data.translate(None, _HIGH))


def _decode_eight_bit(data: bytes, codec: str | None, hint: str | None) -> Decoded:
    """8-bit bytes that are no UTF-8: the label where it holds, else a guess."""
    if codec and codec not in _WEAK:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError as error:
            if codec == "utf-8" and error.start >= len(data) - 3:
                return Decoded(data.decode("utf-8", "ignore"), "utf-8", "charset-invalid-bytes")
        else:
            if codec == "cp932" and _is_mislabelled_euc(data, text):
                return Decoded(data.decode("euc_jp", "replace"), "euc-jp", _why(codec))
            return Decoded(text, charset_name(codec))
    return _guess(data, codec, hint)


def _is_mislabelled_euc(data: bytes, text: str) -> bool:
    """Whether bytes that Shift_JIS reads as this text were written in EUC-JP."""
    return _is_euc(data) or (_is_kana_soup(text) and _guess_japanese(data) == "euc_jp")


def _is_kana_soup(text: str) -> bool:
    """Whether a text is mostly half-width kana: so EUC-JP looks when read as Shift_JIS."""
    kana: cython.Py_ssize_t = 0
    beyond: cython.Py_ssize_t = 0
    at: cython.Py_ssize_t
    for at in range(min(len(text), _SOUP_SIGNS)):
        sign: cython.Py_ssize_t = ord(text[at])
        if sign > 0x7F:
            beyond += 1
            if 0xFF61 <= sign <= 0xFF9F:
                kana += 1
    return kana * 2 > beyond


def _is_euc(data: bytes) -> bool:
    """Whether bytes that a Japanese label calls Shift_JIS, or ISO-2022-JP, are EUC-JP.

    They are when they decode, mostly to signs, kana and common kanji (rows 1 to 8 and 16 to 47 of JIS X 0208), and
    Shift_JIS would read them as half-width kana among rare kanji, or as brackets and dots of half width.
    """
    try:
        data.decode("euc_jp")
    except UnicodeDecodeError:
        return False
    pairs: cython.Py_ssize_t = 0
    common: cython.Py_ssize_t = 0
    signs: cython.Py_ssize_t = 0
    beyond_shift = False
    lead: cython.uchar = 0  # the first byte of a pair that may follow
    byte: cython.uchar
    for byte in data:
        if byte >= 0xE0:
            beyond_shift = True
        if not 0xA1 <= byte <= 0xFE:
            lead = 0
        elif lead == 0:
            lead = byte
        else:
            pairs += 1
            common += lead <= 0xA8 or 0xB0 <= lead <= 0xCF
            signs += lead <= 0xA2
            lead = 0
    if not pairs or common * 5 < pairs * 4:
        return False
    return beyond_shift or signs * 3 >= pairs


def _guess(data: bytes, codec: str | None, hint: str | None) -> Decoded:
    """The charset whose text makes most sense; the label's own, with losses, where none does better."""
    if codec == "cp1252" and _is_western(data[:_GUESS_BYTES]):
        return _decoded(_latin(data), "windows-1252", None)
    japanese = _guess_japanese(data)
    if japanese is None and codec in _JAPANESE and _is_euc(data):
        japanese = "euc_jp"
    guessed = japanese or _guess_other(data, hint)
    if codec == "cp1252" and guessed not in _MULTIBYTE | _CYRILLIC:
        return Decoded(_latin(data), "windows-1252")
    if codec and codec not in _WEAK:
        text = data.decode(codec, "replace")
        lost = text.count("\ufffd")
        high = len(data) - len(data.translate(None, _HIGH))
        few_lost = lost * 20 <= high and (japanese is None or codec == "utf-8")
        if few_lost or guessed == codec or (guessed == "cp1252" and lost * 3 <= high):
            return Decoded(text, charset_name(codec), "charset-invalid-bytes")
    text = _latin(data) if guessed == "cp1252" else data.decode(guessed, "replace")
    return Decoded(text, charset_name(guessed), _why(codec))


def _latin(data: bytes) -> str:
    return codecs.charmap_decode(data, "strict", _LATIN)[0]


def _is_western(sample: bytes) -> bool:
    """Whether 8-bit bytes stand here as accents and typographic signs do: few, and no three in a row.

    Two double bytes in a row are four; a Cyrillic word mostly has three letters. A katakana of Shift_JIS may have
    one, but one that Western texts have no use for. No-break spaces do not count.
    """
    high: cython.Py_ssize_t = 0
    letters: cython.Py_ssize_t = 0
    row: cython.Py_ssize_t = 0
    byte: cython.uchar
    for byte in sample:
        if byte < 0x80:
            row = 0
            letters += 0x61 <= byte <= 0x7A or 0x41 <= byte <= 0x5A
        elif byte == 0xA0:
            row = 0
        else:
            high += 1
            row += 1
            if row == 3 or 0x81 <= byte <= 0x83:
                return False
    return high * 5 <= letters


def _guess_japanese(data: bytes) -> str | None:
    """Shift_JIS or EUC-JP where kana say so and nearly all bytes decode; None otherwise."""
    sample = data[:_GUESS_BYTES]
    high = len(sample) - len(sample.translate(None, _HIGH))
    best, best_count = None, 0
    for codec, count in (("cp932", _count_shift_kana(sample)), ("euc_jp", _count_euc_kana(sample))):
        if count * 8 < high or count <= best_count:
            continue
        if sample.decode(codec, "replace").count("\ufffd") * 20 <= high:
            best, best_count = codec, count
    return best


@cython.cfunc
def _count_shift_kana(sample: bytes) -> cython.Py_ssize_t:
    """Kana and the signs that go with them, as Shift_JIS writes them."""
    count: cython.Py_ssize_t = 0
    lead: cython.uchar = 0
    byte: cython.uchar
    for byte in sample:
        if (
            (lead == 0x82 and 0x9F <= byte <= 0xF1)
            or (lead == 0x83 and 0x40 <= byte <= 0x96)
            or (lead == 0x81 and (byte == 0x41 or byte == 0x42 or byte == 0x5B))
        ):
            count += 1
            lead = 0
        else:
            lead = byte
    return count


@cython.cfunc
def _count_euc_kana(sample: bytes) -> cython.Py_ssize_t:
    """Kana and the signs that go with them, as EUC-JP writes them."""
    count: cython.Py_ssize_t = 0
    lead: cython.uchar = 0
    byte: cython.uchar
    for byte in sample:
        if (
            (lead == 0xA4 and 0xA1 <= byte <= 0xF3)
            or (lead == 0xA5 and 0xA1 <= byte <= 0xF6)
            or (lead == 0xA1 and (byte == 0xA2 or byte == 0xA3 or byte == 0xBC))
        ):
            count += 1
            lead = 0
        else:
            lead = byte
    return count


def _guess_other(data: bytes, hint: str | None) -> str:
    """The hint where it decodes without loss, else the detector's word."""
    if hint is not None:
        hinted = codec_of(hint)
        if hinted and hinted not in _WEAK:
            try:
                data.decode(hinted)
            except UnicodeDecodeError:
                pass
            else:
                return hinted
    found = codec_of(detect(data[:_GUESS_BYTES]).encoding or "")
    return found if found and not found.startswith(("utf", "iso2022", "ascii")) else "cp1252"

"""Header bytes -> text: unfolding, encoded words (RFC 2047), raw 8-bit and ISO-2022 headers.

Encoded words are read however they are broken: split inside a character, without white space between them,
with white space or line ends inside, without padding, without their end, inside quoted strings, with a
language tag (RFC 2231 section 5). Neighbours in one charset are joined before they are decoded, which
mends characters and escape sequences cut in two.
"""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple

from meyasubako.mail.charset import decode
from meyasubako.mail.transfer import decode_base64

_WORD = re.compile(rb"=\?([!->@-~]{1,60})\?[ \t]*([bBqQ])[ \t]*\?")
_BREAKS = re.compile(rb"[ \t]*[\r\n]+[ \t]*")
_SPACES = b" \t\r\n"


class HeaderText(NamedTuple):
    """A decoded header value, codes of what was wrong, and the charset its first encoded word was read in."""

    text: str
    codes: tuple[tuple[str, str | None], ...] = ()
    charset: str | None = None


def unfold(value: bytes) -> bytes:
    """The value on one line (RFC 5322 section 2.2.3); each fold becomes one space."""
    if b"\n" in value or b"\r" in value:
        value = b" ".join([line.strip(b" \t") for line in value.splitlines()])
    return value.strip(_SPACES)


def decode_header(value: bytes, hint: str | None = None) -> HeaderText:
    """The text of an unstructured field. ``hint`` is a charset seen elsewhere in the mail. Never raises."""
    value = unfold(value)
    if b"=?" not in value:
        if value.isascii() and b"\x1b" not in value:
            return HeaderText(value.decode("ascii"))
        return _decode_raw(value, hint)
    return _decode_words(value, hint)


def _decode_raw(value: bytes, hint: str | None) -> HeaderText:
    """8-bit or ISO-2022 bytes where RFC 5322 has ASCII only (RFC 6532 allows UTF-8)."""
    decoded = decode(value, None, hint)
    return HeaderText(decoded.text, (("header-raw-bytes", decoded.charset),), decoded.charset)


class _Run(NamedTuple):
    """Consecutive encoded words in one charset, decoded to bytes; ``charset`` None for text between words."""

    charset: str | None
    pieces: list[bytes]


def _decode_words(value: bytes, hint: str | None) -> HeaderText:
    codes: dict[tuple[str, str | None], None] = {}
    runs = _split_words(value, codes)
    text: list[str] = []
    charset = None
    for run in runs:
        data = b"".join(run.pieces)
        if run.charset is None:
            if data.isascii() and b"\x1b" not in data:
                text.append(data.decode("ascii"))
            else:
                raw = _decode_raw(data, charset or hint)
                codes.update(dict.fromkeys(raw.codes))
                text.append(raw.text)
            continue
        decoded = decode(data, run.charset, hint)
        charset = charset or decoded.charset
        if decoded.code is not None:
            codes[decoded.code, decoded.charset] = None
        piece = decoded.text
        if "\n" in piece or "\r" in piece:
            piece = " ".join(piece.split())
        text.append(piece)
    return HeaderText("".join(text).strip(), tuple(codes), charset)


def _split_words(value: bytes, codes: dict[tuple[str, str | None], None]) -> list[_Run]:
    """The value as runs; white space between two encoded words is dropped (RFC 2047 section 6.2)."""
    runs: list[_Run] = []
    position = 0
    last_end = -1
    for found in _WORD.finditer(value):
        start = found.start()
        if start < position:
            continue
        between = value[position:start]
        if between and (last_end < 0 or between.strip(_SPACES)):
            runs.append(_Run(None, [between]))
        content, position = _word_content(value, found.end(), codes)
        data = _decode_content(content, found[2], codes)
        charset = found[1].split(b"*", 1)[0].decode("latin-1").lower()
        if runs and runs[-1].charset == charset:
            runs[-1].pieces.append(data)
        else:
            runs.append(_Run(charset, [data]))
        last_end = position
    if position < len(value):
        runs.append(_Run(None, [value[position:]]))
    return runs


def _word_content(value: bytes, start: int, codes: dict[tuple[str, str | None], None]) -> tuple[bytes, int]:
    """Content of the word that starts here, and where it ends: at ``?=``, at the next word, or at the end."""
    end = value.find(b"?=", start)
    following = value.find(b"=?", start, end if end >= 0 else len(value))
    if following >= 0 and (nested := _WORD.match(value, following)) is not None and nested.end() != end:
        codes["word-unterminated", None] = None
        return value[start:following], following
    if end < 0:
        codes["word-unterminated", None] = None
        return value[start:], len(value)
    return value[start:end], end + 2


def _decode_content(content: bytes, encoding: bytes, codes: dict[tuple[str, str | None], None]) -> bytes:
    if encoding in b"qQ":
        if b" " in content or b"\t" in content:
            codes["word-with-spaces", None] = None
        return binascii.a2b_qp(content.replace(b"\r", b"").replace(b"\n", b""), header=True)
    data, wrong = decode_base64(content)
    if wrong:
        codes["word-base64-broken", None] = None
    return data

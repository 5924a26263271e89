"""Header bytes -> text: unfolding, encoded words (RFC 2047), raw 8-bit and ISO-2022 headers.

Encoded words are read however they are broken: split inside a character, without white space between them,
with white space or line ends inside, without padding, without their end, inside quoted strings, with a
language tag (RFC 2231 section 5). Neighbours in one charset are joined before they are decoded, which
mends characters and escape sequences cut in two.
"""

from __future__ import annotations

import binascii
from typing import NamedTuple

import cython

from meyasubako.mail.charset import decode
from meyasubako.mail.transfer import decode_base64

_LONGEST_CHARSET = 60
_SPACES = b" \t\r\n"
_new = tuple.__new__

_Code = tuple[str, str | None]


class HeaderText(NamedTuple):
    """A decoded header value, codes of what was wrong, and the charset its first encoded word was read in."""

    text: str
    codes: tuple[_Code, ...] = ()
    charset: str | None = None


def unfold(value: bytes) -> bytes:
    """The value on one line (RFC 5322 section 2.2.3); each fold becomes one space."""
    if ord("\n") in value or ord("\r") in value:
        value = b" ".join([line.strip(b" \t") for line in value.splitlines()])
    return value.strip(_SPACES)


def decode_header(value: bytes, hint: str | None = None) -> HeaderText:
    """The text of an unstructured field. ``hint`` is a charset seen elsewhere in the mail. Never raises."""
    line = unfold(value)
    if ord("=") in line:
        start: cython.Py_ssize_t = line.find(b"=?")
        if start >= 0:
            return _decode_words(line, start, hint)
    if line.isascii() and ord("\x1b") not in line:
        return _new(HeaderText, (line.decode("ascii"), (), None))
    return _decode_raw(line, hint)


def _decode_raw(value: bytes, hint: str | None) -> HeaderText:
    """8-bit or ISO-2022 bytes where RFC 5322 has ASCII only (RFC 6532 allows UTF-8)."""
    decoded = decode(value, None, hint)
    return HeaderText(decoded.text, (("header-raw-bytes", decoded.charset),), decoded.charset)


@cython.final
@cython.cclass
class _Reading:
    """A value with encoded words while it is read."""

    hint: str | None
    text: list[str]
    charset: str | None  # the one the first word was read in
    label: str  # the charset that the words of the run name
    run: list[bytes]  # consecutive words in one charset, without their encoding
    broken: dict[_Code, None]  # codes of what is wrong with the words themselves
    codes: dict[_Code, None]  # codes of what they say

    def __init__(self, hint: str | None) -> None:
        self.hint = hint
        self.text = []
        self.charset = None
        self.label = ""
        self.run = []
        self.broken = {}
        self.codes = {}

    @cython.cfunc
    def add_word(self, label: str, encoding: cython.uchar, content: bytes) -> None:
        """A word whose content stands in this encoding."""
        if label != self.label:
            self.end_run()
            self.label = label
        if encoding in b"qQ":
            if ord(" ") in content or ord("\t") in content:
                self.broken["word-with-spaces", None] = None
            self.run.append(binascii.a2b_qp(content, header=True))
            return
        data, wrong = decode_base64(content)
        if wrong:
            self.broken["word-base64-broken", None] = None
        self.run.append(data)

    @cython.cfunc
    def add_plain(self, data: bytes) -> None:
        """What stands before, between and behind the words."""
        self.end_run()
        if data.isascii() and ord("\x1b") not in data:
            self.text.append(data.decode("ascii"))
            return
        raw = _decode_raw(data, self.charset or self.hint)
        self.codes.update(dict.fromkeys(raw.codes))
        self.text.append(raw.text)

    @cython.cfunc
    def end_run(self) -> None:
        """Decode the words of the run together."""
        if not self.run:
            return
        decoded = decode(b"".join(self.run), self.label, self.hint)
        self.run = []
        if self.charset is None:
            self.charset = decoded.charset
        if decoded.code is not None:
            self.codes[decoded.code, decoded.charset] = None
        piece: str = decoded.text
        if "\n" in piece or "\r" in piece:
            piece = " ".join(piece.split())
        self.text.append(piece)


@cython.cfunc
def _decode_words(value: bytes, start: cython.Py_ssize_t, hint: str | None) -> HeaderText:
    """The text of a value in one line that holds ``=?``, first at ``start``.

    A word ends at ``?=``, at the next word, or at the end; white space between two words is dropped (RFC 2047
    section 6.2).
    """
    reading: _Reading = _Reading(hint)
    size: cython.Py_ssize_t = len(value)
    position: cython.Py_ssize_t = 0  # behind what has been read
    closing: cython.Py_ssize_t = -1  # the next "?=", beyond the end where there is none
    while start >= 0:
        content: cython.Py_ssize_t = _content_start(value, start)
        if content == 0:
            start = value.find(b"=?", start + 2)
            continue
        between = value[position:start]
        if between and (position == 0 or between.strip(_SPACES)):
            reading.add_plain(between)
        if closing < content:  # looked for once, not once a word: many may have no end
            closing = value.find(b"?=", content)
            if closing < 0:
                closing = size + 1
        end: cython.Py_ssize_t = closing
        following: cython.Py_ssize_t = value.find(b"=?", content, closing)
        if following >= 0 and _content_start(value, following) not in (0, closing):
            end = following
        if end == following or end > size:
            reading.broken["word-unterminated", None] = None
        mark: cython.Py_ssize_t = value.find(b"?", start + 2)
        label = value[start + 2 : mark].split(b"*", 1)[0].decode("ascii").lower()
        reading.add_word(label, value[_skip_blanks(value, mark + 1)], value[content:end])
        position = end if end == following else end + 2
        start = value.find(b"=?", position)
    if position < size:
        reading.add_plain(value[position:])
    reading.end_run()
    text = "".join(reading.text).strip()
    return _new(HeaderText, (text, (*reading.broken, *reading.codes), reading.charset))


@cython.cfunc
def _content_start(value: bytes, start: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where the content begins of the word that ``=?`` at ``start`` opens; 0 where it opens none."""
    size: cython.Py_ssize_t = len(value)
    at: cython.Py_ssize_t = start + 2
    while at < size and 0x21 <= value[at] <= 0x7E and value[at] != 0x3F:
        at += 1
    if not 0 < at - start - 2 <= _LONGEST_CHARSET or at == size or value[at] != 0x3F:
        return 0
    at = _skip_blanks(value, at + 1)
    if at == size or value[at] not in b"bBqQ":
        return 0
    at = _skip_blanks(value, at + 1)
    return at + 1 if at < size and value[at] == 0x3F else 0


@cython.cfunc
@cython.inline
def _skip_blanks(value: bytes, at: cython.Py_ssize_t) -> cython.Py_ssize_t:
    while at < len(value) and (value[at] == 0x20 or value[at] == 0x09):
        at += 1
    return at

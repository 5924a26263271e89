"""The HTML or the text that Outlook keeps inside RTF (MS-OXRTFEX).

Fragments of HTML stand in ``\\htmltag`` groups as they were, the text between them outside; what lies between
``\\htmlrtf`` and ``\\htmlrtf0`` is RTF's own. Bytes are read in the charset of their font: Japanese text is written
as Shift_JIS in a font of charset 128. One pass, a token at a time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from meyasubako.mail.charset import decode
from meyasubako.mail.wrapped.outlook.properties import code_page

_TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?[0-9]{1,10})?[ ]?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\\Z"
)
_SIGNS = {
    "par": "\n", "line": "\n", "tab": "\t", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
    "bullet": "•", "endash": "–", "emdash": "—", "emspace": "\u2003", "enspace": "\u2002",
}  # fmt: skip
_APART = frozenset(
    {"fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "listtable"}
)
_FONT_CHARSETS = {
    128: "shift_jis", 129: "euc-kr", 130: "johab", 134: "gb18030", 136: "big5", 161: "windows-1253",
    162: "windows-1254", 163: "windows-1258", 177: "windows-1255", 178: "windows-1256", 186: "windows-1257",
    204: "windows-1251", 222: "windows-874", 238: "windows-1250",
}  # fmt: skip
_MOST_DEPTH = 2_000
_MOST_FONTS = 2_000


@dataclass(frozen=True, slots=True)
class _State:
    """What holds in one group."""

    place: str = "text"
    skips: bool = False
    font: int = -1
    after_unicode: int = 1


@dataclass
class _Reader:
    """RTF under way."""

    page: str | None = None
    fonts: dict[int, str] = field(default_factory=dict)
    out: list[str] = field(default_factory=list)
    pending: bytearray = field(default_factory=bytearray)
    pending_font: int = -1
    state: _State = field(default_factory=_State)
    stack: list[_State] = field(default_factory=list)
    star: bool = False
    to_skip: int = 0
    html: bool = False
    text: bool = False

    @property
    def shows(self) -> bool:
        return not self.state.skips and self.state.place in ("text", "tag")

    def add_bytes(self, data: bytes) -> None:
        if self.pending and self.pending_font != self.state.font:
            self.flush()
        self.pending_font = self.state.font
        self.pending += data

    def flush(self) -> None:
        """Decode what came as bytes, whole characters together."""
        if self.pending:
            label = self.fonts.get(self.pending_font) or self.page
            data = bytes(self.pending)
            self.out.append(
                data.decode("ascii") if data.isascii() else decode(data, label or "windows-1252").text
            )
            self.pending.clear()

    def add(self, text: str) -> None:
        self.flush()
        self.out.append(text)


def read_encapsulated(rtf: bytes) -> tuple[str, str]:
    """(HTML, text) that this RTF holds; one of them, or both, "". RTF that holds neither is read as text."""
    reader = _Reader()
    for token in _TOKEN.finditer(rtf):
        word, number, code, sign, brace, plain = token.groups()
        if brace is not None:
            _brace(reader, brace)
        elif word is not None:
            _word(reader, word.decode("ascii"), int(number) if number is not None else None)
        elif code is not None:
            _letters(reader, bytes((int(code, 16),)))
        elif sign is not None:
            _sign(reader, sign)
        elif plain is not None:
            _letters(reader, plain)
    reader.flush()
    text = "".join(reader.out)
    return (text, "") if reader.html else ("", text)


def _brace(reader: _Reader, brace: bytes) -> None:
    reader.star = False
    reader.to_skip = 0
    if brace == b"{":
        if len(reader.stack) < _MOST_DEPTH:
            reader.stack.append(reader.state)
    elif reader.stack:
        if reader.state.place == "tag" and reader.stack[-1].place != "tag":
            reader.flush()
        reader.state = reader.stack.pop()


def _letters(reader: _Reader, data: bytes) -> None:
    reader.star = False
    if reader.to_skip:
        skipped = min(reader.to_skip, len(data))
        reader.to_skip -= skipped
        data = data[skipped:]
    if data and reader.shows:
        reader.add_bytes(data)


def _sign(reader: _Reader, sign: bytes) -> None:
    if sign == b"*":
        reader.star = True
    elif sign in b"\\{}":
        _letters(reader, sign)
    elif reader.shows and sign == b"~":
        reader.add("\xa0" if reader.state.place == "text" and not reader.html else "&nbsp;")
    elif reader.shows and sign == b"_":
        reader.add("-" if not reader.html else "&shy;")


def _word(reader: _Reader, word: str, number: int | None) -> None:
    star, reader.star = reader.star, False
    if word == "htmltag":
        reader.state = replace(reader.state, place="tag", skips=False)
    elif word == "htmlrtf":
        reader.flush()
        reader.state = replace(reader.state, skips=number != 0)
    elif star or word in _APART:
        reader.state = replace(reader.state, place="fonts" if word == "fonttbl" else "apart")
    elif word == "fromhtml":
        reader.html = number != 0
    elif word == "ansicpg" and number is not None:
        reader.page = code_page(number)
    elif word == "f" and number is not None:
        reader.state = replace(reader.state, font=number)
    elif word == "fcharset" and number is not None:
        if reader.state.place == "fonts" and number in _FONT_CHARSETS and len(reader.fonts) < _MOST_FONTS:
            reader.fonts[reader.state.font] = _FONT_CHARSETS[number]
    elif word == "uc" and number is not None:
        reader.state = replace(reader.state, after_unicode=min(max(number, 0), 10))
    elif word == "u" and number is not None:
        _unicode(reader, number)
    elif word in _SIGNS and reader.shows:
        reader.add(_SIGNS[word])


def _unicode(reader: _Reader, number: int) -> None:
    """One UTF-16 unit, written signed; the letters behind it stand in for it in old readers."""
    if reader.shows:
        unit = number & 0xFFFF
        text = chr(unit)
        reader.flush()
        if 0xDC00 <= unit <= 0xDFFF and reader.out and "\ud800" <= reader.out[-1][-1:] <= "\udbff":
            high = ord(reader.out[-1][-1])
            reader.out[-1] = reader.out[-1][:-1]
            text = chr(0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00))
        reader.out.append(text)
    reader.to_skip = reader.state.after_unicode

"""RTF as Outlook compresses it (MS-OXRTFCP): an LZ77 with a dictionary that begins with common RTF."""

from __future__ import annotations

import struct

_START = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans "
    b"SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab"
    b"\\tx"
)
_SIZE = 4_096
_HEADER = 16
_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D


def decompress_rtf(data: bytes, most: int) -> bytes:
    """The RTF, at most ``most`` bytes of it; b"" where these bytes are none."""
    if len(data) < _HEADER:
        return b""
    _, raw_size, kind = struct.unpack_from("<III", data)
    if kind == _PLAIN:
        return data[_HEADER : _HEADER + min(raw_size, most)]
    if kind != _COMPRESSED:
        return b""
    return _expand(data, min(raw_size, most))


def _expand(data: bytes, most: int) -> bytes:
    """Eight tokens behind each control byte: a letter, or a place and a length in what was written last."""
    window = bytearray(_START.ljust(_SIZE, b"\0"))
    write = len(_START)
    out = bytearray()
    place = _HEADER
    while place < len(data) and len(out) < most:
        control = data[place]
        place += 1
        for bit in range(8):
            if not control >> bit & 1:
                letters = data[place : place + 1]
                place += 1
                offset, length = -1, len(letters)
            else:
                letters = b""
                token = int.from_bytes(data[place : place + 2].ljust(2, b"\0"), "big")
                place += 2
                offset, length = token >> 4, (token & 15) + 2
            if offset == write or place > len(data):  # the mark of the end, or no end at all
                return bytes(out[:most])
            for step in range(length):  # a copy may run over what it writes itself
                letter = letters[0] if letters else window[(offset + step) % _SIZE]
                out.append(letter)
                window[write] = letter
                write = (write + 1) % _SIZE
    return bytes(out[:most])

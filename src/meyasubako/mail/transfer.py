"""Undoes content transfer encodings (RFC 2045 section 6): base64, quoted-printable, uuencode.

Tolerant as readers are: what is no base64 is left out, a line that is no uuencode ends nothing, ``=`` that
starts no escape stays. What was wrong comes back as codes; nothing raises.
"""

from __future__ import annotations

import binascii
import re

import cython

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ?([^\r\n]*)\r?\n", re.MULTILINE)
_NAMES = {
    b"base64": "base64",
    b"quoted-printable": "quoted-printable",
    b"7bit": "7bit",
    b"8bit": "8bit",
    b"binary": "binary",
    b"x-uuencode": "uuencode",
    b"x-uue": "uuencode",
    b"uuencode": "uuencode",
    b"uue": "uuencode",
    b"": "7bit",
}
_AS_WRITTEN = {
    written: name for plain, name in _NAMES.items() for written in (plain, b" " + plain, b" " + plain.upper())
}
"""What nearly every field holds, before it is taken apart."""
_ENDS = b" \t\r\n"
_PADDING = b"= \t\r\n"
_SIGNS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_WHITE = cython.declare(cython.uint, 64)
_FOREIGN = cython.declare(cython.uint, 128)
_BITS = cython.declare(
    bytes,
    bytes(
        _SIGNS.index(byte) if byte in _SIGNS else _WHITE if byte in _ENDS else _FOREIGN for byte in range(256)
    ),
)
"""The six bits each sign of base64 stands for; more for bytes that are none."""


def encoding_name(value: bytes) -> tuple[str, bool]:
    """Canonical name of a Content-Transfer-Encoding, and whether it is one we know (unknown reads as 7bit)."""
    known = _AS_WRITTEN.get(value)
    if known is not None:
        return known, True
    if ord(";") in value:
        value = value.split(b";", 1)[0]
    name = value.strip(b" \t\r\n\"'").lower()
    known = _NAMES.get(name)
    if known is not None:
        return known, True
    for start, canonical in (
        (b"base64", "base64"),
        (b"quoted", "quoted-printable"),
        (b"8", "8bit"),
        (b"7", "7bit"),
    ):
        if name.startswith(start):
            return canonical, False
    return "7bit", False


def decode_transfer(data: bytes, encoding: str) -> tuple[bytes, tuple[str, ...]]:
    """The bytes that were encoded, and codes for what was wrong."""
    if encoding == "base64":
        return decode_base64(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data), ()
    if encoding == "uuencode":
        return decode_uuencode(data)
    return data, ()


def decode_base64(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Base64 (RFC 2045 section 6.8), also without padding, in several padded runs, with foreign signs.

    Text that stands behind the padding (lists append their footer there) is left out.
    """
    padding = data.find(b"=")
    body_end = len(data) if padding < 0 else padding
    if not data[body_end:].strip(_PADDING):
        decoded = _decode_run(data, body_end)
        if decoded is not None:
            wrong = _padding_is_wrong(data, body_end, len(decoded))
            return decoded, ("base64-padding-wrong",) if wrong else ()
    codes: list[str] = []
    pieces: list[bytes] = []
    for number, run in enumerate(data.translate(None, _ENDS).split(b"=")):
        clean = _NOT_BASE64.sub(b"", run)
        if len(clean) != len(run):
            if number and pieces:
                codes.append("base64-trailing-text")
                break
            codes.append("base64-foreign-bytes")
        if not clean:
            continue
        if number and pieces:
            codes.append("base64-padding-inside")
        if len(clean) % 4 == 1:
            codes.append("base64-truncated")
            clean = clean[:-1]
        pieces.append(binascii.a2b_base64(clean + b"=" * (-len(clean) % 4)))
    return b"".join(pieces), tuple(dict.fromkeys(codes))


@cython.cfunc
def _decode_run(data: bytes, end: cython.Py_ssize_t) -> bytes | None:
    """What stands before the padding, None where a byte is neither base64 nor white space, or one sign too many."""
    bits: bytes = _BITS
    decoded = bytearray(end // 4 * 3 + 3)
    size: cython.Py_ssize_t = 0
    word: cython.uint = 0
    held: cython.Py_ssize_t = 0
    at: cython.Py_ssize_t = 0
    first: cython.uint
    second: cython.uint
    third: cython.uint
    fourth: cython.uint
    while at < end:
        if held == 0 and at + 4 <= end:
            first, second, third, fourth = (
                bits[data[at]],
                bits[data[at + 1]],
                bits[data[at + 2]],
                bits[data[at + 3]],
            )
            if (first | second | third | fourth) < 64:
                decoded[size] = first << 2 | second >> 4
                decoded[size + 1] = (second & 15) << 4 | third >> 2
                decoded[size + 2] = (third & 3) << 6 | fourth
                size += 3
                at += 4
                continue
        first = bits[data[at]]
        at += 1
        if first == _FOREIGN:
            return None
        if first == _WHITE:
            continue
        word = word << 6 | first
        held += 1
        if held == 4:
            decoded[size] = word >> 16
            decoded[size + 1] = word >> 8 & 255
            decoded[size + 2] = word & 255
            size += 3
            word = held = 0
    if held == 1:
        return None
    if held > 1:
        word <<= 24 - 6 * held
        decoded[size] = word >> 16
        decoded[size + 1] = word >> 8 & 255
        size += held - 1
    del decoded[size:]
    return bytes(decoded)


def _padding_is_wrong(data: bytes, body_end: int, size: int) -> bool:
    """Whether the padding behind the signs is not what the decoded size asks for."""
    return data.count(b"=", body_end) != -size % 3


def decode_uuencode(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The first file of uuencoded data, with or without its ``begin`` line."""
    begin = _UU_BEGIN.search(data)
    position = begin.end() if begin is not None else 0
    codes = [] if begin is not None else ["uuencode-begin-missing"]
    pieces = []
    for line in data[position:].splitlines():
        if line in (b"end", b"end ") or line.startswith(b"===="):
            break
        if not line:
            continue
        try:
            pieces.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Broken encoders end a line with fill beyond its count; only what the count covers is data.
            count = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                pieces.append(binascii.a2b_uu(line[:count]))
            except binascii.Error:
                codes.append("uuencode-line-broken")
    else:
        codes.append("uuencode-end-missing")
    return b"".join(pieces), tuple(dict.fromkeys(codes))

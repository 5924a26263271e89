"""Undoes content transfer encodings (RFC 2045 section 6): base64, quoted-printable, uuencode.

Tolerant as readers are: what is no base64 is left out, a line that is no uuencode ends nothing, ``=`` that
starts no escape stays. What was wrong comes back as codes; nothing raises.
"""

from __future__ import annotations

import binascii
import re

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
_ENDS = b" \t\r\n"


def encoding_name(value: bytes) -> tuple[str, bool]:
    """Canonical name of a Content-Transfer-Encoding, and whether it is one we know (unknown reads as 7bit)."""
    name = value.split(b";", 1)[0].strip(b" \t\r\n\"'").lower()
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
    """Base64 (RFC 2045 section 6.8), also without padding, padded in the middle, with foreign signs."""
    text = data.translate(None, _ENDS)
    try:
        return binascii.a2b_base64(text, strict_mode=True), ()
    except binascii.Error:
        pass
    codes = []
    clean = _NOT_BASE64.sub(b"", text)
    if len(clean) != len(text):
        codes.append("base64-foreign-bytes")
    pieces = []
    for run in clean.split(b"="):
        if run:
            if len(run) % 4 == 1:
                codes.append("base64-truncated")
                run = run[:-1]
            pieces.append(binascii.a2b_base64(run + b"=" * (-len(run) % 4)))
    body = clean.rstrip(b"=")
    if b"=" in body:
        codes.append("base64-padding-inside")
    if (len(clean) - len(body)) != -len(body) % 4:
        codes.append("base64-padding-wrong")
    return b"".join(pieces), tuple(dict.fromkeys(codes))


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

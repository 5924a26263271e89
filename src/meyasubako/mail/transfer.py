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
_PADDING = b"= \t\r\n"


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
    codes: dict[str, None] = {}
    pieces: list[bytes] = []
    for number, run in enumerate(data.translate(None, _ENDS).split(b"=")):
        clean = _NOT_BASE64.sub(b"", run)
        if len(clean) != len(run):
            if number and pieces:
                codes["base64-trailing-text"] = None
                break
            codes["base64-foreign-bytes"] = None
        if not clean:
            continue
        if number and pieces:
            codes["base64-padding-inside"] = None
        if len(clean) % 4 == 1:
            codes["base64-truncated"] = None
            clean = clean[:-1]
        pieces.append(binascii.a2b_base64(clean + b"=" * (-len(clean) % 4)))
    return b"".join(pieces), tuple(codes)


def _decode_run(data: bytes, end: int) -> bytes | None:
    """What stands before the padding, None where a sign is neither base64 nor white space."""
    signs = end - sum(data.count(sign, 0, end) for sign in (b"\n", b"\r", b" ", b"\t"))
    if signs % 4 == 1:
        return None
    whole = signs % 4 == 0 and end == len(data)
    try:
        decoded = binascii.a2b_base64(data if whole else data[:end] + b"=" * (-signs % 4))
    except binascii.Error:  # so many foreign signs that the rest is one too many
        return None
    return decoded if len(decoded) == signs * 3 // 4 else None


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

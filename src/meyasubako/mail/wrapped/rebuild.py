"""Puts a mail together from what is left of it, always the same bytes from the same pieces.

The first field says that the mail is not the one that was sent: ``X-Meyasubako-Rebuilt`` names the way it was
wrapped. Everything is written in ASCII: encoded words (RFC 2047), base64.
"""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote as urlquote

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+\Z")
_SPECIALS = re.compile(r'(["\\])')
_LINE = 900
_WORD_BYTES = 42
_LONGEST_NAME = 100


class Box(NamedTuple):
    """A mailbox that was shown; one of the two may be ""."""

    name: str
    address: str


class Pieces(NamedTuple):
    """What is left of a mail: (name, written value) fields in their order, texts, parts with their headers."""

    fields: tuple[tuple[str, str], ...]
    plain: str = ""
    html: str = ""
    parts: tuple[bytes, ...] = ()


def rebuilt(how: str, pieces: Pieces) -> bytes:
    """The bytes of the mail, lines ended by CRLF."""
    head = [f"X-Meyasubako-Rebuilt: {how}"]
    head += [f"{name}: {value}" for name, value in pieces.fields if value]
    head.append("MIME-Version: 1.0")
    body = _body(pieces)
    return "\r\n".join(head).encode("utf-8", "replace") + b"\r\n" + body


def _body(pieces: Pieces) -> bytes:
    texts = []
    if pieces.plain or not pieces.html:
        texts.append(_text("plain", pieces.plain))
    if pieces.html:
        texts.append(_text("html", pieces.html))
    text = texts[0] if len(texts) == 1 else _multipart("alternative", texts)
    return _multipart("mixed", [text, *pieces.parts]) if pieces.parts else text


def _text(subtype: str, text: str) -> bytes:
    """One text part with its header."""
    data = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode("utf-8", "replace")
    if data.isascii() and b"\0" not in data and all(len(line) < _LINE for line in data.split(b"\r\n")):
        return f"Content-Type: text/{subtype}; charset=us-ascii\r\n\r\n".encode() + data
    encoded = base64.encodebytes(data).replace(b"\n", b"\r\n")
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + encoded


def _multipart(subtype: str, parts: list[bytes]) -> bytes:
    """Parts under a boundary made from them, so that none can hold it by chance."""
    digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
    boundary = f"=_{digest[:40]}".encode()
    head = f'Content-Type: multipart/{subtype}; boundary="'.encode() + boundary + b'"\r\n\r\n'
    return (
        head
        + b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
        + b"--"
        + boundary
        + b"--\r\n"
    )


def file_part(name: str, kind: str, data: bytes) -> bytes:
    """One attached file with its header."""
    name = clean(name)[:_LONGEST_NAME]
    if name.isascii():
        disposition = f"Content-Disposition: attachment;\r\n filename={quote(name)}"
    else:  # RFC 2231 section 4
        encoded = urlquote(name.encode("utf-8", "replace"), safe="")
        disposition = f"Content-Disposition: attachment;\r\n filename*=utf-8''{encoded}"
    head = f"Content-Type: {kind}\r\n{disposition}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode("utf-8", "replace") + base64.encodebytes(data).replace(b"\n", b"\r\n")


def clean(text: str) -> str:
    """A text on one line, without signs that end a field."""
    return _CONTROLS.sub(" ", text).strip()


def words(text: str) -> str:
    """An unstructured value: as it is where it is short ASCII, else encoded words (RFC 2047 section 2)."""
    text = clean(text)
    if text.isascii() and "=?" not in text and len(text) < _LINE:
        return text
    chunks: list[bytes] = [b""]
    for letter in text:
        data = letter.encode("utf-8", "replace")
        if len(chunks[-1]) + len(data) > _WORD_BYTES:
            chunks.append(b"")
        chunks[-1] += data
    return "\r\n ".join(f"=?utf-8?B?{base64.b64encode(chunk).decode()}?=" for chunk in chunks)


def quote(text: str) -> str:
    """A quoted string (RFC 5322 section 3.2.4)."""
    return '"' + _SPECIALS.sub(r"\\\1", text) + '"'


def mailboxes(boxes: tuple[Box, ...]) -> str:
    """An address list; a name without an address stands alone."""
    return ",\r\n ".join(written for box in boxes if (written := _mailbox(box)))


def _mailbox(box: Box) -> str:
    name = clean(box.name)
    address = re.sub(r"[\s<>]", "", clean(box.address))
    shown = words(name) if not name.isascii() or "=?" in name else name if _ATOMS.match(name) else quote(name)
    if not address:
        return shown if name else ""
    return f"{shown} <{address}>" if name else f"<{address}>"


def date_field(moment: datetime) -> str:
    """A date-time (RFC 5322 section 3.3) in the zone the moment bears."""
    offset = moment.utcoffset()
    minutes = int(offset.total_seconds()) // 60 if offset is not None else 0
    sign = "-" if minutes < 0 else "+"
    zone = f"{sign}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
    day = f"{_DAYS[moment.weekday()]}, {moment.day} {_MONTHS[moment.month - 1]} {moment.year:04}"
    return f"{day} {moment.hour:02}:{moment.minute:02}:{moment.second:02} {zone}"

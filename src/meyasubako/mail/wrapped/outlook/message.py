"""Puts the mail of a .msg file together (MS-OXMSG): the header as it came where Outlook kept it, else from properties;
the texts; the files; mails in it as message/rfc822.

The MIME parts as they were sent are gone, so that no DKIM signature of the body can be verified: that is said.
"""

from __future__ import annotations

from typing import NamedTuple

from meyasubako.mail.charset import decode
from meyasubako.mail.fields import split_fields
from meyasubako.mail.html import meta_charset
from meyasubako.mail.types import Limits
from meyasubako.mail.wrapped.outlook import properties as mapi
from meyasubako.mail.wrapped.outlook.compound import MAGIC, CompoundError, CompoundFile
from meyasubako.mail.wrapped.outlook.compressed_rtf import decompress_rtf
from meyasubako.mail.wrapped.outlook.encapsulated import read_encapsulated
from meyasubako.mail.wrapped.outlook.properties import MapiObject, Properties
from meyasubako.mail.wrapped.rebuild import (
    Box,
    Pieces,
    clean,
    date_field,
    file_part,
    mailboxes,
    rebuilt,
    words,
)
from meyasubako.mail.wrapped.types import WrapLimits, WrappedMail

_KINDS = {1: "To", 2: "Cc", 3: "Bcc"}
_MOST_PARTS = 500
_MOST_TEXT = 8 * 1024 * 1024
_OF_PARTS = ("content-", "mime-version")
_LOOK = Limits(header_bytes=1024 * 1024, header_fields=2_000)
_TYPE_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+./_")


class BuiltMail(NamedTuple):
    """A mail put together: its bytes, what was concluded, what is lost."""

    raw: bytes
    derived: dict[str, str]
    lost: dict[str, None]


def is_msg(data: bytes) -> bool:
    """Whether these bytes are a compound file, as .msg files are."""
    return data.startswith(MAGIC)


def msg_mail(data: bytes, limits: WrapLimits) -> WrappedMail | None:
    """The mail of a .msg file; None where it cannot be read or is no message."""
    try:
        file = CompoundFile(data)
    except CompoundError:
        return None
    message = Properties(file, 0, 32)
    if not message.text(mapi.CLASS, mapi.SUBJECT, mapi.TRANSPORT_HEADERS, mapi.BODY) and not message.data(
        mapi.RTF
    ):
        return None
    built = build_mail(message, limits.depth)
    return WrappedMail(built.raw, "msg", built.derived, tuple(built.lost))


def build_mail(message: MapiObject, depth: int) -> BuiltMail:
    """The mail these properties are; mails in it up to ``depth``."""
    derived: dict[str, str] = {}
    lost: dict[str, None] = {"mime-structure": None}
    header = message.text(mapi.TRANSPORT_HEADERS)
    fields = _kept_fields(header) if header else []
    if not fields:
        lost.update(dict.fromkeys(("trace", "header-fields")))
        fields = _fields_of_properties(message, derived, lost)
    plain, html = _texts(message, lost)
    parts = _parts(message, depth, lost)
    if not plain.strip() and not html:
        lost["body"] = None
    return BuiltMail(rebuilt("msg", Pieces(tuple(fields), plain, html, parts)), derived, lost)


def _kept_fields(header: str) -> list[tuple[str, str]]:
    """The fields of the mail as it was received, but those about its parts."""
    if header.startswith("Microsoft Mail Internet Headers"):
        header = header.partition("\n")[2]
    raw = header.lstrip("\r\n").encode("utf-8", "replace")
    found, _, _ = split_fields(raw, _LOOK)
    return [
        (field.name, _folded(field.value)) for field in found if not field.name.lower().startswith(_OF_PARTS)
    ]


def _folded(value: bytes) -> str:
    """A value with its folds, each line end a CRLF."""
    lines = [line.strip() for line in value.decode("utf-8", "replace").splitlines()]
    return "\r\n ".join(line for line in lines if line)


def _fields_of_properties(
    message: MapiObject, derived: dict[str, str], lost: dict[str, None]
) -> list[tuple[str, str]]:
    """The fields Outlook itself keeps."""
    author = Box(
        message.text(mapi.AUTHOR_NAME, mapi.SENDER_NAME),
        _smtp(message, (mapi.AUTHOR_SMTP, mapi.SENDER_SMTP, mapi.AUTHOR_ADDRESS, mapi.SENDER_ADDRESS)),
    )
    if not author.address:
        lost["from-address"] = None
    fields = [("From", mailboxes((author,)))]
    recipients = _recipients(message)
    for name in ("To", "Cc"):
        boxes = tuple(box for kind, box in recipients if kind == name)
        if any(not box.address for box in boxes):
            lost["addresses-shortened"] = None
        fields.append((name, mailboxes(boxes)))
    if not recipients:
        shown = message.text(mapi.DISPLAY_TO)
        lost["addresses-shortened" if shown else "recipients"] = None
        fields.append(("To", mailboxes(tuple(Box(name.strip(), "") for name in shown.split(";")))))
    fields.append(("Subject", words(message.text(mapi.SUBJECT))))
    moment = message.time(mapi.SUBMITTED, mapi.DELIVERED)
    if moment is None:
        lost["date"] = None
    else:
        fields.append(("Date", date_field(moment.replace(microsecond=0))))
        derived["date"] = "time of submission kept by Outlook"
    fields.append(("Message-ID", clean(message.text(mapi.MESSAGE_ID))))
    fields.append(("In-Reply-To", clean(message.text(mapi.REPLY_TO_ID))))
    return fields


def _smtp(message: MapiObject, names: tuple[int, ...]) -> str:
    """The first of these texts that is an Internet address; Exchange's own (/O=...) are none."""
    return next((text for name in names if "@" in (text := message.text(name))), "")


def _recipients(message: MapiObject) -> list[tuple[str, Box]]:
    found: list[tuple[str, Box]] = []
    for one in message.recipients()[:_MOST_PARTS]:
        kind = _KINDS.get(one.number(mapi.RECIPIENT_TYPE) or 1, "To")
        address = _smtp(one, (mapi.SMTP, mapi.ADDRESS, mapi.DISPLAY_NAME))
        name = one.text(mapi.DISPLAY_NAME).strip("'\"")
        if name or address:
            found.append((kind, Box("" if name == address else name, address)))
    return found


def _texts(message: MapiObject, lost: dict[str, None]) -> tuple[str, str]:
    """(plain text, HTML source); HTML from RTF where it stands nowhere else."""
    plain = message.text(mapi.BODY)[:_MOST_TEXT]
    html = message.text(mapi.HTML)
    if not html and (data := message.data(mapi.HTML)):
        html = decode(data, message.charset or meta_charset(data)).text
    if not html:
        rtf = decompress_rtf(message.data(mapi.RTF), _MOST_TEXT)
        if rtf:
            html, text = read_encapsulated(rtf)
            plain = plain or text
            lost["html"] = None
    return plain, html[:_MOST_TEXT]


def _parts(message: MapiObject, depth: int, lost: dict[str, None]) -> tuple[bytes, ...]:
    """The attached files, and the mails attached to this mail."""
    parts: list[bytes] = []
    attachments = message.attachments()
    if len(attachments) > _MOST_PARTS:
        lost["attachments"] = None
    for one in attachments[:_MOST_PARTS]:
        inner = one.embedded() if depth > 0 else None
        if inner is not None:
            mail = build_mail(inner, depth - 1)
            parts.append(
                b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n" + mail.raw
            )
            continue
        data = one.data(mapi.DATA)
        if one.is_object() or not data:
            lost["attachments"] = None
            continue
        name = one.text(mapi.LONG_NAME, mapi.SHORT_NAME, mapi.DISPLAY_NAME) or "file"
        parts.append(file_part(name, _media_type(one.text(mapi.MIME_TYPE)), data))
    return tuple(parts)


def _media_type(text: str) -> str:
    """The media type where it is well formed, else that of unknown bytes. A mail stays a file, byte for byte."""
    kind = text.strip()
    good = (
        kind.count("/") == 1
        and len(kind) < 100
        and set(kind) <= _TYPE_SIGNS
        and not kind.lower().startswith(("message/", "multipart/"))
    )
    return kind if good else "application/octet-stream"

"""What a person pasted or dropped: the mail it is, or why it is none. Content decides, names do not.

A file is a mail, an Outlook .msg, or a report in a standard form that holds mails; nothing else is opened. A pasted
text is the source of a mail when it begins with a mail's header, else it is a text.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from meyasubako.mail.wrapped import WrapLimits, unwrap
from meyasubako.receivers.kinds import HEAD_BYTES, Kind, after_from_line, begins_header, recognise

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ARCHIVES = frozenset({Kind.TAR, Kind.ZIP, Kind.GZIP, Kind.XZ, Kind.BZIP2, Kind.ZSTD})
_LINE = 76 * 3 // 4


@dataclass(frozen=True, slots=True)
class FoundMail:
    """A mail that was pasted or dropped; as ``types.SubmittedMail`` without its place."""

    raw: bytes
    how: str
    lost: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contents:
    """The mails in a file, or the code of why there are none: ``empty``, ``archive``, ``no-mail``, ``msg-unreadable``."""

    mails: tuple[FoundMail, ...] = ()
    refused: str = ""


def file_contents(raw: bytes, limits: WrapLimits) -> Contents:
    """What a dropped file holds. Never raises; nothing larger than the limits comes out."""
    if not raw.strip():
        return Contents(refused="empty")
    if raw.startswith(OLE):
        found = unwrap(_attached(raw), limits)
        mails = tuple(FoundMail(one.raw, "msg", one.lost, one.derived) for one in found.mails)
        return Contents(mails) if mails else Contents(refused="msg-unreadable")
    kind = recognise(raw[:HEAD_BYTES])
    if kind in _ARCHIVES:
        return Contents(refused="archive")
    if kind not in (Kind.MAIL, Kind.MBOX):
        return Contents(refused="no-mail")
    mail = raw[after_from_line(raw[:HEAD_BYTES]) :]
    report = unwrap(mail, limits)
    if report.kind in ("arf", "xarf") and report.mails:
        said = dict(report.reported)
        return Contents(
            tuple(FoundMail(one.raw, one.how[:40], one.lost, {**said, **one.derived}) for one in report.mails)
        )
    return Contents((FoundMail(mail, "file:eml"),))


def pasted_source(text: str) -> FoundMail | None:
    """The mail whose source was pasted; None where the text is no source.

    What was pasted has been through a browser: it comes as UTF-8 with CRLF, whatever it was.
    """
    raw = "\r\n".join(text.strip("\r\n").splitlines()).encode("utf-8", "replace") + b"\r\n"
    if not begins_header(raw, after_from_line(raw)):
        return None
    return FoundMail(raw[after_from_line(raw) :], "pasted")


def _attached(raw: bytes) -> bytes:
    """The file as the attachment of a mail, which is what takes reports apart."""
    encoded = base64.b64encode(raw)
    lines = [encoded[start : start + _LINE] for start in range(0, len(encoded), _LINE)]
    return (
        b"From: form@form.invalid\r\nTo: form@form.invalid\r\nSubject: form\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=form\r\n\r\n--form\r\n"
        b"Content-Type: application/vnd.ms-outlook\r\nContent-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="mail.msg"\r\n\r\n'
        + b"\r\n".join(lines)
        + b"\r\n--form--\r\n"
    )

"""What a person pasted or dropped: the mail it is, or why it is none. Content decides, names do not.

A file is a mail, an Outlook .msg, or a report in a standard form that holds mails; nothing else is opened. A pasted
text is the source of a mail when it begins with a mail's header, else it is a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from meyasubako.mail.wrapped import WrapLimits, unwrap_file
from meyasubako.receivers.kinds import HEAD_BYTES, Kind, after_from_line, begins_header, recognise

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ARCHIVES = frozenset({Kind.TAR, Kind.ZIP, Kind.GZIP, Kind.XZ, Kind.BZIP2, Kind.ZSTD})


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
    head = raw[:HEAD_BYTES]
    kind = recognise(head)
    if kind in _ARCHIVES:
        return Contents(refused="archive")
    is_msg = raw.startswith(OLE)
    if not is_msg and kind not in (Kind.MAIL, Kind.MBOX):
        return Contents(refused="no-mail")
    found = unwrap_file("", raw[after_from_line(head) :], limits)
    if not found.mails:
        return Contents(refused="msg-unreadable" if is_msg else "no-mail")
    said = dict(found.reported)
    return Contents(
        tuple(FoundMail(one.raw, one.how[:40], one.lost, {**said, **one.derived}) for one in found.mails)
    )


def pasted_source(text: str) -> FoundMail | None:
    """The mail whose source was pasted; None where the text is no source.

    What was pasted has been through a browser: it comes as UTF-8 with CRLF, whatever it was.
    """
    raw = "\r\n".join(text.strip("\r\n").splitlines()).encode("utf-8", "replace") + b"\r\n"
    if not begins_header(raw, after_from_line(raw)):
        return None
    return FoundMail(raw[after_from_line(raw) :], "pasted")

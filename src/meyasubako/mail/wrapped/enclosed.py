"""Mails enclosed in a winmail.dat, which Outlook makes of attachments when it sends rich text (MS-OXTNEF)."""

from __future__ import annotations

from meyasubako.mail.wrapped.attached import looks_like_mail
from meyasubako.mail.wrapped.outlook import properties as mapi
from meyasubako.mail.wrapped.outlook.message import build_mail, is_msg, msg_mail
from meyasubako.mail.wrapped.outlook.tnef import TnefObject
from meyasubako.mail.wrapped.parts import Contents, Leaf
from meyasubako.mail.wrapped.types import WrappedMail

_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


def enclosed_mails(contents: Contents) -> tuple[WrappedMail, ...]:
    """The mails in every winmail.dat of a report, up to the caps."""
    found: list[WrappedMail] = []
    for leaf in contents.leaves:
        if not _is_tnef(leaf):
            continue
        data = contents.of(leaf)
        message = TnefObject.read(data) if data is not None else None
        for one in message.attachments() if message is not None else ():
            mail = _mail(one, contents)
            if mail is None:
                continue
            if len(found) >= contents.limits.mails:
                contents.lost["mails-beyond-cap"] = None
                return tuple(found)
            found.append(mail)
    return tuple(found)


def _is_tnef(leaf: Leaf) -> bool:
    return leaf.type in _TYPES or leaf.name == "winmail.dat"


def _mail(attachment: TnefObject, contents: Contents) -> WrappedMail | None:
    """The mail an attachment is; None for another file."""
    inner = attachment.embedded()
    if inner is not None:
        built = build_mail(inner, contents.limits.depth)
        if not contents.take(len(built.raw)):
            return None
        return WrappedMail(built.raw, "tnef", built.derived, tuple(built.lost))
    data = attachment.data(mapi.DATA)
    if not data or not contents.take(len(data)):
        return None
    if is_msg(data):
        return msg_mail(data, contents.limits)
    name = attachment.text(mapi.LONG_NAME, mapi.SHORT_NAME).lower()
    return WrappedMail(data, "tnef") if name.endswith((".eml", ".emlx")) and looks_like_mail(data) else None

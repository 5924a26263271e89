"""bytes -> Unwrapped: the one entry of this room.

The readers are asked in a fixed order and the first that knows the report answers. Never raises, whatever the
bytes are; takes time linear in their number; the same bytes give the same answer.
"""

from __future__ import annotations

from meyasubako.mail.parse import parse
from meyasubako.mail.types import Limits
from meyasubako.mail.wrapped.attached import attached_mail
from meyasubako.mail.wrapped.parts import Contents
from meyasubako.mail.wrapped.types import Unwrapped, WrapLimits, WrappedMail

DEFAULT_LIMITS = WrapLimits()


def unwrap(raw: bytes, limits: WrapLimits = DEFAULT_LIMITS) -> Unwrapped:
    """Take a report apart. ``limits`` bounds what is kept."""
    if not raw.strip():
        return Unwrapped("none", reason="empty")
    if len(raw) > limits.total_bytes:
        return Unwrapped("none", reason="too-large")
    message = parse(raw, Limits(size=limits.total_bytes))
    contents = Contents(message, limits)
    mails: list[WrappedMail] = []
    for leaf in contents.leaves:
        mail = attached_mail(leaf, contents)
        if mail is None:
            continue
        if len(mails) >= limits.mails:
            contents.lost["mails-beyond-cap"] = None
            break
        mails.append(mail)
    if mails:
        return Unwrapped("attached", tuple(mails), lost=tuple(contents.lost))
    return Unwrapped("none", reason="no-mail-inside", lost=tuple(contents.lost))

"""bytes -> Unwrapped: the one entry of this room.

The readers are asked in a fixed order and the first that knows the report answers: reports in a standard form,
bounces, mails attached, sources pasted, then the reason why nothing was found. Never raises, whatever the bytes
are; takes time linear in their number; the same bytes give the same answer.
"""

from __future__ import annotations

from meyasubako.mail.parse import parse
from meyasubako.mail.types import Limits, Message
from meyasubako.mail.wrapped.attached import KNOWN_FIELDS, attached_mail, looks_like_mail
from meyasubako.mail.wrapped.bounce import read_bounce
from meyasubako.mail.wrapped.enclosed import enclosed_mails
from meyasubako.mail.wrapped.feedback import read_feedback
from meyasubako.mail.wrapped.inline import inline_mail, is_forward
from meyasubako.mail.wrapped.notices import (
    is_aggregate_name,
    is_answer,
    is_automatic,
    is_list_notice,
    reason_of,
    reason_of_file,
)
from meyasubako.mail.wrapped.outlook.message import is_msg, msg_mail
from meyasubako.mail.wrapped.parts import Contents
from meyasubako.mail.wrapped.pasted import pasted_mail
from meyasubako.mail.wrapped.types import Kind, Unwrapped, WrapLimits, WrappedMail
from meyasubako.mail.wrapped.xarf import read_xarf

DEFAULT_LIMITS = WrapLimits()


def unwrap(raw: bytes, limits: WrapLimits = DEFAULT_LIMITS) -> Unwrapped:
    """Take a report apart. ``limits`` bounds what is kept."""
    if not raw.strip():
        return Unwrapped("none", reason="empty")
    if len(raw) > limits.total_bytes:
        return Unwrapped("none", reason="too-large")
    if is_msg(raw):
        mail = msg_mail(raw, limits)
        return Unwrapped("msg", (mail,)) if mail is not None else Unwrapped("none", reason="msg-unreadable")
    message = parse(raw, Limits(size=limits.total_bytes))
    if not any(field.name.lower() in KNOWN_FIELDS for field in message.fields):
        return Unwrapped("none", reason=reason_of_file(raw))
    contents = Contents(message, limits)
    return _read(message, contents)


def unwrap_file(name: str, data: bytes, limits: WrapLimits = DEFAULT_LIMITS) -> Unwrapped:
    """What a file holds that somebody hands over by itself: the mail it is, or the mails of the report it is.

    Unlike a mail to the report address, a file that is a mail is the mail that is reported, whatever it holds, unless
    it is a report in a standard form. ``name`` is the file's name, "" where nobody knows it.
    """
    found = unwrap(data, limits)
    if found.kind in ("arf", "xarf") or is_msg(data):
        return found
    if len(data) <= limits.mail_bytes and looks_like_mail(data):
        suffix = name.lower().rpartition(".")[2]
        return Unwrapped("attached", (WrappedMail(data, f"file:{suffix or 'eml'}"),))
    if is_aggregate_name(name.rpartition("/")[2].lower()):
        return Unwrapped("none", reason="dmarc-aggregate")
    return found


def _read(message: Message, contents: Contents) -> Unwrapped:
    """The first answer of the readers."""
    found = read_xarf(message, contents) or read_feedback(contents) or read_bounce(message, contents)
    if found is not None:
        return found
    by_itself = is_automatic(message) or is_list_notice(message)
    if not by_itself and (mails := contents.mails(attached_mail)):
        opened = _open_reports(mails, contents)
        kind: Kind = "msg" if all(mail.how == "msg" for mail in opened) else "attached"
        return Unwrapped(kind, opened, lost=tuple(contents.lost))
    if not by_itself and (mails := enclosed_mails(contents)):
        return Unwrapped("msg", mails, lost=tuple(contents.lost))
    if (pasted := pasted_mail(contents)) is not None:
        return Unwrapped("inline", (pasted,), lost=tuple(contents.lost))
    if not by_itself and (inline := inline_mail(message, contents)) is not None:
        if is_answer(message):
            return Unwrapped("none", reason="answer", lost=tuple(contents.lost))
        return Unwrapped("inline", (inline,), lost=tuple(contents.lost))
    reason = reason_of(message, contents)
    if reason in ("no-mail-inside", "file-attached") and is_forward(message):
        reason = "forward-without-header"
    return Unwrapped("none", reason=reason, lost=tuple(contents.lost))


def _open_reports(mails: tuple[WrappedMail, ...], contents: Contents) -> tuple[WrappedMail, ...]:
    """The attached mails, those that are reports in a standard form replaced by what they hold.

    Other mails with mails inside are evidence as they are: whether their author reports or sends spam cannot be told.
    """
    found: list[WrappedMail] = []
    waiting = [(mail, contents.limits.depth) for mail in reversed(mails)]
    while waiting:
        mail, depth = waiting.pop()
        inner = _standard_report(mail.raw, contents.limits) if depth > 0 else ()
        if inner:
            waiting += [(one, depth - 1) for one in reversed(inner)]
        elif len(found) < contents.limits.mails:
            found.append(mail)
        else:
            contents.lost["mails-beyond-cap"] = None
            break
    return tuple(found)


def _standard_report(raw: bytes, limits: WrapLimits) -> tuple[WrappedMail, ...]:
    """The mails of an ARF or X-ARF report, none where the mail is something else."""
    if b"feedback-report" not in raw and b"xarf" not in raw.lower():
        return ()
    message = parse(raw, Limits(size=limits.total_bytes))
    contents = Contents(message, limits)
    report = read_xarf(message, contents) or read_feedback(contents)
    return report.mails if report is not None else ()

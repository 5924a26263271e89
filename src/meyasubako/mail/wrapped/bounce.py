"""Bounces: notices that a mail could not be delivered (RFC 3464), also as programs and carriers write them on their
own. They are nobody's report; what they say is read, and the mails they return are kept apart.

Without a delivery-status part a bounce is told by two signs of four: the null return path (RFC 5321 section 4.5.5),
a daemon as author, the wording of the subject, the wording of the text.
"""

from __future__ import annotations

import re

from meyasubako.mail.types import Message
from meyasubako.mail.wrapped.attached import attached_mail
from meyasubako.mail.wrapped.machine import field_text, read_blocks
from meyasubako.mail.wrapped.parts import Contents, Leaf
from meyasubako.mail.wrapped.types import Unwrapped

_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_DELIVERED = frozenset({"delivered", "relayed", "expanded"})
_LOOK = 20_000

_DAEMON = re.compile(
    r"(?:mailer-?daemon|mail-?daemon|post_?master|double-bounce|mail\.?delivery|mdaemon|e?mail-?error"
    r"|mmdf|majordomo-owner)(?:[+._-].{0,40})?(?:@|\Z)",
    re.IGNORECASE,
)
_FORWARD = re.compile(r"(?:fwd?|fw|転送)\s?[:：]", re.IGNORECASE)
_SUBJECT = re.compile(
    r"(?:re: )?(?:\W{0,3}(?:undeliver|returned (?:e?-?mail|message)|(?:mail )?deliver[a-z]* (?:status|failure|report|problem|error|notif|fail"
    r"|has failed|unsuccess|temporar|was)|delivery to|failure notice|mail (?:delivery|system error|failure|failed|not delivered)"
    r"|non[- ]?delivery|non delivered|postmaster notify|e-?mail (?:delivery|bounce|could not)|message (?:delivery|could not|not delivered|status|from|you sent|bounced)"
    r"|there was an error sending|warning: (?:message|could not)|failed (?:mail|delivery|to deliver)|error (?:mail|delivering|sending)"
    r"|bounce|notification of (?:un|non)|unable to deliver|your (?:message|mail|email)|nondeliverable|could not send|can(?:not|'t) (?:be )?(?:send|sent|deliver)"
    r"|rejected|delay|recipient|invalid (?:user|address|recipient)|user unknown|mailbox (?:is )?full|auto(?:matic)?ally rejected|server error|unzustellbar)"
    r"|(?:.{0,20}(?:不達|送信エラー|メールエラー|配信(?:不能|エラー|できません)|送信(?:不能|できません)|エラーメール|宛先不明|返信不可|お届けできません)))",
    re.IGNORECASE,
)
_TEXT = re.compile(
    r"could ?n.t be (?:sent|delivered|reached)|could not (?:be )?(?:sent|deliver|reach|send|connect)|not be(?:en)? (?:sent|delivered|able)"
    r"|undeliver|un(?:able|success\w*)(?: to)? (?:deliver|be delivered)|was ?n.t able to deliver|not able to deliver|fail(?:ed|ure)? (?:permanent|to deliver|delivery)"
    r"|(?:permanent|fatal|delivery|temporary) (?:error|fail|non-fatal)|deliver\w* (?:to the following|has failed|failed|attempt|error|fail)"
    r"|user unknown|unknown (?:user|recipient|address|local|mailbox)|no such (?:user|recipient|address|mailbox|person)|mailbox (?:is )?(?:full|unavail|not found|for|disabled|exceed)"
    r"|did not (?:reach|receive)|returned to (?:sender|you)|message (?:was )?(?:rejected|refused|blocked)|(?:exceeded|over) (?:\w+ )?quota|quota exceeded|bounce"
    r"|recipient (?:\w+ ){0,3}(?:not found|rejected|unknown|doesn.t)|does ?n.?o?t exist|not (?:found|exist|listed|our customer|known)|invalid (?:recipient|user|address|mailbox)"
    r"|rejected|refused|\b5[0-5]\d[ -]|\b[45]\.\d\.\d\b|no valid recipients"
    r"|お?届けできま|送信できませ|送信できなかった|配信できま|配送できま|見つかりませ|エラーのため|存在しませ|一杯で|不明なため|受信できな|拒否",
    re.IGNORECASE,
)
_PLAIN_WORDS = re.compile(
    r"could not be delivered to\b|undeliverable (?:to|mail|message)|delivery to the following|failed permanently"
    r"|お届けできませんでした|(?:送信|配信|配送)できませんでした",
    re.IGNORECASE,
)
"""Words that with the null return path alone make a bounce."""

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.:-])([45][0-5]\d)[ -](?=[#A-Za-z<])")
_WORDS = (
    (
        re.compile(r"見つかりませ|存在しませ|宛先不明|user unknown|unknown user|no such user|ユーザーが不明"),
        "5.1.1",
    ),
    (re.compile(r"一杯|容量|mailbox (?:is )?full|quota"), "5.2.2"),
    (re.compile(r"受信拒否|拒否|refused|rejected|blocked"), "5.7.1"),
)
_RECIPIENT = re.compile(r"<([^<>@\s]{1,64}@[^<>@\s]{1,255})>")


def read_bounce(message: Message, contents: Contents) -> Unwrapped | None:
    """What a bounce says and returns; None where the mail is none."""
    status = next((leaf for leaf in contents.leaves if leaf.type in _STATUS_TYPES), None)
    if status is None and not _is_delivery_report(message) and not _speaks_as_bounce(message):
        return None
    data = contents.of(status) if status is not None else None
    reported = read_blocks(data) if data is not None else {}
    actions = set(reported.get("action", "").lower().replace(" ", "\n").split())
    if actions and actions <= _DELIVERED:
        return Unwrapped("none", reason="receipt-notice", reported=reported)
    derived = _said_in_text(message, reported)
    returned = contents.mails(attached_mail)
    return Unwrapped(
        "bounce",
        reason="bounce",
        reported=reported,
        derived=derived,
        lost=tuple(contents.lost),
        returned=returned,
    )


def _is_delivery_report(message: Message) -> bool:
    """multipart/report; report-type=delivery-status (RFC 6522) whose status part got lost."""
    kinds = message.values("content-type")
    return message.root.type == "multipart/report" and any(
        b"delivery-status" in kind.lower() for kind in kinds
    )


def _speaks_as_bounce(message: Message) -> bool:
    if message.values("x-failed-recipients"):
        return True
    from_ = field_text(b" ".join(message.values("from")[:1]))
    address = message.from_.address if message.from_ is not None else ""
    signs = (
        any(value.strip() in (b"<>", b"") for value in message.values("return-path")[:1]),
        _DAEMON.match(address) is not None or "mailer-daemon" in from_.lower(),
        _SUBJECT.match(message.subject or "") is not None,
        _TEXT.search(message.text[:_LOOK]) is not None,
    )
    if signs[0] and _PLAIN_WORDS.search(message.text[:_LOOK]) is not None:
        return True
    if not signs[0] and _FORWARD.match(message.subject or "") is not None:
        return False  # a postmaster who forwards spam is a person
    return sum(signs) >= 2 and (signs[1] or signs[2])


def _said_in_text(message: Message, reported: dict[str, str]) -> dict[str, str]:
    """Status (RFC 3463) and recipient where only the text for people says them."""
    text = message.text[:_LOOK]
    derived: dict[str, str] = {}
    if "status" not in reported:
        if found := _STATUS.search(text):
            derived["status"] = found[1]
        elif (word := next((code for pattern, code in _WORDS if pattern.search(text)), None)) is not None:
            derived["status"] = word
        elif found := _REPLY.search(text):
            derived["status"] = f"{found[1][0]}.0.0"
    if "final-recipient" not in reported:
        failed = message.values("x-failed-recipients")
        if failed:
            derived["final-recipient"] = field_text(failed[0])
        elif found := _RECIPIENT.search(text):
            derived["final-recipient"] = found[1]
    return derived


def is_disposition(leaf: Leaf) -> bool:
    """Whether a part says that a mail was shown or deleted (RFC 8098)."""
    return leaf.type in ("message/disposition-notification", "message/global-disposition-notification")

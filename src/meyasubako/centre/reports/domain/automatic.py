"""Whether a mail was written by a person, and whether we may write back: RFC 3834 and what our own MX saw.

An acknowledgement goes to nobody who did not write: never to a machine or a list, never to an address that the
sender may have forged. Answers of the DNS come in as an ``Authentication``; nothing is asked here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from meyasubako.mail import Message
from meyasubako.sender import Authentication
from meyasubako.sender.dmarc import Status as Dmarc
from meyasubako.sender.spf import Status as Spf

_LIST_FIELDS = (
    "list-id",
    "list-help",
    "list-unsubscribe",
    "list-subscribe",
    "list-post",
    "list-owner",
    "list-archive",
    "mailing-list",
    "x-loop",
    "x-mailing-list",
    "feedback-id",
)
_PRECEDENCE = frozenset({b"bulk", b"junk", b"list", b"auto_reply"})
# RFC 3834 section 2: nobody who answers by hand sends from these.
_MACHINES = re.compile(
    r"(?:mailer-daemon|postmaster|daemon|listserv|majordomo|mailman|root|"
    r"no-?reply|do-?not-?reply|bounces?|owner-.*|.*-(?:request|owner|bounces?|errors?)|"
    r"(?:bounces?|return|prvs|srs0|srs1|msprvs1)[-+=].*)\Z"
)


def automatic_reason(message: Message, envelope_from: str | None) -> str | None:
    """Why this mail gets no automatic answer, as a code; None where a person seems to have written it."""
    if not envelope_from:
        return "null-path"  # RFC 3834 section 2, RFC 5321 section 4.5.5
    local = envelope_from.rpartition("@")[0].lower()
    if not local or _MACHINES.match(local):
        return "machine-address"
    submitted = message.values("auto-submitted")
    if any(_word(value) != b"no" for value in submitted):
        return "auto-submitted"  # RFC 3834 section 5
    if any(_word(value) in _PRECEDENCE for value in message.values("precedence")):
        return "precedence"
    if any(message.values(name) for name in _LIST_FIELDS):
        return "mailing-list"  # RFC 2919, RFC 2369
    if message.values("x-auto-response-suppress") or message.values("x-autoreply"):
        return "auto-response-suppressed"
    if message.root.type.lower() in {"multipart/report", "message/delivery-status"}:
        return "report-of-a-machine"  # RFC 6522
    return None


def _word(value: bytes) -> bytes:
    """The first word of a field's value, without parameters and comments, in small letters."""
    return value.split(b";")[0].split(b"(")[0].strip().lower()


class Answerable(NamedTuple):
    """Whether the address that would be written to was seen to have sent the mail, and by what."""

    allowed: bool
    reason: str


def may_answer(message: Message, envelope_from: str, seen: Authentication) -> Answerable:
    """Whether ``envelope_from``, the only address that may be written to (RFC 3834 section 4), was authenticated.

    SPF must have passed for its own domain, or an aligned DMARC pass must vouch for the same address in From; a
    mail that fails the policy of its author domain gets no answer whatever SPF says.
    """
    if seen.dmarc.status is Dmarc.FAIL:
        return Answerable(False, "dmarc-fail")
    if seen.dmarc.status is Dmarc.PASS and _same(message, envelope_from):
        return Answerable(True, "dmarc-pass")
    if seen.spf.status is Spf.PASS and seen.spf.scope == "mailfrom":
        return Answerable(True, "spf-pass")
    return Answerable(False, "not-authenticated")


def _same(message: Message, envelope_from: str) -> bool:
    return message.from_ is not None and message.from_.address.lower() == envelope_from.lower()

"""Codes of reports in the page's language."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.reports.domain.kinds import HELD_BY_HAND, HELD_UNFILED
from meyasubako.mail.wrapped.reasons import LOST, REASONS

Text = str | Promise

STATES: dict[str, Text] = {
    "received": _("Received"),
    "held": _("Held"),
    "taken": _("Filed"),
    "closed": _("Finished"),
    "withdrawn": _("Withdrawn"),
}
KINDS: dict[str, Text] = {
    "no-consent": _("Sent without consent"),
    "labels": _("Labels missing"),
    "after-opt-out": _("Sent after an opt-out"),
    "forged-sender": _("Forged sender"),
    "sms": _("SMS"),
    "other": _("Other"),
    "unsorted": _("Not sorted"),
}
CHANNELS: dict[str, Text] = {"form": _("Web form"), "mail": _("Mail"), "api": "API"}
PLACES: dict[str, Text] = {
    "reported": _("Reported"),
    "first": _("First mail"),
    "opt-out": _("The reporter's opt-out"),
    "later": _("Later mail"),
}
ACTIONS: dict[str, Text] = {
    "file": _("Filed"),
    "hold": _("Put into the holding pen"),
    "rerun": _("Taken apart again"),
    "refile": _("Filed by hand"),
    "close": _("Finished"),
    "reopen": _("Opened again"),
    "lapse": _("Lapsed"),
    "withdraw": _("Withdrawn"),
}
ACTORS: dict[str, Text] = {"step": _("by itself"), "officer": _("an officer"), "reporter": _("the reporter")}
OUTCOMES: dict[str, Text] = {
    "joined": _("Joined to a campaign"),
    "used": _("Used in a case"),
    "acted": _("Action was taken"),
}
SENDING: dict[str, Text] = {
    "unchecked": _("not decided yet"),
    "waiting": _("waiting"),
    "sending": _("being sent"),
    "sent": _("sent"),
    "refused": _("not sent"),
}
PETITIONERS: dict[str, Text] = {"recipient": _("Recipient"), "carrier": _("Carrier")}
AUTHORITIES: dict[str, Text] = {
    "mic": _("Ministry of Internal Affairs and Communications"),
    "caa": _("Consumer Affairs Agency"),
}
PARTICULARS: dict[str, Text] = {
    "name": _("Name"),
    "representative": _("Representative"),
    "address": _("Address"),
    "contact": _("Contact"),
    "sender_facts": _("Facts about the sender"),
    "screen_content": _("What the screen showed"),
    "fictitious_sending": _("How mail was sent to fictitious addresses"),
    "reasons": _("Reasons"),
    "other": _("Other matters"),
}
BOXES: dict[str, Text] = {
    "source": _("Text of the mail"),
    "first_source": _("Text of the first mail"),
    "remarks": _("Remarks"),
    "relation": _("Dealings with the sender"),
    "missing": _("Missing or wrong"),
    "opt_out_way": _("How it was refused"),
    "opt_out_on": _("When it was refused"),
    "sms_number": _("Number it came from"),
    "sms_name": _("Name it came from"),
    "sms_at": _("When it came"),
    "sms_text": _("Text of the message"),
    "own_carrier": _("The reporter's telephone company"),
}
"""What people fill in, by the name of the box in the public form."""
ANSWERS: dict[str, dict[str, Text]] = {
    "relation": {
        "none": _("never any"),
        "unknown": _("does not remember"),
        "customer": _("bought or signed up for something"),
        "refused": _("told the sender not to send"),
    },
    "missing": {
        "name": _("the sender's name"),
        "opt-out": _("an address or link for refusing"),
        "notice": _("the statement that one may refuse"),
        "postal": _("the postal address"),
        "contact": _("where to complain or ask"),
    },
    "opt_out_way": {
        "mail": _("by mail"),
        "page": _("on the page that the mail linked to"),
        "phone": _("by telephone"),
        "other": _("in another way"),
    },
}
"""What people choose, by box."""
WAYS: dict[str, Text] = {
    "file": _("as a file"),
    "pasted": _("pasted"),
    "api": "API",
    "by-hand": _("filed by hand"),
    "message/rfc822": _("attached"),
    "message/rfc822-headers": _("attached, header alone"),
    "inline": _("forwarded in the text"),
    "arf": "ARF",
    "xarf": "X-ARF",
    "msg": "Outlook (.msg)",
    "tnef": "winmail.dat",
}
"""How a mail was wrapped, by the first word of its code."""
_HELD: dict[str, Text] = {
    HELD_BY_HAND: _("Put here by an officer"),
    HELD_UNFILED: _("Filing did not end"),
}


def words(table: dict[str, Text], code: str) -> Text:
    """The words of a code; the code itself where it has none."""
    return table.get(code, code)


def way(code: str) -> str:
    """How a mail came: the words of the code's first part, and the code where it says more."""
    first, colon, _rest = code.partition(":")
    known = WAYS.get(first)
    return code if known is None else f"{known} ({code})" if colon else str(known)


def answer(box: str, said: str) -> str:
    """What stands in a box: the words of what was chosen, a text as it is."""
    chosen = ANSWERS.get(box)
    if chosen is None:
        return said
    return " · ".join(str(chosen.get(code, code)) for code in said.split())


def held_reason(code: str) -> Text:
    """Why a report is held."""
    if code in _HELD:
        return _HELD[code]
    reason = REASONS.get(code)
    return code if reason is None else reason.en if get_language() == "en" else reason.ja


def lost(codes: tuple[str, ...]) -> list[str]:
    """What the way of reporting threw away of a mail."""
    english = get_language() == "en"
    known = [(code, LOST.get(code)) for code in codes]
    return [code if said is None else said.en if english else said.ja for code, said in known]

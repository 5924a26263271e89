"""What a report is about, how it came in, and what each of its mails is to it.

A kind is what the reporter says, not a finding: it names the provision the reporter has in mind, and the checks of
``law`` look at the mail for themselves.
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The violation that the reporter names; ``UNSORTED`` where nobody was asked (mail)."""

    NO_CONSENT = "no-consent"
    LABELS = "labels"
    AFTER_OPT_OUT = "after-opt-out"
    FORGED_SENDER = "forged-sender"
    SMS = "sms"
    OTHER = "other"
    UNSORTED = "unsorted"

    @property
    def article(self) -> str | None:
        """The provision the kind has in mind; None where it names none."""
        return _ARTICLES.get(self)


_ARTICLES = {
    Kind.NO_CONSENT: "Act Art 3(1)",
    Kind.AFTER_OPT_OUT: "Act Art 3(3)",
    Kind.LABELS: "Act Art 4",
    Kind.FORGED_SENDER: "Act Art 5",
}

ASKED = (Kind.NO_CONSENT, Kind.LABELS, Kind.AFTER_OPT_OUT, Kind.FORGED_SENDER, Kind.SMS, Kind.OTHER)
"""The kinds a person may choose, in the order of the form."""


class Channel(StrEnum):
    """How a report came to the centre."""

    FORM = "form"
    MAIL = "mail"
    API = "api"


class Place(StrEnum):
    """What a mail is to its report: the one complained of, or one of the three of "sent after I opted out"."""

    REPORTED = "reported"
    FIRST = "first"
    OPT_OUT = "opt-out"
    LATER = "later"

    @property
    def is_evidence(self) -> bool:
        """Whether it goes to the tables: the reporter's own opt-out is the reporter's, and stays sealed."""
        return self is not Place.OPT_OUT


class Outcome(StrEnum):
    """What became of a report, each once or more; told to the reporter, never what is under way."""

    JOINED = "joined"
    USED = "used"
    ACTED = "acted"


HELD_BY_HAND = "by-hand"
HELD_UNFILED = "filing-failed"
"""Reasons for the holding pen beside those of ``mail.wrapped``: an officer put it there; filing did not end."""

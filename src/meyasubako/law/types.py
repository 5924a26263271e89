"""What a judgement is made of: verdicts, certainties, spans of evidence, findings, and facts from outside the mail.

A finding says what was seen and under which article; what follows from it is decided elsewhere. Facts that no mail
can show (who consented, who asked to be left alone, whether the sender is forged) come in as plain values: this
room asks nobody.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple


class Verdict(StrEnum):
    """What a check saw. ``advertising`` uses the same words for "does the Act apply": see its page."""

    OK = "ok"
    BREACH = "breach"
    LIKELY = "likely"
    MISSING = "missing"
    WRONG_PLACE = "wrong place"
    UNVERIFIABLE = "cannot be verified"


class Certainty(StrEnum):
    """How well the rule itself is known: its text was read, a secondary page says so, or unverified."""

    TEXT = "TEXT"
    SEC = "SEC"
    UNV = "UNV"


for _member in Verdict:
    # As Python does from 3.12 on: until then each look at ``Verdict.OK`` is a call, and findings look often.
    type.__setattr__(Verdict, _member.name, _member)


class Span(NamedTuple):
    """Evidence: characters ``start`` to ``end`` of ``where``.

    ``where`` names a field of the message: ``text``, ``html_text``, ``subject`` or ``from`` (its display name).
    """

    where: str
    start: int
    end: int


class Finding(NamedTuple):
    """One answer of one check, under the law of one day.

    ``version`` is the day (YYYY-MM-DD) from which the applied version is in force, ``certainty`` how well the rule is
    known - not how sure the verdict is: that is the verdict's own word.
    """

    check: str
    article: str
    version: str
    verdict: Verdict
    certainty: Certainty
    ja: str
    en: str
    spans: tuple[Span, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The finding as the JSON contract has it: plain words, spans as objects."""
        return {
            "check": self.check,
            "article": self.article,
            "version": self.version,
            "verdict": self.verdict.value,
            "certainty": self.certainty.value,
            "ja": self.ja,
            "en": self.en,
            "spans": [span._asdict() for span in self.spans],
        }


class Basis(StrEnum):
    """On what ground an address may be mailed (Act Art 3(1)), or that no ground exists."""

    CONSENT = "consent"
    NOTIFIED = "notified"
    RELATIONSHIP = "business relationship"
    PUBLISHED = "published"
    NONE = "none"


class Consent(NamedTuple):
    """What is known about the ground for mailing this recipient.

    ``proven`` means a record has been shown (or, for ``none``, that the holder of the address knows it of the
    address itself); without it the value is somebody's claim. ``in_writing`` is how an address was notified.
    """

    basis: Basis
    proven: bool = False
    in_writing: bool | None = None
    refusal_published: bool = False


class OptOut(NamedTuple):
    """A wish not to be mailed, and the mail it answered: the second of three mails and the first of them.

    ``notified_at`` is when the wish was sent, ``proven`` that a copy of it is held. ``subjects`` limits it to certain
    matter, ``until`` to a period (last day included); both empty means everything, for good. ``first_from`` is the
    sender's domain of the mail it answered, ``first_received_at`` when that came.
    """

    notified_at: datetime
    proven: bool = False
    subjects: tuple[str, ...] = ()
    until: date | None = None
    first_from: str | None = None
    first_received_at: datetime | None = None


class Incidental(StrEnum):
    """Why the advertising in a mail is only incidental (Ordinance Art 6), or the message a designated one elsewhere."""

    CONTRACT = "contract"
    FREE_MAIL = "free mail"
    OTHER = "other"
    DESIGNATED = "designated"


class Forged(NamedTuple):
    """Whether sender information was forged, judged elsewhere: forged, likely, not forged, unknown - and the grounds."""

    verdict: str
    grounds: tuple[str, ...] = ()


class Fictitious(NamedTuple):
    """The two limbs of a fictitious address (Act Art 2(iv)); None where a limb is not known."""

    generated: bool | None
    unused: bool | None


class Snapshot(NamedTuple):
    """A linked page as an officer saw it. This room only ever reads it; nothing is fetched."""

    url: str
    text: str
    taken_at: datetime | None = None


class Facts(NamedTuple):
    """What is known about a mail from outside it; None and empty mean "not known".

    ``channel`` is monitor, report, archive, partner, or sender (a draft not yet sent); ``medium`` mail or sms.
    ``in_reach`` says whether it was sent from or to equipment in the regime's country, ``for_profit`` whether the
    sender is an organisation for profit or a person in business, ``advertising`` whether the mail is known to
    advertise (its sender says so, or an officer). ``sent_at`` orders it after an opt-out.
    ``incorrect`` names label checks whose content an investigation found untrue.
    """

    channel: str = "archive"
    medium: str = "mail"
    in_reach: bool | None = None
    for_profit: bool | None = None
    advertising: bool | None = None
    sent_at: datetime | None = None
    consent: Consent | None = None
    opt_out: OptOut | None = None
    incidental: Incidental | None = None
    forged: Forged | None = None
    fictitious: Fictitious | None = None
    incorrect: frozenset[str] = frozenset()
    snapshots: tuple[Snapshot, ...] = ()

"""What goes into the services of reports and what comes out of their selectors: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from meyasubako.centre.reports.domain.kinds import Channel, Kind, Place
from meyasubako.centre.reports.domain.petitions import Authority, Matter, Petitioner


@dataclass(frozen=True, slots=True)
class SubmittedMail:
    """One mail of a report. ``how`` says how it came (``file:eml``, ``pasted``, a word of ``mail.wrapped``).

    ``lost`` are codes of ``mail.wrapped.LOST``; ``notes`` what was said of the mail outside it.
    """

    raw: bytes
    place: Place = Place.REPORTED
    how: str = "file:eml"
    lost: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports, as far as they said; "" where they did not."""

    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """A report by form or by API. The same ``key`` twice is one report: the second gets the first one's receipt.

    ``statement`` is what was typed, box by box. ``key`` begins with its door (``form:``, ``api:7:``).
    """

    channel: Channel
    kind: Kind
    key: str
    mails: tuple[SubmittedMail, ...] = ()
    statement: Mapping[str, str] = field(default_factory=dict)
    reporter: Reporter | None = None
    language: str = "ja"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What whoever reported is given. ``secret`` is the link's; None where it cannot be told again.

    ``again`` says that the same thing had been received before, ``mails`` how many of its mails go to evidence.
    """

    record_id: int
    number: str
    secret: str | None
    received_at: datetime
    mails: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True)
class PetitionForm:
    """A petition as it was filled in. ``particulars`` by the names of ``domain.petitions``.

    ``made_by`` is the carrier's organisation; None for a recipient. ``reports`` are numbers of receipts it refers to.
    """

    petitioner: Petitioner
    key: str
    matters: tuple[Matter, ...]
    addressees: tuple[Authority, ...]
    particulars: Mapping[str, str]
    made_by: int | None = None
    reports: tuple[str, ...] = ()
    language: str = "ja"


@dataclass(frozen=True, slots=True)
class StepSeen:
    """One change of state. ``account`` only for those who may file; None for the reporter and the steps."""

    at: datetime
    action: str
    actor: str
    state: str
    reason: str
    account: int | None


@dataclass(frozen=True, slots=True)
class OutcomeSeen:
    """One outcome with the campaign or case it refers to."""

    at: datetime
    outcome: str
    reference: str


@dataclass(frozen=True, slots=True)
class MailSeen:
    """One mail of a report, without its bytes; ``delivered_at`` None: not in the tables yet."""

    position: int
    place: str
    how: str
    sha256: str
    size: int
    arrival_id: str
    lost: tuple[str, ...]
    delivered_at: datetime | None
    erased_at: datetime | None
    campaign: str


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report in a list. Names nobody."""

    report_id: int
    number: str
    kind: str
    channel: str
    state: str
    received_at: datetime
    mails: int
    wrapped_as: str
    held_reason: str


@dataclass(frozen=True, slots=True)
class ReportDetail:
    """A report with all that may be seen of it without the person. ``acknowledged`` is the state of that mail.

    ``actions`` is what the viewer may do to it now. ``has_*`` say what still lies sealed.
    """

    row: ReportRow
    language: str
    erased_at: datetime | None
    steps: tuple[StepSeen, ...]
    outcomes: tuple[OutcomeSeen, ...]
    mails: tuple[MailSeen, ...]
    authentication: tuple[str, str, str] | None
    acknowledged: tuple[str, str] | None
    answers: int
    erasure: str | None
    actions: tuple[str, ...]
    has_outer_mail: bool
    has_statement: bool
    has_identity: bool


@dataclass(frozen=True, slots=True)
class Tracking:
    """What the holder of a secret link sees. ``erasure`` is where a request to erase evidence is, None without one."""

    report_id: int
    number: str
    kind: str
    channel: str
    state: str
    received_at: datetime
    mails: int
    delivered: int
    steps: tuple[StepSeen, ...]
    outcomes: tuple[OutcomeSeen, ...]
    erased_at: datetime | None
    erasure: str | None


@dataclass(frozen=True, slots=True)
class PetitionTracking:
    """What the holder of a petition's link sees."""

    number: str
    petitioner: str
    matters: tuple[str, ...]
    addressees: tuple[str, ...]
    notified: tuple[tuple[str, datetime | None], ...]
    received_at: datetime
    investigate_by: date | None
    investigated_at: datetime | None


@dataclass(frozen=True, slots=True)
class MonthCount:
    """Reports of one month (YYYY-MM in Japan): all that this register received, and those that held no mail.

    ``outside`` are those of which no mail is in the tables, which so count none of them.
    """

    month: str
    reports: int
    without_mail: int
    outside: int
    by_kind: Mapping[str, int]
    by_channel: Mapping[str, int]

"""The petition (申出): who may petition whom about what, with which particulars, and who must be told.

A petition is no report: it is made to a minister, who must look into it (Act Art 8(4), Act Art 8(5)). The centre
advises people who are about to petition (Act Art 14(1)) and takes the form on its way; it is never the addressee.
What the facts prove is not decided here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import NamedTuple


class Petitioner(StrEnum):
    """Who petitions: whoever received the mail (Act Art 8(1)), or a carrier (Act Art 8(3))."""

    RECIPIENT = "recipient"
    CARRIER = "carrier"


class Authority(StrEnum):
    """To whom: the Minister (MIC), or the Commissioner of the Consumer Affairs Agency (Act Art 31(1))."""

    MIC = "mic"
    CAA = "caa"


class Matter(StrEnum):
    """What the petition is about."""

    CONSENT = "3"
    LABELS = "4"
    FORGED_SENDER = "5"
    FICTITIOUS_ADDRESSES = "6"

    @property
    def article(self) -> str:
        """The provision said to be broken."""
        return f"Act Art {self.value}"


MATTERS = {
    # Act Art 8(1): mail sent against Articles 3 to 5.
    Petitioner.RECIPIENT: (Matter.CONSENT, Matter.LABELS, Matter.FORGED_SENDER),
    # Act Art 8(3): mail to fictitious addresses.
    Petitioner.CARRIER: (Matter.FICTITIOUS_ADDRESSES,),
}
ADDRESSEES = {
    # Act Art 8(1): either of the two, or both.
    Petitioner.RECIPIENT: (Authority.MIC, Authority.CAA),
    # Act Art 8(3): fictitious addresses are the Minister's alone.
    Petitioner.CARRIER: (Authority.MIC,),
}


class Particular(NamedTuple):
    """One particular of the form: its name, and whether the form is incomplete without it."""

    name: str
    required: bool = True
    personal: bool = False


_PETITIONER = (
    Particular("name", personal=True),
    Particular("representative", required=False, personal=True),
    Particular("address", personal=True),
    Particular("contact", personal=True),
)

PARTICULARS: dict[Petitioner, tuple[Particular, ...]] = {
    # Ordinance Art 10(1): petitioner; facts on the sender; what the screen showed; reasons; other matters.
    Petitioner.RECIPIENT: (
        *_PETITIONER,
        Particular("sender_facts"),
        Particular("screen_content"),
        Particular("reasons"),
        Particular("other", required=False),
    ),
    # Ordinance Art 10(3): the same, with how mail was sent to fictitious addresses in the place of the screen.
    Petitioner.CARRIER: (
        *_PETITIONER,
        Particular("sender_facts"),
        Particular("fictitious_sending"),
        Particular("reasons"),
        Particular("other", required=False),
    ),
}
LONGEST = {"name": 200, "representative": 200, "address": 500, "contact": 300}
LONGEST_TEXT = 20_000


class Problem(NamedTuple):
    """A particular that cannot stand: its name and a code (``missing``, ``too-long``, ``not-possible``)."""

    name: str
    code: str


class Routing(NamedTuple):
    """Where a petition goes: its addressees, who must be told of it, and the provision that says so."""

    addressees: tuple[Authority, ...]
    notified: tuple[Authority, ...]
    petition_under: str
    notice_under: str | None
    investigation_under: str


def problems(
    petitioner: Petitioner,
    particulars: Mapping[str, str],
    matters: Collection[Matter],
    addressees: Collection[Authority],
) -> tuple[Problem, ...]:
    """Everything that keeps the petition from being taken, in the order of the form; () where nothing does."""
    found = []
    if not matters:
        found.append(Problem("matters", "missing"))
    elif not set(matters) <= set(MATTERS[petitioner]):
        found.append(Problem("matters", "not-possible"))
    if not addressees:
        found.append(Problem("addressees", "missing"))
    elif not set(addressees) <= set(ADDRESSEES[petitioner]):
        found.append(Problem("addressees", "not-possible"))
    for particular in PARTICULARS[petitioner]:
        text = particulars.get(particular.name, "").strip()
        if particular.required and not text:
            found.append(Problem(particular.name, "missing"))
        elif len(text) > LONGEST.get(particular.name, LONGEST_TEXT):
            found.append(Problem(particular.name, "too-long"))
    return tuple(found)


def route(petitioner: Petitioner, addressees: Collection[Authority]) -> Routing:
    """Where a petition without problems goes."""
    chosen = tuple(one for one in ADDRESSEES[petitioner] if one in addressees)
    if petitioner is Petitioner.CARRIER:
        return Routing(chosen, (), "Act Art 8(3)", None, "Act Art 8(5)")
    # Act Art 8(2): the one that received it tells the other without delay, unless it went to both.
    others = tuple(one for one in ADDRESSEES[petitioner] if one not in chosen)
    return Routing(chosen, others, "Act Art 8(1)", "Act Art 8(2)" if others else None, "Act Art 8(4)")

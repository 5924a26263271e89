"""What an entry of the register says, checked without any database: name, address, class, service, note.

An address is ``taro@decoy.example``, or ``*@decoy.example`` for every name of a domain. What other entries forbid
(a name or an address that is taken) is the services' to say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from meyasubako.receivers.routes import CLASSES

NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?\Z")
LOCAL = re.compile(r"[^\s\x00-\x20\x7f@<>()\[\],;:\\\"]{1,64}\Z")
LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
ANY = "*"
LONGEST_CARRIER = 120
LONGEST_NOTE = 1000
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One monitor mailbox. ``since`` and ``until`` are its first and last day in service, in Japan; None: open.

    ``decoy``: at this domain no names exist but the registered ones, so that mail to others is counted (Act Art 6).
    """

    name: str
    address: str
    monitor_class: str
    carrier: str = ""
    since: date | None = None
    until: date | None = None
    decoy: bool = False
    note: str = ""

    @property
    def domain(self) -> str:
        """The domain of the address."""
        return self.address.rpartition("@")[2]

    @property
    def is_catch_all(self) -> bool:
        """Whether it takes every name of its domain."""
        return self.address.startswith(f"{ANY}@")

    def cleaned(self) -> Entry:
        """The same with blanks around values gone, and the address as receivers compare it."""
        return replace(
            self,
            name=self.name.strip(),
            address=written_address(self.address),
            monitor_class=self.monitor_class.strip().lower(),
            carrier=self.carrier.strip(),
            note=self.note.strip(),
        )


class Problem(NamedTuple):
    """What is wrong with a field: its name, a code, and a sentence in the language of whoever reads it."""

    field: str
    code: str
    text: str | Promise


class InvalidEntryError(ValueError):
    """An entry that cannot stand; ``problems`` say why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.code}" for problem in problems))
        self.problems = problems


def written_address(text: str) -> str:
    """An address in small letters, its domain in ASCII (RFC 5890); left alone where the domain is none."""
    local, at, domain = text.strip().lower().rpartition("@")
    if not domain.isascii():
        import idna

        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError:
            return f"{local}{at}{domain}"
    return f"{local}{at}{domain}"


def problems(entry: Entry) -> tuple[Problem, ...]:
    """Everything that is wrong with a cleaned entry taken alone, in the order of its fields."""
    found = []
    if not NAME.match(entry.name):
        found.append(
            Problem(
                "name",
                "malformed",
                _("A name has small letters, digits, dots, dashes and underscores, 64 at most."),
            )
        )
    if not _is_address(entry.address):
        found.append(
            Problem("address", "malformed", _("This is neither an address nor *@domain for a whole domain."))
        )
    if entry.monitor_class not in CLASSES:
        found.append(Problem("class", "unknown", _("The class is pc or mobile.")))
    if len(entry.carrier) > LONGEST_CARRIER or CONTROL.search(entry.carrier):
        found.append(Problem("carrier", "malformed", _("The carrier is too long or has control characters.")))
    if entry.since is not None and entry.until is not None and entry.until < entry.since:
        found.append(Problem("in_service_to", "order", _("The last day in service is before the first.")))
    if len(entry.note) > LONGEST_NOTE or CONTROL.search(entry.note):
        found.append(Problem("note", "malformed", _("The note is too long or has control characters.")))
    return tuple(found)


def overlap(one: Entry, other: Entry) -> bool:
    """Whether two entries are in service on the same day."""
    first, last = date.min, date.max
    return (one.since or first) <= (other.until or last) and (other.since or first) <= (one.until or last)


def _is_address(address: str) -> bool:
    local, at, domain = address.rpartition("@")
    labels = domain.split(".")
    return (
        at == "@"
        and len(domain) <= 253
        and len(labels) > 1
        and all(LABEL.match(label) for label in labels)
        and (local == ANY or (bool(LOCAL.match(local)) and local != "" and ANY not in local))
    )

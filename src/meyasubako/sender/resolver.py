"""Questions to the DNS and their answers, as values: the only way by which this room sees the DNS.

The verifiers ask a ``Resolver``. What answers may be a record of what was asked at receipt (``Answers``), or
anything else with the same one method; this room opens no socket. "Nobody asked" is an answer of its own
(``Rcode.UNASKED``), never mistaken for "there is no such name".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import cython


class Rcode(StrEnum):
    """How a question ended: the response codes we tell apart (RFC 1035 section 4.1.1), and what never arrived."""

    NOERROR = "NOERROR"
    NXDOMAIN = "NXDOMAIN"
    SERVFAIL = "SERVFAIL"
    REFUSED = "REFUSED"
    TIMEOUT = "TIMEOUT"
    MALFORMED = "MALFORMED"
    UNASKED = "UNASKED"


_BY_NAME = {rcode.value: rcode for rcode in Rcode}
_NOERROR, _NXDOMAIN, _UNASKED = Rcode.NOERROR, Rcode.NXDOMAIN, Rcode.UNASKED


class Answer(NamedTuple):
    """The answer to one question, aliases followed.

    ``name`` is lower case without the last dot; ``type`` one of TXT, A, AAAA, MX, PTR. ``records`` are texts:
    an address in its canonical form; ``"10 mail.example.com"`` for MX; a name for PTR; for TXT the strings of
    one record joined, one character a byte (ISO 8859-1), so that no byte is lost. ``ttl`` is in seconds.
    """

    name: str
    type: str
    rcode: Rcode
    records: tuple[str, ...] = ()
    ttl: int | None = None

    @property
    def unasked(self) -> bool:
        """Nobody asked this question."""
        return self.rcode is _UNASKED

    @property
    def failed(self) -> bool:
        """The DNS gave no answer that would hold; another day it may."""
        rcode = self.rcode
        return rcode is not _NOERROR and rcode is not _NXDOMAIN and rcode is not _UNASKED

    @property
    def exists(self) -> bool | None:
        """Whether the name exists, whatever it holds (RFC 8020 section 2); None where that is not known."""
        rcode = self.rcode
        return True if rcode is _NOERROR else False if rcode is _NXDOMAIN else None


class Resolver(Protocol):
    """Answers a question at once, from what it has."""

    def ask(self, name: str, rtype: str, /) -> Answer:
        """The answer for a name (lower case, no last dot) and a record type; never raises."""


class Answers:
    """Captured answers, and a note of what was asked for and is not among them."""

    __slots__ = ("_answers", "missing")

    def __init__(self, answers: Iterable[Answer] = ()) -> None:
        """Start from answers already there; of two for one question the later one counts."""
        self._answers = {(answer.name, answer.type): answer for answer in answers}
        self.missing: dict[tuple[str, str], None] = {}

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]]) -> Answers:
        """Answers out of rows as ``dns_answers`` keeps them (name, type, rcode, records, ttl).

        Raises KeyError for a row without one of the first four, and for an rcode that is none of ours.
        """
        made = cls()
        for row in rows:
            name, rtype = row["name"], row["type"]
            values = (name, rtype, _BY_NAME[row["rcode"]], tuple(row["records"]), row.get("ttl"))
            made._answers[name, rtype] = tuple.__new__(Answer, values)  # a third of what Answer(...) costs
        return made

    def ask(self, name: str, rtype: str, /) -> Answer:
        """The captured answer, else one that says UNASKED; then the question stands in ``missing``."""
        found = self._answers.get((name, rtype))
        if found is None:
            self.missing[name, rtype] = None
            return Answer(name, rtype, Rcode.UNASKED)
        return found

    def add(self, answers: Iterable[Answer]) -> None:
        """Take more answers in and forget which were missing."""
        self._answers.update({(answer.name, answer.type): answer for answer in answers})
        self.missing.clear()

    def __iter__(self) -> Iterator[Answer]:
        return iter(self._answers.values())


@lru_cache(maxsize=16384)
def _speakable(name: str) -> bool:
    """Whether a name can be put into a question (RFC 1035 section 2.3.4): label and name lengths, no odd bytes."""
    if not 0 < len(name) <= 253 or not name.isascii() or not name.isprintable() or "\\" in name:
        return False
    return all(0 < len(label) <= 63 for label in name.split("."))


@cython.ccall
def ask(resolver: Resolver, name: str, rtype: str) -> Answer:
    """Ask for a name in any case, last dot or not; a name that cannot exist is answered NXDOMAIN without asking."""
    name = name.lower().removesuffix(".")
    if not _speakable(name):
        return Answer(name, rtype, Rcode.NXDOMAIN)
    return resolver.ask(name, rtype)

"""The DNS Tree Walk (RFC 9989 section 4.10): which records lie on the way up from a domain, and who owns it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import cython

from meyasubako.sender.dmarc.parse import Record, parse
from meyasubako.sender.resolver import Answer, Resolver, ask


class Walk(NamedTuple):
    """What was found from a domain upwards, longest name first.

    ``organizational`` is the Organizational Domain (RFC 9989 section 4.10.2). ``trouble`` is the first answer
    that was never asked for or failed: then the rest may be wrong.
    """

    domain: str
    found: tuple[tuple[str, Record], ...]
    organizational: str
    trouble: Answer | None

    @property
    def own(self) -> Record | None:
        """The record at the domain itself."""
        return self.found[0][1] if self.found and self.found[0][0] == self.domain else None


def find_record(domain: str, resolver: Resolver) -> tuple[Record | None, Answer]:
    """The one record of a domain; several count as none (RFC 9989 section 4.10, step 2)."""
    answer = ask(resolver, f"_dmarc.{domain}", "TXT")
    if not answer.records:
        return None, answer
    records = [record for record in map(parse, answer.records) if record is not None]
    return (records[0] if len(records) == 1 else None), answer


@lru_cache(maxsize=8192)
def targets(domain: str) -> tuple[str, ...]:
    """Names to ask for, eight at most: the domain, then from seven labels down to one."""
    labels = domain.split(".")
    lower = [".".join(labels[-left:]) for left in range(min(len(labels) - 1, 7), 0, -1)]
    return (domain, *lower)


def walk(domain: str, resolver: Resolver) -> Walk:
    """Ask on the way up until a record says where the boundary lies."""
    found: list[tuple[str, Record]] = []
    trouble: Answer | None = None
    for name in targets(domain):
        record, answer = find_record(name, resolver)
        if trouble is None and (answer.unasked or answer.failed):
            trouble = answer
        if record is not None:
            found.append((name, record))
            if record.psd != "u":
                break
    return Walk(domain, tuple(found), _organizational(domain, found), trouble)


@cython.cfunc
def _organizational(domain: str, found: list[tuple[str, Record]]) -> str:
    """RFC 9989 section 4.10.2."""
    for name, record in found:
        if record.psd == "n":
            return name
        if record.psd == "y" and name != domain:
            below = domain.removesuffix("." + name).rpartition(".")[2]
            return f"{below}.{name}"
    return found[-1][0] if found else domain

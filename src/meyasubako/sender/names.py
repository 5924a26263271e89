"""What the DNS says of the names a sender used: its address, its HELO, the author's domain.

Facts for the verdict on forged sender information, no verdict: a missing reverse name breaks no standard.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple

import cython

from meyasubako.sender.domains import ascii_domain
from meyasubako.sender.resolver import Answer, Resolver, ask

NAMES_CAP = 10
"""Reverse names that are followed back."""

_LITERAL = re.compile(r"\[(?:[Ii][Pp][Vv]6:)?([0-9A-Fa-f.:]{2,45})\]\Z")


class Reverse(StrEnum):
    """RFC 8601 section 2.7.3 (iprev), and UNASKED. FAIL: names, none of which leads back; PERMERROR: no name."""

    PASS = "pass"  # noqa: S105 - a result, not a secret
    FAIL = "fail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"
    NO_ADDRESS = "no-client-address"
    UNASKED = "unasked"


class Helo(StrEnum):
    """What the client called itself, held against its address (RFC 5321 section 4.1.4)."""

    ABSENT = "absent"
    MATCHES = "leads-to-client"
    ELSEWHERE = "leads-elsewhere"
    NONEXISTENT = "does-not-exist"
    WITHOUT_ADDRESS = "without-address"
    LITERAL = "literal-of-client"
    LITERAL_OTHER = "literal-of-another-address"
    MALFORMED = "no-host-name"
    NO_ADDRESS = "no-client-address"
    FAILED = "dns-failed"
    UNASKED = "unasked"


class Author(StrEnum):
    """Whether the author's domain exists and could take an answer (RFC 5321 section 5.1, RFC 7505 section 3)."""

    TAKES_MAIL = "takes-mail"
    REFUSES_MAIL = "takes-no-mail"
    WITHOUT_MAIL = "without-mail-host"
    NONEXISTENT = "does-not-exist"
    NO_DOMAIN = "no-domain"
    FAILED = "dns-failed"
    UNASKED = "unasked"


class Names(NamedTuple):
    """The three together. ``reverse_names`` are the address's names, ``confirmed`` those that lead back to it."""

    reverse: Reverse
    reverse_names: tuple[str, ...]
    confirmed: tuple[str, ...]
    helo: Helo
    author: Author

    @property
    def unasked(self) -> bool:
        """Whether an answer is missing that would say more."""
        return Reverse.UNASKED is self.reverse or Helo.UNASKED is self.helo or Author.UNASKED is self.author


def look(ip: str | None, helo: str | None, author: str | None, resolver: Resolver) -> Names:
    """Ask for all three; ``author`` is an A-label or None."""
    asked = _asked(ip) if ip else None
    if asked is None:
        return Names(
            Reverse.NO_ADDRESS, (), (), _helo_form(helo) or Helo.NO_ADDRESS, _author(author, resolver)
        )
    reverse = _reverse(*asked, resolver)
    return Names(*reverse, _helo(helo, asked.ip, asked.family, resolver), _author(author, resolver))


class _Asked(NamedTuple):
    """A client's address as questions need it: canonical text, the name its names are asked under, the record type."""

    ip: str
    pointer: str
    family: str


@lru_cache(maxsize=8192)
def _asked(ip: str) -> _Asked | None:
    """None for what is no address."""
    try:
        address = ip_address(ip)
    except ValueError:
        return None
    return _Asked(str(address), address.reverse_pointer, "A" if address.version == 4 else "AAAA")


def _reverse(
    ip: str, pointer: str, family: str, resolver: Resolver
) -> tuple[Reverse, tuple[str, ...], tuple[str, ...]]:
    answer = ask(resolver, pointer, "PTR")
    if answer.unasked:
        return Reverse.UNASKED, (), ()
    names = answer.records[:NAMES_CAP]
    if not names:
        return (Reverse.TEMPERROR if answer.failed else Reverse.PERMERROR), (), ()
    back = [ask(resolver, name, family) for name in names]
    confirmed = tuple(one.name for one in back if ip in one.records)
    if confirmed:
        return Reverse.PASS, names, confirmed
    if any(one.unasked for one in back):
        return Reverse.UNASKED, names, ()
    return (Reverse.TEMPERROR if any(one.failed for one in back) else Reverse.FAIL), names, ()


@cython.cfunc
def _helo_form(helo: str | None) -> Helo | None:
    """What can be said without asking; None for a name to ask for or a literal."""
    said = (helo or "").strip()
    if not said:
        return Helo.ABSENT
    if _LITERAL.match(said):
        return None
    name = ascii_domain(said)
    return Helo.MALFORMED if name is None or "." not in name or name.replace(".", "").isdigit() else None


def _helo(helo: str | None, ip: str, family: str, resolver: Resolver) -> Helo:
    form = _helo_form(helo)
    if form is not None:
        return form
    said = (helo or "").strip()
    if literal := _LITERAL.match(said):
        try:
            return Helo.LITERAL if str(ip_address(literal[1])) == ip else Helo.LITERAL_OTHER
        except ValueError:
            return Helo.MALFORMED
    answer = ask(resolver, ascii_domain(said) or "", family)
    if answer.unasked:
        return Helo.UNASKED
    if answer.failed:
        return Helo.FAILED
    if ip in answer.records:
        return Helo.MATCHES
    if answer.exists is False:
        return Helo.NONEXISTENT
    return Helo.ELSEWHERE if answer.records else Helo.WITHOUT_ADDRESS


def _author(author: str | None, resolver: Resolver) -> Author:
    if author is None:
        return Author.NO_DOMAIN
    exchangers = ask(resolver, author, "MX")
    if exchangers.records:
        nothing = all(record.partition(" ")[2] in ("", ".") for record in exchangers.records)
        return Author.REFUSES_MAIL if nothing else Author.TAKES_MAIL
    if exchangers.exists is False:
        return Author.NONEXISTENT
    if exchangers.unasked:
        return Author.UNASKED
    hosts: list[Answer] = [ask(resolver, author, "A"), ask(resolver, author, "AAAA")]
    if any(host.records for host in hosts):
        return Author.TAKES_MAIL
    if any(host.unasked for host in hosts):
        return Author.UNASKED
    return Author.FAILED if exchangers.failed or any(host.failed for host in hosts) else Author.WITHOUT_MAIL

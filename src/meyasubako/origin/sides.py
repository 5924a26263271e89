"""Whose a host is by its name: a listed receiver's, the operator's, or that of the organisation whose domain it is.

Most hosts that a mail names are strangers, each seen once. So whether a host is of a side that is already known is
answered without asking the public suffix list about it.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import NamedTuple, TypeAlias

import cython

from meyasubako.mail.domains import registered_domain
from meyasubako.mail.hosts import canonical_ip
from meyasubako.origin.ranges import Networks

_MOST_LABELS = 8
_MOST_SIDES = 4096


class Provider(NamedTuple):
    """A row of the shipped table: the names and inner networks of one receiving provider.

    ``hosts`` are name suffixes of its machines, ``outbound`` of those that send for its customers (a mail from
    there crossed the boundary though the name is its own), ``networks`` its inner public ranges.
    """

    key: str
    hosts: tuple[str, ...]
    outbound: tuple[str, ...]
    networks: Networks
    kind: str
    country: str
    confidence: float
    source: str
    seen: str


Side: TypeAlias = "tuple[str | None, Provider | None]"
"""Whose a host is: a listed provider's key (``own`` for the operator's) with its row, or a registered domain."""


@cython.final
@cython.cclass
class Sides:
    """The sides of hosts, by the listed suffixes of names."""

    _names: dict[str, Provider]
    _ends: set[str]
    _single: cython.bint
    _kept: dict[str, Side]

    def __init__(self, names: Mapping[str, Provider]) -> None:
        """``names`` maps suffixes of names, in lower case, to the rows they are of."""
        self._names = dict(names)
        self._ends = {name[_end_of(name) :] for name in names}
        self._single = any("." not in name for name in names)
        self._kept = {}

    @cython.ccall
    def provider(self, host: str) -> Provider | None:
        """The row that a host is listed in."""
        return self._listed(host.lower())

    @cython.cfunc
    def _listed(self, name: str) -> Provider | None:
        end: cython.Py_ssize_t = _end_of(name)
        if name[end:] not in self._ends and not (self._single and name.rpartition(".")[2] in self._ends):
            return None
        suffix = suffix_of(self._names, name)
        return None if suffix is None else self._names[suffix]

    @cython.ccall
    def of(self, host: str | None) -> Side:
        """The side of a host; what was found is kept, as few hosts write most fields."""
        if not host:
            return _NOBODYS
        side: Side | None = self._kept.get(host)
        if side is None:
            provider = self.provider(host)
            side = (_organisation(host), None) if provider is None else (provider.key, provider)
            if len(self._kept) >= _MOST_SIDES:
                self._kept.clear()
            self._kept[host] = side
        return side

    @cython.ccall
    def has(self, sides: set[str], host: str | None) -> cython.bint:
        """Whether a host is of one of these sides. Its organisation is asked for only where its name ends so."""
        if not host:
            return False
        name = host.lower()
        provider = self._listed(name)
        if provider is not None:
            return provider.key in sides
        for side in sides:
            if name.endswith(side):
                return self.of(host)[0] in sides
        return False


_NOBODYS: Side = (None, None)


@cython.cfunc
def _end_of(name: str) -> cython.Py_ssize_t:
    """Where the last two labels of a name begin."""
    place: cython.Py_ssize_t = len(name)
    dots: cython.Py_ssize_t = 0
    while place > 0:
        if name[place - 1] == ".":
            dots += 1
            if dots == 2:
                break
        place -= 1
    return place


def suffix_of(names: Container[str], host: str | None) -> str | None:
    """The longest listed suffix of a host's name, on label borders."""
    if not host:
        return None
    name = host.lower()
    for _ in range(_MOST_LABELS):
        if name in names:
            return name
        _, dot, name = name.partition(".")
        if not dot:
            return None
    return None


def _organisation(host: str) -> str | None:
    """Registered domain of a host in lower case; None for addresses, ``localhost`` and names without a domain."""
    name = host.lower()
    if "." not in name or ":" in name or name.endswith((".local", ".localdomain", ".internal", ".lan")):
        return None
    if name[-1].isdigit() and canonical_ip(name) is not None:
        return None
    return registered_domain(name) or name

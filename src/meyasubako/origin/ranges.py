"""Sets of networks that are asked for one address at a time, and addresses as numbers.

Addresses come in canonical text (RFC 5952 section 4). A network of IPv6 that ends on a group border is therefore known
by how its addresses begin, and no address need be turned into a number to find it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_network
from typing import NamedTuple

import cython

from meyasubako.mail.hosts import number

_GROUP = 16
_BITS = 128


class Range(NamedTuple):
    """A network as numbers: IP version, first and last address, both included."""

    version: int
    first: int
    last: int


def network_range(text: str) -> Range:
    """A network such as ``192.0.2.0/24`` as numbers. Raises ValueError for anything else, host bits included."""
    network = ip_network(text)
    return Range(network.version, int(network.network_address), int(network.broadcast_address))


@cython.final
@cython.cclass
class Networks:
    """A set of networks; false when empty."""

    _ranges: tuple[Range, ...]
    _beginnings: tuple[str, ...]
    _first4: list[int]
    _last4: list[int]
    _first6: list[int]
    _last6: list[int]

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        """Overlapping ranges are allowed."""
        self._ranges = tuple(ranges)
        self._beginnings = tuple(text for row in self._ranges if (text := _beginning(row)) is not None)
        rest = [row for row in self._ranges if _beginning(row) is None]
        self._first4, self._last4 = _edges([row for row in rest if row.version == 4])
        self._first6, self._last6 = _edges([row for row in rest if row.version == 6])

    @property
    def ranges(self) -> tuple[Range, ...]:
        """The networks as they were given."""
        return self._ranges

    def __bool__(self) -> bool:
        """Whether there is any network at all."""
        return bool(self._ranges)

    @cython.ccall
    def holds(self, ip: str) -> cython.bint:
        """Whether an address, in canonical text, lies in one of the networks."""
        if not self._ranges:
            return False
        firsts, lasts = self._first4, self._last4
        if ":" in ip:
            if ip.startswith(self._beginnings):
                return True
            firsts, lasts = self._first6, self._last6
        if not firsts:
            return False
        value = number(ip)[1]
        at = bisect_right(firsts, value) - 1
        return at >= 0 and value <= lasts[at]


def _beginning(row: Range) -> str | None:
    """How every address of a network is written at its beginning; None where that cannot be said."""
    bits = _BITS - (row.last - row.first).bit_length()
    if row.version != 6 or bits % _GROUP or bits == _BITS:
        return None
    groups = IPv6Address(row.first).exploded.split(":")[: bits // _GROUP]
    shown = [group.lstrip("0") for group in groups]
    return ":".join(shown) + ":" if shown and all(shown) else None


def _edges(rows: Iterable[Range]) -> tuple[list[int], list[int]]:
    """First and last numbers of ranges of one version, in order, those that overlap put together."""
    firsts: list[int] = []
    lasts: list[int] = []
    for _, first, last in sorted(rows):
        if lasts and first <= lasts[-1]:
            lasts[-1] = max(lasts[-1], last)
        else:
            firsts.append(first)
            lasts.append(last)
    return firsts, lasts


_INNER_V6 = ("fe8", "fe9", "fea", "feb", "fc", "fd", "2002:7f", "2002:c0a8")


@cython.ccall
def is_inner(ip: str) -> cython.bint:
    """Whether an address means nothing outside its site: RFC 1918 section 3, RFC 6598 section 7, RFC 4193
    section 3, loopback, link-local, and 6to4 (RFC 3056 section 2) of 10/8."""
    if ":" in ip:
        if ip in {"::1", "::"}:
            return True
        if ip.startswith("2002:a"):
            return ip.split(":", 2)[1].zfill(4).startswith("0a")
        return ip.startswith(_INNER_V6)
    first: cython.Py_ssize_t = -1
    octet: cython.Py_ssize_t = 0
    for sign in ip:
        if sign != ".":
            octet = octet * 10 + ord(sign) - 48
        elif first < 0:
            first, octet = octet, 0
            if first in {0, 10, 127}:
                return True
            if first not in {100, 169, 172, 192}:
                return False
        else:
            break
    return (
        (first == 100 and 64 <= octet < 128)
        or (first == 169 and octet == 254)
        or (first == 172 and 16 <= octet < 32)
        or (first == 192 and octet == 168)
    )

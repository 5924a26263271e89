"""Sets of networks that are asked for one address at a time, and addresses as numbers.

Addresses come in canonical text (RFC 5952 section 4). A network of IPv6 that ends on a group border is therefore known
by how its addresses begin, and no address need be turned into a number to find it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

_GROUP = 16
_BITS = 128


class Range(NamedTuple):
    """A network as numbers: IP version, first and last address, both included."""

    version: int
    first: int
    last: int


@lru_cache(maxsize=16384)
def number(ip: str) -> tuple[int, int]:
    """IP version and the address as a number; (0, 0) for what is no address."""
    try:
        address = ip_address(ip)
    except ValueError:
        return 0, 0
    return address.version, int(address)


def network_range(text: str) -> Range:
    """A network such as ``192.0.2.0/24`` as numbers. Raises ValueError for anything else, host bits included."""
    network = ip_network(text)
    return Range(network.version, int(network.network_address), int(network.broadcast_address))


class Networks:
    """A set of networks; false when empty."""

    __slots__ = ("_beginnings", "_edges", "ranges")

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        """Overlapping ranges are allowed."""
        self.ranges = tuple(ranges)
        self._beginnings = tuple(text for row in self.ranges if (text := _beginning(row)) is not None)
        rest = [row for row in self.ranges if _beginning(row) is None]
        self._edges = {version: _edges(row for row in rest if row.version == version) for version in (4, 6)}

    def __bool__(self) -> bool:
        """Whether there is any network at all."""
        return bool(self.ranges)

    def holds(self, ip: str) -> bool:
        """Whether an address, in canonical text, lies in one of the networks."""
        if not self.ranges:
            return False
        if ":" in ip:
            if ip.startswith(self._beginnings):
                return True
            firsts, lasts = self._edges[6]
        else:
            firsts, lasts = self._edges[4]
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

"""Reads one RIR delegation file (the RIRs' statistics exchange format) to a table of address ranges and countries.

Lines are ``registry|cc|ipv4|start|value|date|status[|...]``: for ipv4 value is a count of addresses, for ipv6 a
prefix length. Only allocated and assigned ranges say a country; other lines are left out.
"""

from __future__ import annotations

from bisect import bisect_right
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from pathlib import Path

from meyasubako.errors import MeyasuError
from meyasubako.mail.hosts import number

_GIVEN = frozenset({"allocated", "assigned"})


class Delegations:
    """Address ranges and their countries, of one snapshot."""

    def __init__(self, ranges: dict[int, list[tuple[int, int, str]]]) -> None:
        """``ranges`` maps an IP version to (first, last, country); ranges of one version do not overlap."""
        self._ranges = {version: sorted(rows) for version, rows in ranges.items()}
        self._firsts = {version: [row[0] for row in rows] for version, rows in self._ranges.items()}

    def country(self, ip: str) -> str | None:
        """Country of an address, None where it was not delegated."""
        version, value = number(ip)
        at = bisect_right(self._firsts.get(version, ()), value) - 1
        if at < 0:
            return None
        _, last, country = self._ranges[version][at]
        return country if value <= last else None


def load_delegations(path: Path) -> Delegations:
    """The table of a file. Raises ``MeyasuError`` where it cannot be read or holds no delegation."""
    ranges: dict[int, list[tuple[int, int, str]]] = {4: [], 6: []}
    try:
        with path.open(encoding="ascii", errors="replace") as lines:
            for line in lines:
                parts = line.rstrip("\n").split("|")
                if len(parts) < 7 or parts[6] not in _GIVEN or len(parts[1]) != 2:
                    continue
                if parts[2] == "ipv4":
                    first = int(IPv4Address(parts[3]))
                    ranges[4].append((first, first + int(parts[4]) - 1, parts[1].upper()))
                elif parts[2] == "ipv6":
                    first = int(IPv6Address(parts[3]))
                    ranges[6].append((first, first + (1 << (128 - int(parts[4]))) - 1, parts[1].upper()))
    except (OSError, AddressValueError, ValueError) as error:
        raise MeyasuError(str(path), f"not a delegation file: {error}") from error
    if not ranges[4] and not ranges[6]:
        raise MeyasuError(str(path), "holds no delegation")
    return Delegations(ranges)

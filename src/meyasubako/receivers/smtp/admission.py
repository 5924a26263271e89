"""Who may connect and how often: connections in all, and connections and mails of each source.

A source is a network, as addresses inside one are cheap: a /24 of IPv4, a /64 of IPv6. Loopback and clients on a Unix
socket are the operator's own and not counted. Time is an argument: monotonic seconds.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from dataclasses import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_PREFIX = {4: 24, 6: 64}
_FORGET_AT = 100_000


@dataclass(frozen=True, slots=True)
class Quotas:
    """The most connections in all and of one source, and the most mails of one source a minute. 0 is no limit."""

    connections: int = 2_500
    connections_of_source: int = 50
    mails_a_minute: int = 3_000


def source_of(ip: str | None) -> Network | None:
    """The network that an address counts for; None where it is not counted."""
    if ip is None:
        return None
    address = ipaddress.ip_address(ip)
    if address.is_loopback:
        return None
    return ipaddress.ip_network((address, _PREFIX[address.version]), strict=False)


class Admission:
    """Counts who is there, and what each source may still send."""

    def __init__(self, quotas: Quotas) -> None:
        """Nobody is there yet."""
        self._quotas = quotas
        self._there: Counter[Network | None] = Counter()
        self._allowances: dict[Network, tuple[float, float]] = {}
        self.connections = 0

    def enter(self, source: Network | None) -> bool:
        """Whether a connection may stay; if so, :meth:`leave` ends it."""
        quotas = self._quotas
        if quotas.connections and self.connections >= quotas.connections:
            return False
        most = quotas.connections_of_source
        if source is not None and most and self._there[source] >= most:
            return False
        self.connections += 1
        self._there[source] += 1
        return True

    def leave(self, source: Network | None) -> None:
        """A connection that had entered is gone."""
        self.connections -= 1
        self._there[source] -= 1
        if not self._there[source]:
            del self._there[source]

    def may_send(self, source: Network | None, now: float) -> bool:
        """Whether the source may send another mail; if so, it is counted. A minute's worth may come at once."""
        rate = self._quotas.mails_a_minute
        if source is None or not rate:
            return True
        left, since = self._allowances.get(source, (float(rate), now))
        left = min(float(rate), left + (now - since) * rate / 60)
        if left < 1:
            self._allowances[source] = left, now
            return False
        if len(self._allowances) >= _FORGET_AT:
            self._forget(now)
        self._allowances[source] = left - 1, now
        return True

    def _forget(self, now: float) -> None:
        """Drop sources that have been quiet for a minute: they may send a minute's worth again anyway."""
        self._allowances = {source: kept for source, kept in self._allowances.items() if now - kept[1] < 60}

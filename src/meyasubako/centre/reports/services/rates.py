"""How often one source may use a door of the centre: counted by a keyed hash of its network that changes daily."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.db import transaction
from django.db.models import F

from meyasubako.centre.accounts.sealed import fingerprint
from meyasubako.centre.reports.models import RateWindow

WINDOW = timedelta(hours=1)
KEPT = timedelta(days=2)
Network = IPv4Network | IPv6Network


def source_of(address: str, forwarded_for: str, proxies: Iterable[Network]) -> str:
    """The network a request came from: the address, or the nearest address no proxy of ours wrote it for.

    IPv4 as it is, IPv6 by its /64, which is what one subscriber is given.
    """
    trusted = tuple(proxies)
    hops = [address, *(hop.strip() for hop in reversed(forwarded_for.split(",")) if hop.strip())]
    chosen = hops[0]
    for hop in hops:
        try:
            known = ip_address(hop)
        except ValueError:
            break
        chosen = hop
        if not any(known.version == proxy.version and known in proxy for proxy in trusted):
            break
    try:
        known = ip_address(chosen)
    except ValueError:
        return "unknown"
    if known.version == 6:
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ip_network((known, 64), strict=False))
    return str(known)


def rate_take(*, door: str, source: str, limit: int, now: datetime) -> bool:
    """Count one use of a door by a source; whether it is within the limit of the hour."""
    moment = now.astimezone(UTC)
    starts_at = moment.replace(minute=0, second=0, microsecond=0)
    hashed = fingerprint(f"{moment:%Y-%m-%d} {door} {source}", "reports.rate")
    with transaction.atomic():
        window, _ = RateWindow.objects.select_for_update().get_or_create(source=hashed, starts_at=starts_at)
        if window.count >= limit:
            return False
        RateWindow.objects.filter(pk=window.pk).update(count=F("count") + 1)
    return True


def rate_forget(*, now: datetime) -> int:
    """Drop windows that are over; how many went."""
    dropped, _ = RateWindow.objects.filter(starts_at__lt=now - KEPT).delete()
    return dropped

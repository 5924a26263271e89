"""Whom a request comes from, to be counted by: through a proxy of ours or not."""

from __future__ import annotations

import ipaddress
from itertools import takewhile

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
UNKNOWN = "unknown"


def source_of(request: HttpRequest) -> str:
    """The source of a request: an IPv4 address, of IPv6 the /64 that one subscriber is given; ``unknown`` for neither.

    That is the peer, or, when the peer is a proxy named in ``MEYASU_PROXIES``, the nearest one in
    ``X-Forwarded-For`` that is no such proxy. What speaks through a unix socket is a proxy.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    told = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    hops = [_address(hop.strip()) for hop in reversed(told) if hop.strip()]
    if peer:
        hops.insert(0, _address(peer))
    known = [hop for hop in takewhile(lambda hop: hop is not None, hops) if hop is not None]
    return _counted(next((hop for hop in known if not _is_proxy(hop)), known[-1] if known else None))


def _address(text: str) -> Address | None:
    """An address in its one form: IPv4 mapped into IPv6 is IPv4. None for what is none."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_proxy(address: Address) -> bool:
    return any(address.version == network.version and address in network for network in settings.PROXIES)


def _counted(address: Address | None) -> str:
    if address is None:
        return UNKNOWN
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((int(address), 64), strict=False))

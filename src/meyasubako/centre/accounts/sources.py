"""Which address a request comes from, when it came through a proxy and when it did not."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def source_of(request: HttpRequest) -> str:
    """The client's address: the peer's, or, when the peer is a proxy named in ``MEYASU_PROXIES``, the last one in
    ``X-Forwarded-For`` that is no such proxy. A name that is no address leaves the peer's."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    if not _is_proxy(peer):
        return peer
    told = [part.strip() for part in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
    for address in reversed([part for part in told if part]):
        try:
            ipaddress.ip_address(address)
        except ValueError:
            return peer
        if not _is_proxy(address):
            return address
    return peer


def _is_proxy(address: str) -> bool:
    # A unix socket has no peer address: what speaks through it is the proxy.
    if not address:
        return True
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(known in network for network in settings.PROXIES)

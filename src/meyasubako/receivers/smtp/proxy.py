"""The PROXY protocol, versions 1 and 2: the address of the client, as a load balancer in front of us saw it.

Believed only of hosts that the operator named, and demanded of them: whoever may say an address must say one. As
specified by HAProxy's proxy-protocol.txt.
"""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
_FIRST = b"PROXY "
_LONGEST_LINE = 107
_HEAD = 16
_LONGEST_BODY = 4_096
_SIZES = {0x11: (4, 12), 0x21: (16, 36)}
"""TCP over IPv4 and IPv6: bytes of one address, and of both with both ports."""


class ProxyError(ValueError):
    """What came is no PROXY header."""


class Proxied(NamedTuple):
    """Address and port of the client, None where the proxy speaks for itself; ``size`` is the header's, in bytes."""

    ip: str | None
    port: int | None
    size: int


def read_proxy(data: bytes) -> Proxied | None:
    """The header at the beginning of what came; None while it is not whole. Raises ProxyError for anything else."""
    if data.startswith(_FIRST):
        return _line(data)
    if data.startswith(SIGNATURE):
        return _binary(data)
    if _FIRST.startswith(data) or SIGNATURE.startswith(data):
        return None
    raise ProxyError("no PROXY header")


def _line(data: bytes) -> Proxied | None:
    """Version 1: PROXY TCP4 192.0.2.1 198.51.100.1 4711 25."""
    end = data.find(b"\r\n", 0, _LONGEST_LINE)
    if end < 0:
        if len(data) >= _LONGEST_LINE:
            raise ProxyError("a PROXY line too long")
        return None
    words = data[:end].decode("ascii", "replace").split(" ")
    size = end + 2
    if words[1] == "UNKNOWN":
        return Proxied(None, None, size)
    try:
        kind, source, _, port, _ = words[1:]
        address = ipaddress.ip_address(source)
    except ValueError as error:
        raise ProxyError("a PROXY line that says no address") from error
    if kind != f"TCP{address.version}" or not (port.isdecimal() and int(port) < 65536):
        raise ProxyError("a PROXY line that contradicts itself")
    return Proxied(plain_ip(address), int(port), size)


def _binary(data: bytes) -> Proxied | None:
    """Version 2. What follows the addresses (TLVs) is passed over."""
    if len(data) < _HEAD:
        return None
    command, family = data[12], data[13]
    body = int.from_bytes(data[14:16], "big")
    size = _HEAD + body
    if command not in (0x20, 0x21) or body > _LONGEST_BODY:
        raise ProxyError("a PROXY header of an unknown kind")
    if len(data) < size:
        return None
    if command == 0x20 or family not in _SIZES:  # LOCAL, or a protocol that has no address for us
        return Proxied(None, None, size)
    width, least = _SIZES[family]
    if body < least:
        raise ProxyError("a PROXY header cut short")
    address = ipaddress.ip_address(data[_HEAD : _HEAD + width])
    port = int.from_bytes(data[_HEAD + 2 * width : _HEAD + 2 * width + 2], "big")
    return Proxied(plain_ip(address), port, size)


def plain_ip(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """The text of an address; an IPv4 address that came mapped into IPv6 (RFC 4291 section 2.5.5.2) is one of IPv4."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)

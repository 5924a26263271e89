"""Whom to believe about the way of a mail: the operator's own hosts, networks and forwarders, and the shipped table.

A trace field is as good as the host that wrote it (RFC 5321 section 4.4). Hosts are known by name suffix, networks by
range. The shipped table ``data/providers.toml`` knows large receivers; every row has its source, date and
confidence. What follows from trust is decided in ``boundary``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import NamedTuple

from meyasubako.errors import MeyasuError

_MOST_LABELS = 8


class Range(NamedTuple):
    """A network as numbers: IP version, first and last address, both included."""

    version: int
    first: int
    last: int


class Provider(NamedTuple):
    """A row of the shipped table: the names and inner networks of one receiving provider.

    ``hosts`` are name suffixes of its machines, ``outbound`` of those that send for its customers (a mail from
    there crossed the boundary though the name is its own), ``networks`` its inner public ranges.
    """

    key: str
    hosts: tuple[str, ...]
    outbound: tuple[str, ...]
    networks: tuple[Range, ...]
    kind: str
    country: str
    confidence: float
    source: str
    date: str


OWN = Provider("own", (), (), (), "own", "", 0.99, "settings", "")


@dataclass(frozen=True)
class Trust:
    """Everything believed, ready for look-ups; build it with ``load_trust``."""

    own_networks: tuple[Range, ...] = ()
    forwarder_networks: tuple[Range, ...] = ()
    forwarder_hosts: frozenset[str] = frozenset()
    names: Mapping[str, Provider] = field(default_factory=dict)
    pools: tuple[Range, ...] = ()
    version: str = "none"

    def provider(self, host: str | None) -> Provider | None:
        """Whose machine a host is by its name, ``OWN`` for the operator's; None for a name nobody listed."""
        return _longest(self.names, host)

    def is_own(self, ip: str) -> bool:
        """Whether an address lies in the operator's networks."""
        return within(ip, self.own_networks)

    def forwards(self, ip: str | None, name: str | None) -> bool:
        """Whether a client, by its address or its looked-up name, is a forwarder the operator trusts."""
        if ip is not None and self.forwarder_networks and within(ip, self.forwarder_networks):
            return True
        return bool(self.forwarder_hosts) and _suffix(self.forwarder_hosts, name) is not None


def _longest(names: Mapping[str, Provider], host: str | None) -> Provider | None:
    suffix = _suffix(names, host)
    return names[suffix] if suffix is not None else None


def _suffix(names: Mapping[str, Provider] | frozenset[str], host: str | None) -> str | None:
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


@lru_cache(maxsize=16384)
def number(ip: str) -> tuple[int, int]:
    """IP version and the address as a number; (0, 0) for what is no address."""
    try:
        address = ip_address(ip)
    except ValueError:
        return 0, 0
    return address.version, int(address)


def within(ip: str, ranges: tuple[Range, ...]) -> bool:
    """Whether an address lies in one of the ranges."""
    if not ranges:
        return False
    version, value = number(ip)
    return any(r.version == version and r.first <= value <= r.last for r in ranges)


_INNER_V4 = (
    "10.", "127.", "192.168.", "169.254.", "0.",
    *(f"172.{n}." for n in range(16, 32)),
    *(f"100.{n}." for n in range(64, 128)),
)  # fmt: skip
_INNER_V6 = ("fe8", "fe9", "fea", "feb", "fc", "fd", "2002:a", "2002:7f", "2002:c0a8")


def is_inner(ip: str) -> bool:
    """Whether an address means nothing outside its site: RFC 1918 section 3, RFC 6598 section 7, RFC 4193
    section 3, loopback, link-local, and 6to4 (RFC 3056 section 2) of 10/8."""
    if ":" not in ip:
        return ip.startswith(_INNER_V4)
    if ip in {"::1", "::"}:
        return True
    if ip.startswith("2002:a"):
        return ip.split(":", 2)[1].zfill(4).startswith("0a")
    return ip.startswith(_INNER_V6)


def load_trust(path: Path | None = None) -> Trust:
    """Trust from the operator's settings file (TOML) and the shipped table; without a file, the table alone.

    The file's shape::

        [own]
        hosts = ["mx.example.jp", "example.jp"]
        networks = ["192.0.2.0/24"]
        [forwarders]
        hosts = ["forward.example.net"]
        networks = ["198.51.100.0/24"]
        providers = ["proofpoint"]
        [pools]
        networks = ["203.0.113.0/24"]

    ``pools`` are networks handed out to subscribers dynamically. Raises ``MeyasuError`` naming the file and what is wrong in it.
    """
    providers = shipped_providers()
    names = {host: row for row in providers for host in row.hosts}
    if path is None:
        return Trust(names=names, version=shipped_date())
    try:
        text = path.read_text(encoding="utf-8")
        settings = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MeyasuError(str(path), f"cannot be read as settings: {error}") from error
    own, forwarders = settings.get("own", {}), settings.get("forwarders", {})
    pools = settings.get("pools", {})
    _check(path, settings, {"own", "forwarders", "pools"}, "table")
    _check(path, pools, {"networks"}, "entry of pools")
    _check(path, own, {"hosts", "networks"}, "entry of own")
    _check(path, forwarders, {"hosts", "networks", "providers"}, "entry of forwarders")
    for host in own.get("hosts", ()):
        names[_plain(host)] = OWN
    hosts = [_plain(host) for host in forwarders.get("hosts", ())]
    networks = _ranges(path, forwarders.get("networks", ()))
    by_key = {row.key: row for row in providers}
    for key in forwarders.get("providers", ()):
        if key not in by_key:
            raise MeyasuError(str(path), f"no provider named {key!r} in the shipped table")
        hosts += by_key[key].hosts
        networks += by_key[key].networks
    return Trust(
        _ranges(path, own.get("networks", ())),
        networks,
        frozenset(hosts),
        names,
        _ranges(path, pools.get("networks", ())),
        f"{shipped_date()}+{sha256(text.encode()).hexdigest()[:12]}",
    )


def shipped_date() -> str:
    """The date of the shipped table."""
    return shipped_providers()[0].date


@lru_cache(maxsize=1)
def shipped_providers() -> tuple[Provider, ...]:
    """The rows of the shipped table."""
    text = resources.files("meyasubako.origin").joinpath("data/providers.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return tuple(
        Provider(
            row["key"],
            tuple(row["hosts"]),
            tuple(row.get("outbound", ())),
            _ranges(Path("providers.toml"), row.get("networks", ())),
            row["kind"],
            row["country"],
            row["confidence"],
            row["source"],
            row.get("date", table["date"]),
        )
        for row in table["provider"]
    )


def _plain(host: str) -> str:
    return host.lower().lstrip("*.").rstrip(".")


def _check(path: Path, table: Mapping[str, object], known: set[str], what: str) -> None:
    """Refuses what a settings file names and nobody reads: a typing error must not go unnoticed."""
    for key in table.keys() - known:
        raise MeyasuError(str(path), f"unknown {what}: {key!r}")


def _ranges(path: Path, networks: Iterable[str]) -> tuple[Range, ...]:
    ranges = []
    for text in networks:
        try:
            network = ip_network(text)
        except ValueError as error:
            raise MeyasuError(str(path), f"not a network: {text!r}") from error
        ranges.append(Range(network.version, int(network.network_address), int(network.broadcast_address)))
    return tuple(ranges)

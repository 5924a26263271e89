"""Whom to believe about the way of a mail: the operator's own hosts, networks and forwarders, and the shipped table.

A trace field is as good as the host that wrote it (RFC 5321 section 4.4). Hosts are known by name suffix, networks by
range. The shipped table ``data/providers.toml`` knows large receivers; every row says what
supports it, when that was looked up, and how sure it is. What follows from trust is decided in ``boundary``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

from meyasubako.errors import MeyasuError
from meyasubako.origin.ranges import Networks, Range, network_range
from meyasubako.origin.sides import Provider, Side, Sides, suffix_of

NOWHERE = Networks()


OWN = Provider("own", (), (), NOWHERE, "own", "", 0.99, "settings", "")


@dataclass(frozen=True)
class Trust:
    """Everything believed, ready for look-ups; build it with ``load_trust``."""

    own_networks: Networks = NOWHERE
    forwarder_networks: Networks = NOWHERE
    forwarder_hosts: frozenset[str] = frozenset()
    names: Mapping[str, Provider] = field(default_factory=dict)
    pools: Networks = NOWHERE
    version: str = "none"

    @cached_property
    def sides(self) -> Sides:
        """Which organisation a host belongs to by its name."""
        return Sides(self.names)

    def side(self, host: str | None) -> Side:
        """Which organisation a host belongs to by its name."""
        return self.sides.of(host)

    @cached_property
    def is_set(self) -> bool:
        """Whether the operator named networks or forwarders at all."""
        return bool(self.own_networks or self.forwarder_networks or self.forwarder_hosts)

    @cached_property
    def forwarder_sides(self) -> frozenset[str]:
        """The organisations of the operator's forwarders."""
        sides = (self.side(host)[0] for host in self.forwarder_hosts)
        return frozenset(side for side in sides if side is not None)

    def is_own(self, ip: str) -> bool:
        """Whether an address lies in the operator's networks."""
        return self.own_networks.holds(ip)

    def forwards(self, ip: str | None, name: str | None) -> bool:
        """Whether a client, by its address or its looked-up name, is a forwarder the operator trusts."""
        if ip is not None and self.forwarder_networks.holds(ip):
            return True
        return bool(self.forwarder_hosts) and suffix_of(self.forwarder_hosts, name) is not None


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
        networks += by_key[key].networks.ranges
    return Trust(
        Networks(_ranges(path, own.get("networks", ()))),
        Networks(networks),
        frozenset(hosts),
        names,
        Networks(_ranges(path, pools.get("networks", ()))),
        f"{shipped_date()}+{sha256(text.encode()).hexdigest()[:12]}",
    )


@lru_cache(maxsize=1)
def shipped_date() -> str:
    """The date of the shipped table."""
    return str(_table()["date"])


@lru_cache(maxsize=1)
def shipped_providers() -> tuple[Provider, ...]:
    """The rows of the shipped table."""
    return tuple(
        Provider(
            row["key"],
            tuple(row["hosts"]),
            tuple(row.get("outbound", ())),
            Networks(_ranges(Path("providers.toml"), row.get("networks", ()))),
            row["kind"],
            row["country"],
            row["confidence"],
            row["source"],
            row["seen"],
        )
        for row in _table()["provider"]
    )


def _table() -> dict[str, Any]:
    text = resources.files("meyasubako.origin").joinpath("data/providers.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


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
            ranges.append(network_range(text))
        except ValueError as error:
            raise MeyasuError(str(path), f"not a network: {text!r}") from error
    return tuple(ranges)

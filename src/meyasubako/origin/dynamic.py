"""Is an origin an address of a subscriber pool that mails straight to the MX? (the view on OP25B)

Outbound port 25 blocking keeps subscribers' machines from mailing past their carrier's relay; what still comes straight
from a pool shows where it is missing. Three things are looked at: the reverse name as it was recorded (never
asked for here), operators' lists of pool networks, and how many hands the mail went through. The known carriers'
forms lie in ``data/dynamic.tsv``; names of no known carrier are judged by their shape.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import Literal, NamedTuple

from meyasubako.mail.types import Received
from meyasubako.origin.trust import Range, number, within
from meyasubako.origin.types import Origin

_LONGEST = 253
_STATIC = re.compile(
    r"(?:^|[.-])(?:static|stat|fixed|fix|mail|mx|smtp|relay|mta|out|server|srv|vps|colo|dedicated|hosting|cloud|compute|unallocated)\d{0,4}(?=[.-]|$)"
)
_POOL = re.compile(
    r"(?:^|[.\d-])(?:dyn|dynamic|dynamicip|dyn-?ip|dynip|pool|pools|dhcp|dial|dialup|dialin|ppp|pppoe|adsl|vdsl|xdsl|dsl|cable|catv|ftth|flets|fttx|broadband|cpe|cust|customer|user|subscriber|subs|res|residential|hsd\d?|mobile|wireless|lte|3g|4g|5g|gprs|bras)(?=[.\d-]|$)"
)


class Pool(NamedTuple):
    """One known form of pool names (a row of ``data/dynamic.tsv``)."""

    id: str
    domain: str
    expression: re.Pattern[str]
    example: str
    country: str
    confidence: str


class PoolVerdict(NamedTuple):
    """Whether an origin is a pool address (``dynamic``), by which evidence, and whether it mailed straight.

    ``pattern`` is a pool's id, ``operator-list``, ``shape-words``, ``shape-address``, ``shape-static`` or
    None. ``direct`` is True where the pool address itself spoke to the boundary with nobody before it, None where that
    cannot be told. ``confidence`` is ``certain``, ``likely`` or ``none``.
    """

    dynamic: Literal["yes", "no", "unknown"]
    pattern: str | None
    carrier: str | None
    direct: bool | None
    confidence: Literal["certain", "likely", "none"]


def pool_verdict(
    origin: Origin, received: Sequence[Received], networks: tuple[Range, ...] = ()
) -> PoolVerdict:
    """What is to be said of an origin; ``networks`` are pools an operator has named."""
    direct = _direct(origin, received)
    if origin.ip is None:
        return PoolVerdict("unknown", None, None, None, "none")
    if within(origin.ip, networks):
        return PoolVerdict("yes", "operator-list", None, direct, "certain")
    if origin.rdns is None:
        return PoolVerdict("unknown", None, None, direct, "none")
    name = origin.rdns.lower()[:_LONGEST]
    pool = _known(name)
    if pool is not None:
        sure: Literal["certain", "likely"] = "certain" if pool.confidence == "certain" else "likely"
        return PoolVerdict("yes", pool.id, pool.domain, direct, sure)
    shape = _shape(name, origin.ip)
    if shape == "shape-static":
        return PoolVerdict("no", shape, None, direct, "likely")
    if shape is not None:
        return PoolVerdict("yes", shape, None, direct, "likely")
    return PoolVerdict("no", None, None, direct, "likely")


def looks_dynamic(name: str, ip: str | None) -> bool:
    """Whether a reverse name is one a carrier gives to its subscribers' addresses."""
    name = name.lower()[:_LONGEST]
    return _known(name) is not None or _shape(name, ip) in {"shape-words", "shape-address"}


@lru_cache(maxsize=1)
def pools() -> tuple[Pool, ...]:
    """The known forms."""
    text = resources.files("meyasubako.origin").joinpath("data/dynamic.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(Pool(row[0], row[1], re.compile(row[2]), *row[3:]) for row in rows[1:])


@lru_cache(maxsize=1)
def _by_domain() -> dict[str, list[Pool]]:
    index: dict[str, list[Pool]] = {}
    for pool in pools():
        index.setdefault(pool.domain, []).append(pool)
    return index


@lru_cache(maxsize=16384)
def _known(name: str) -> Pool | None:
    labels = name.split(".")
    index = _by_domain()
    for start in range(max(1, len(labels) - 3), len(labels) - 1):
        for pool in index.get(".".join(labels[start:]), ()):
            if pool.expression.fullmatch(".".join(labels[:start])):
                return pool
    return None


@lru_cache(maxsize=16384)
def _shape(name: str, ip: str | None) -> str | None:
    """The judgement on a name by its shape; the registered part does not count."""
    host = name.rsplit(".", 2)[0] if name.count(".") > 1 else name
    if _STATIC.search(host):
        return "shape-static"
    if _POOL.search(host):
        return "shape-words"
    return "shape-address" if ip is not None and _spells(host, ip) else None


def _spells(host: str, ip: str) -> bool:
    """Whether a name spells out its own IPv4 address: three octets in order or reversed, plain, padded or hex."""
    version, value = number(ip)
    if version != 4:
        return False
    octets = ip.split(".")
    if f"{value:08x}" in host or "".join(octet.zfill(3) for octet in octets) in host:
        return True
    numbers = [run.lstrip("0") or "0" for run in re.findall(r"\d{1,3}", host)]
    for wanted in (octets, octets[::-1]):
        for three in (wanted[:3], wanted[1:]):
            if any(numbers[at : at + 3] == three for at in range(len(numbers) - 2)):
                return True
    return False


def _direct(origin: Origin, received: Sequence[Received]) -> bool | None:
    """Whether nobody stood before the origin: no field below the boundary, or only forged ones."""
    if origin.ip is None:
        return None
    below = len(received) if origin.hop is None else len(received) - origin.hop - 1
    if below <= 0 or origin.forged:
        return True
    first = received[0 if origin.hop is None else origin.hop + 1]
    names = {name.lower() for name in (origin.helo, origin.rdns) if name}
    return False if first.by is not None and first.by.lower() in names else None

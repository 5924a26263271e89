"""Is an origin an address of a subscriber pool that mails straight to the MX? (the view on OP25B)

Outbound port 25 blocking keeps subscribers' machines from mailing past their carrier's relay; what still comes straight
from a pool shows where it is missing. Three things are looked at: the reverse name as it was recorded (never
asked for here), operators' lists of pool networks, and how many hands the mail went through. The known carriers'
forms lie in ``data/dynamic.tsv``; names of no known carrier are judged by their shape.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from typing import Literal, NamedTuple

from meyasubako.mail.hosts import number
from meyasubako.origin.trust import Trust
from meyasubako.origin.types import Origin

_LONGEST = 253
_STATIC = re.compile(
    r"(?:^|[.-])(?:static|stat|fixed|fix|mail|mx|smtp|relay|mta|out|server|srv|vps|colo|dedicated|hosting|cloud|compute|unallocated)\d{0,4}(?=[.-]|$)"
)
_POOL = re.compile(
    r"(?:^|[.\d-])(?:dyn|dynamic|dynamicip|dyn-?ip|dynip|pool|pools|dhcp|dial|dialup|dialin|ppp|pppoe|adsl|vdsl|xdsl|dsl|cable|catv|ftth|flets|fttx|broadband|cpe|cust|customer|user|subscriber|subs|res|residential|hsd\d?|mobile|wireless|lte|3g|4g|5g|gprs|bras)(?=[.\d-]|$)"
)


Answer = Literal["yes", "no", "unknown"]


class Pool(NamedTuple):
    """One known form of pool names (a row of ``data/dynamic.tsv``)."""

    id: str
    domain: str
    expression: re.Pattern[str]
    example: str
    country: str
    confidence: str
    source: str
    seen: str


class PoolVerdict(NamedTuple):
    """Whether an origin is a pool address (``dynamic``), by which evidence, and whether it mailed straight.

    ``value`` puts both together: ``yes`` is a pool address with nobody known before it, ``no`` is another
    address or a mail that came through a relay, ``unknown`` where the name was not recorded. ``pattern`` is a
    pool's id, ``operator-list``, ``shape-words``, ``shape-address``, ``shape-static`` or None.
    """

    value: Answer
    dynamic: Answer
    pattern: str | None
    carrier: str | None
    direct: bool | None
    confidence: Literal["certain", "likely", "none"]


def dynamic_pool(origin: Origin, trust: Trust) -> PoolVerdict:
    """What is to be said of an origin; the operator's own lists of pools are ``trust.pools``."""
    dynamic, pattern, carrier, confidence = _address(origin, trust)
    value: Answer = "no" if dynamic == "yes" and origin.direct is False else dynamic
    return PoolVerdict(value, dynamic, pattern, carrier, origin.direct, confidence)


def _address(
    origin: Origin, trust: Trust
) -> tuple[Answer, str | None, str | None, Literal["certain", "likely", "none"]]:
    if origin.ip is None:
        return "unknown", None, None, "none"
    if trust.pools.holds(origin.ip):
        return "yes", "operator-list", None, "certain"
    if origin.rdns is None:
        return "unknown", None, None, "none"
    name = origin.rdns.lower()[:_LONGEST]
    pool = _known(name)
    if pool is not None:
        return "yes", pool.id, pool.domain, "certain" if pool.confidence == "certain" else "likely"
    shape = _shape(name, origin.ip)
    return "no" if shape in {None, "shape-static"} else "yes", shape, None, "likely"


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

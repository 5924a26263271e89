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

import cython

from meyasubako.mail.hosts import number
from meyasubako.origin.trust import Trust
from meyasubako.origin.types import Origin

_new = tuple.__new__
_LONGEST = 253
_STATIC = frozenset(
    [
        "static",
        "stat",
        "fixed",
        "fix",
        "mail",
        "mx",
        "smtp",
        "relay",
        "mta",
        "out",
        "server",
        "srv",
        "vps",
        "colo",
        "dedicated",
        "hosting",
        "cloud",
        "compute",
        "unallocated",
    ]
)
"""Words of machines that stay, between dots and hyphens, with a number of up to four digits behind them or not."""
_MOST_DIGITS = cython.declare(cython.Py_ssize_t, 4)
_POOL = frozenset(
    [
        "dyn",
        "dynamic",
        "dynamicip",
        "dynip",
        "pool",
        "pools",
        "dhcp",
        "dial",
        "dialup",
        "dialin",
        "ppp",
        "pppoe",
        "adsl",
        "vdsl",
        "xdsl",
        "dsl",
        "cable",
        "catv",
        "ftth",
        "flets",
        "fttx",
        "broadband",
        "cpe",
        "cust",
        "customer",
        "user",
        "subscriber",
        "subs",
        "res",
        "residential",
        "hsd",
        "mobile",
        "wireless",
        "lte",
        "gprs",
        "bras",
    ]
)
"""Words of subscribers' lines, between dots, hyphens and digits; besides 3g, 4g and 5g."""


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
    direct = origin.direct
    value: Answer = "no" if dynamic == "yes" and direct is False else dynamic
    verdict: PoolVerdict = _new(PoolVerdict, (value, dynamic, pattern, carrier, direct, confidence))
    return verdict


@cython.cfunc
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


@cython.cfunc
def _known(name: str) -> Pool | None:
    """The known form that a name has."""
    index: dict[str, list[Pool]] = _by_domain()
    place: cython.Py_ssize_t = len(name)
    dots: cython.Py_ssize_t = 0
    found: Pool | None = None
    while place > 0 and dots < 3:
        place -= 1
        if name[place] == "." and place > 0:
            dots += 1
            if dots > 1:
                for pool in index.get(name[place + 1 :], ()):
                    if pool.expression.fullmatch(name[:place]):
                        found = pool
                        break
    return found


@cython.cfunc
def _shape(name: str, ip: str | None) -> str | None:
    """The judgement on a name by its shape; the registered part does not count."""
    end: cython.Py_ssize_t = _host_end(name)
    token: cython.Py_ssize_t = 0
    word: cython.Py_ssize_t = 0
    place: cython.Py_ssize_t
    in_pool: cython.bint = False
    for place in range(end + 1):
        sign = name[place] if place < end else "."
        digit: cython.bint = "0" <= sign <= "9"
        if not digit and sign != "." and sign != "-":
            continue
        if word < place and not in_pool:
            in_pool = name[word:place] in _POOL or _is_generation(name, word, place)
        word = place + 1
        if not digit:
            stop: cython.Py_ssize_t = place
            while stop > token and place - stop < _MOST_DIGITS and "0" <= name[stop - 1] <= "9":
                stop -= 1
            if name[token:stop] in _STATIC:
                return "shape-static"
            token = word
    if in_pool:
        return "shape-words"
    return "shape-address" if ip is not None and _spells(name[:end], ip) else None


@cython.cfunc
def _host_end(name: str) -> cython.Py_ssize_t:
    """Where the registered part of a name begins: its last two labels, unless there are no others."""
    dots: cython.Py_ssize_t = 0
    place: cython.Py_ssize_t = len(name)
    while place > 0:
        place -= 1
        if name[place] == ".":
            dots += 1
            if dots == 2:
                return place
    return len(name)


@cython.cfunc
def _is_generation(name: str, start: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.bint:
    """Whether the letter that stands here is that of 3g, 4g or 5g."""
    if end - start != 1 or name[start] != "g" or start == 0 or not "3" <= name[start - 1] <= "5":
        return False
    return start == 1 or name[start - 2] in ".-0123456789"


@cython.cfunc
def _spells(host: str, ip: str) -> cython.bint:
    """Whether a name spells out its own IPv4 address: three octets in order or reversed, plain, padded or hex."""
    if ":" in ip:
        return False
    octets = ip.split(".")
    padded = [octet.zfill(3) for octet in octets]
    said: list[str] = []
    digits: cython.Py_ssize_t = 0
    hexes: cython.Py_ssize_t = 0
    longest: cython.Py_ssize_t = 0
    place: cython.Py_ssize_t
    for place, sign in enumerate(host + "."):
        if "0" <= sign <= "9":
            digits += 1
            hexes += 1
            if digits == 3:
                said.append(host[place - 2 : place + 1])
                digits = 0
        else:
            if digits:
                said.append(host[place - digits : place].zfill(3))
                digits = 0
            hexes = hexes + 1 if "a" <= sign <= "f" else 0
        longest = max(longest, hexes)
    numbers = "-".join(said)
    if len(said) > 2:
        for wanted in (padded, padded[::-1]):
            if "-".join(wanted[:3]) in numbers or "-".join(wanted[1:]) in numbers:
                return True
    return longest > 7 and (f"{number(ip)[1]:08x}" in host or "".join(padded) in host)

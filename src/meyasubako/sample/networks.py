"""Addresses to send sample mail from: real, routable ranges by country, from ``networks.tsv``.

Real ranges are needed because country and network look-ups know no others; who uses an address in a sample mail is
made up. The reverse names follow the forms that access providers give their pools.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from meyasubako.sample.draws import Draws

HOSTING = ".hosting.example"
HOST_FORM = re.compile(r"sv([0-9a-f]{2})([0-9a-f]{2})\.rack([0-9a-f]{2})([0-9a-f]{2})\.hosting\.example")


class Range(NamedTuple):
    """A /16: its first two octets, and the form of its reverse names (None where it has none)."""

    prefix: str
    reverse: str | None


class Place(NamedTuple):
    """An address, its country, its reverse name (None where it has none), whether it is of a dynamic pool."""

    ip: str
    country: str
    rdns: str | None
    pool: bool


@lru_cache(maxsize=1)
def load_ranges() -> dict[tuple[str, str], tuple[Range, ...]]:
    """Ranges by (country, kind), kind being ``pool`` or ``host``."""
    found: dict[tuple[str, str], list[Range]] = {}
    text = files("meyasubako.sample").joinpath("networks.tsv").read_text("utf-8")
    for row in text.splitlines():
        if row.startswith("#"):
            continue
        country, prefix, kind, reverse = row.split("\t")
        found.setdefault((country, kind), []).append(Range(prefix, None if reverse == "-" else reverse))
    return {key: tuple(ranges) for key, ranges in found.items()}


def pool_place(country: str, draws: Draws) -> Place:
    """An address of a dynamic pool in a country."""
    one = draws.pick(load_ranges()[country, "pool"])
    c, d = draws.between(1, 254), draws.between(1, 254)
    return Place(f"{one.prefix}.{c}.{d}", country, pool_name(one, c, d), True)


def pool_name(one: Range, c: int, d: int) -> str | None:
    """The reverse name of an address in a pool, by its last two octets."""
    if one.reverse is None:
        return None
    a, _, b = one.prefix.partition(".")
    return one.reverse.format(
        a=a, b=b, c=c, d=d,
        A=a.zfill(3), B=b.zfill(3), C=f"{c:03}", D=f"{d:03}", h=f"{int(a):02x}{int(b):02x}{c:02x}{d:02x}",
    )  # fmt: skip


def host_place(country: str, draws: Draws) -> Place:
    """A server's address in a country, with the reverse name its network gave it (None: none was given)."""
    one = draws.pick(load_ranges()[country, "host"])
    return host_at(f"{one.prefix}.{draws.between(1, 254)}.{draws.between(2, 254)}", country)


def host_at(ip: str, country: str) -> Place:
    """The place of a server's address."""
    return Place(ip, country, host_name(ip), False)


def host_name(ip: str) -> str | None:
    """The reverse name of a server, which follows from its address; a quarter of them have none."""
    if Draws("reverse", ip).chance(0.25):
        return None
    a, b, c, d = (f"{int(octet):02x}" for octet in ip.split("."))
    return f"sv{c}{d}.rack{a}{b}{HOSTING}"


def host_addresses(name: str) -> tuple[str, ...]:
    """Where a reverse name of a server leads: back to its address; () for a name that none has."""
    found = HOST_FORM.fullmatch(name)
    if found is None:
        return ()
    c, d, a, b = (int(part, 16) for part in found.groups())
    ip = f"{a}.{b}.{c}.{d}"
    return (ip,) if f"{a}.{b}" in host_prefixes() and host_name(ip) == name else ()


@lru_cache(maxsize=1)
def host_prefixes() -> frozenset[str]:
    """First two octets of every network of servers."""
    return frozenset(
        one.prefix for (_, kind), ranges in load_ranges().items() if kind == "host" for one in ranges
    )


def server_address(name: str) -> str:
    """The address of a lawful sender's server, which follows from its name: in a Japanese network of servers."""
    draws = Draws("server", name)
    one = draws.pick(load_ranges()["JP", "host"])
    return f"{one.prefix}.{draws.between(1, 254)}.{draws.between(2, 254)}"


@lru_cache(maxsize=1)
def pools_by_prefix() -> dict[str, Range]:
    """Pools with reverse names by their first two octets."""
    pools = [one for (_, kind), ranges in load_ranges().items() if kind == "pool" for one in ranges]
    return {one.prefix: one for one in pools if one.reverse is not None}


def reverse_name(ip: str) -> str | None:
    """What its network calls an address; None for one that has no name."""
    octets = ip.split(".")
    if len(octets) != 4 or not all(octet.isdecimal() and int(octet) < 256 for octet in octets):
        return None
    prefix = ".".join(octets[:2])
    if prefix in host_prefixes():
        return host_name(ip)
    one = pools_by_prefix().get(prefix)
    return None if one is None else pool_name(one, int(octets[2]), int(octets[3]))


@lru_cache(maxsize=1)
def pool_forms() -> tuple[tuple[Range, re.Pattern[str]], ...]:
    """Each pool with a pattern that finds the last two octets in its reverse names."""
    forms = []
    for one in pools_by_prefix().values():
        a, _, b = one.prefix.partition(".")
        parts = {
            "{a}": a, "{b}": b, "{A}": a.zfill(3), "{B}": b.zfill(3),
            "{c}": r"(?P<c>\d{1,3})", "{d}": r"(?P<d>\d{1,3})", "{C}": r"(?P<c>\d{3})", "{D}": r"(?P<d>\d{3})",
            "{h}": rf"{int(a):02x}{int(b):02x}(?P<hc>[0-9a-f]{{2}})(?P<hd>[0-9a-f]{{2}})",
        }  # fmt: skip
        folded = re.escape(one.reverse or "").replace(r"\{", "{").replace(r"\}", "}")
        for mark, part in parts.items():
            folded = folded.replace(mark, part)
        forms.append((one, re.compile(folded, re.IGNORECASE)))
    return tuple(forms)


def pool_addresses(name: str) -> tuple[str, ...]:
    """Where a reverse name of a pool leads: back to its address; () for a name that is none, or tells too little."""
    for one, form in pool_forms():
        found = form.fullmatch(name)
        if found is not None:
            parts = found.groupdict()
            c = parts.get("c") or (int(parts["hc"], 16) if "hc" in parts else None)
            d = parts.get("d") or (int(parts["hd"], 16) if "hd" in parts else None)
            return () if c is None or d is None else (f"{one.prefix}.{int(c)}.{int(d)}",)
    return ()

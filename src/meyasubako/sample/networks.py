"""Addresses to send sample mail from: real, routable ranges by country, from ``networks.tsv``.

Real ranges are needed because country and network look-ups know no others; who uses an address in a sample mail is
made up. The reverse names follow the forms that access providers give their pools.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from meyasubako.sample.draws import Draws


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
    a, _, b = one.prefix.partition(".")
    ip = f"{one.prefix}.{c}.{d}"
    if one.reverse is None:
        return Place(ip, country, None, True)
    name = one.reverse.format(
        a=a, b=b, c=c, d=d,
        A=a.zfill(3), B=b.zfill(3), C=f"{c:03}", D=f"{d:03}", h=f"{int(a):02x}{int(b):02x}{c:02x}{d:02x}",
    )  # fmt: skip
    return Place(ip, country, name, True)


def host_place(country: str, name: str | None, draws: Draws) -> Place:
    """A server's address in a country, with the reverse name its owner gave it (None: none was given)."""
    one = draws.pick(load_ranges()[country, "host"])
    return Place(f"{one.prefix}.{draws.between(1, 254)}.{draws.between(2, 254)}", country, name, False)

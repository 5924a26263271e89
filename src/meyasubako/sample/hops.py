"""Received fields as the world's mail software writes them (RFC 5321 section 4.4, and what is done instead).

A style is a text with names in braces; each name is a small function of the hop. Which styles a receiving provider
uses stands in ``providers.toml``; the order of hops and what is forged is the business of ``chains``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from meyasubako.sample.draws import ALPHANUMERIC, HEX, LOWER, Draws

WEEKDAYS = ("Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
EPOCH_DAY = 719_468  # days from 0000-03-01 to 1970-01-01 in the proleptic Gregorian calendar


class Hop(NamedTuple):
    """One passing on of a mail: the client's address, greeting and reverse name, envelope, and when (UTC).

    ``number`` numbers the hosts of the receiving provider, so that one chain names the same hosts throughout.
    """

    ip: str
    helo: str
    rdns: str | None
    env: str
    to: str
    seconds: int
    number: int


@lru_cache(maxsize=256)
def civil_day(days: int) -> tuple[int, int, int]:
    """Year, month and day of a number of days since 1970-01-01."""
    shifted = days + EPOCH_DAY
    era, of_era = divmod(shifted, 146_097)
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    place = (5 * of_year + 2) // 153
    month = place + 3 if place < 10 else place - 9
    return year_of_era + era * 400 + (month <= 2), month, of_year - (153 * place + 2) // 5 + 1


@lru_cache(maxsize=256)
def day_text(days: int) -> str:
    """``Tue, 15 Jul 2008`` (RFC 5322 section 3.3)."""
    year, month, day = civil_day(days)
    return f"{WEEKDAYS[days % 7]}, {day} {MONTHS[month - 1]} {year}"


def date_text(seconds: int, offset: int) -> str:
    """Date and time as RFC 5322 section 3.3 writes them; ``offset`` is the zone in minutes east of UTC."""
    days, rest = divmod(seconds + offset * 60, 86_400)
    sign, minutes = ("-", -offset) if offset < 0 else ("+", offset)
    hour, rest = divmod(rest, 3600)
    zone = f"{sign}{minutes // 60:02}{minutes % 60:02}"
    return f"{day_text(days)} {hour:02}:{rest // 60:02}:{rest % 60:02} {zone}"


def unix_date_text(seconds: int) -> str:
    """The date of an mbox ``From `` line, in UTC: ``Tue Jul 15 01:22:33 2008``."""
    days, rest = divmod(seconds, 86_400)
    year, month, day = civil_day(days)
    hour, rest = divmod(rest, 3600)
    return f"{WEEKDAYS[days % 7]} {MONTHS[month - 1]} {day:2} {hour:02}:{rest // 60:02}:{rest % 60:02} {year}"


def stamp_text(seconds: int) -> str:
    """Fourteen digits of date and time in UTC, as many programs begin an identifier."""
    days, rest = divmod(seconds, 86_400)
    year, month, day = civil_day(days)
    return f"{year}{month:02}{day:02}{rest // 3600:02}{rest // 60 % 60:02}{rest % 60:02}"


def american_offset(seconds: int, winter: int) -> int:
    """Minutes east of UTC; summer time taken as April to October, near enough for a sample."""
    return winter + 60 if 4 <= civil_day(seconds // 86_400)[1] <= 10 else winter


def pacific_text(seconds: int) -> str:
    """Date in Pacific time with the zone's name in a comment."""
    offset = american_offset(seconds, -480)
    return f"{date_text(seconds, offset)} ({'PDT' if offset == -420 else 'PST'})"


def eastern_text(seconds: int) -> str:
    """Date in Eastern time with the zone's name in a comment."""
    offset = american_offset(seconds, -300)
    return f"{date_text(seconds, offset)} ({'EDT' if offset == -240 else 'EST'})"


def client_sendmail(hop: Hop) -> str:
    """``from helo (rdns [ip])``, the form of sendmail."""
    return f"from {hop.helo} ({hop.rdns} [{hop.ip}])" if hop.rdns else f"from {hop.helo} ([{hop.ip}])"


def client_exim(hop: Hop) -> str:
    """``from rdns ([ip] helo=helo)`` or ``from [ip] (helo=helo)``, the forms of Exim."""
    return (
        f"from {hop.rdns} ([{hop.ip}] helo={hop.helo})" if hop.rdns else f"from [{hop.ip}] (helo={hop.helo})"
    )


FIELDS: dict[str, Callable[[Hop, Draws], str]] = {
    "ip": lambda hop, _: hop.ip,
    "helo": lambda hop, _: hop.helo,
    "env": lambda hop, _: hop.env,
    "to": lambda hop, _: hop.to,
    "postfix": lambda hop, _: f"from {hop.helo} ({hop.rdns or 'unknown'} [{hop.ip}])",
    "sendmail": lambda hop, _: client_sendmail(hop),
    "plain": lambda hop, _: f"from {hop.helo} ([{hop.ip}])",
    "qmail": lambda hop, _: f"from {hop.rdns or 'unknown'} (HELO {hop.helo}) ({hop.ip})",
    "qmail_ip": lambda hop, _: f"from {hop.rdns or 'unknown'} (EHLO {hop.helo}) [{hop.ip}]",
    "exim": lambda hop, _: client_exim(hop),
    "gmail": lambda hop, _: client_sendmail(hop._replace(rdns=hop.rdns and hop.rdns + ".")),
    "yahoo": lambda hop, _: f"from {hop.ip}  (EHLO {hop.helo}) ({hop.ip})",
    "ironport": lambda hop, _: f"from {hop.rdns or 'unknown'} (HELO {hop.helo}) ([{hop.ip}])",
    "jst": lambda hop, _: date_text(hop.seconds, 540),
    "jst_name": lambda hop, _: date_text(hop.seconds, 540) + " (JST)",
    "jst_utc": lambda hop, _: date_text(hop.seconds, 0),
    "jst_day_first": lambda hop, _: date_text(hop.seconds, 540).partition(", ")[2],
    "utc_bare": lambda hop, _: date_text(hop.seconds, 0)[:-5] + "-0000",
    "utc_day_first": lambda hop, _: date_text(hop.seconds, 0)[:-5].partition(", ")[2] + "-0000",
    "pacific": lambda hop, _: pacific_text(hop.seconds),
    "pacific_bare": lambda hop, _: date_text(hop.seconds, american_offset(hop.seconds, -480)),
    "eastern": lambda hop, _: eastern_text(hop.seconds),
    "moscow": lambda hop, _: date_text(hop.seconds, 180),
    "local": lambda hop, draws: date_text(hop.seconds, draws.pick((-300, 0, 60, 180, 480, 540))),
    "stamp": lambda hop, _: stamp_text(hop.seconds),
    "byte": lambda _, draws: str(draws.between(1, 254)),
    "n1": lambda hop, _: str(hop.number % 9 + 1),
    "n2": lambda hop, _: f"{hop.number % 32 + 1:02}",
    "n3": lambda hop, _: str(hop.number + 101),
    "HEX7": lambda _, draws: draws.hex(7).upper(),
    "HEX9": lambda _, draws: draws.hex(9).upper(),
    "HEX11": lambda _, draws: draws.hex(11).upper(),
    "hex8": lambda _, draws: draws.hex(8),
    "lower12": lambda _, draws: draws.word(4) + draws.hex(8),
    "UPPER4": lambda _, draws: draws.word(4, LOWER.upper()),
    "sendmail_id": lambda _, draws: draws.word(8, HEX) + f"{draws.between(1, 32767):06}",
    "exim_id": lambda _, draws: (
        f"1{draws.word(5, ALPHANUMERIC)}-0{draws.word(5, ALPHANUMERIC)}-{draws.word(2, ALPHANUMERIC)}"
    ),
}


@lru_cache(maxsize=512)
def compile_style(style: str) -> tuple[str, tuple[Callable[[Hop, Draws], str], ...]]:
    """A style as a %-format and the functions that fill it."""
    pieces = re.split(r"\{(\w+)\}", style)
    text = "%s".join(piece.replace("%", "%%") for piece in pieces[::2])
    return text, tuple(FIELDS[name] for name in pieces[1::2])


def write_hop(style: str, hop: Hop, draws: Draws) -> str:
    """The value of one Received field, folded with LF and white space as the style says."""
    text, fields = compile_style(style)
    return text % tuple([field(hop, draws) for field in fields])

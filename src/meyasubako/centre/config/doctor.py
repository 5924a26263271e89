"""What ``meyasu doctor`` looks at: is everything there that the centre needs, and what to do where it is not.

A check looks at one thing and gives one ``Found``, in both languages, with what to do. It changes nothing and raises
nothing that it can expect: what cannot be looked at is found to be wrong. The checks are in ``doctor_home`` (folder,
disk, keys, spools, geography, routes, clock) and ``doctor_services`` (database, tables, follower, steps, DNS, ports).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from meyasubako.tables.home import Home


class Level(Enum):
    """How bad it is: ``fail`` stops mail or pages, ``warn`` will, or hides something."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Found:
    """What one check saw, and what to do (empty where nothing is)."""

    level: Level
    ja: str
    en: str
    do_ja: str = ""
    do_en: str = ""


def fine(ja: str, en: str) -> Found:
    """Nothing to do."""
    return Found(Level.OK, ja, en)


@dataclass(frozen=True, slots=True)
class Examined:
    """What is looked at: the home, what the environment says, and the moment."""

    home: Home
    environment: Mapping[str, str]
    now: datetime


Check = Callable[[Examined], Found]
OF_THE_MACHINE = ("disk", "geography", "dns", "clock", "ports")
"""Checks that mean something before a centre was ever started."""


def checks() -> dict[str, Check]:
    """Every check by its name, in the order in which they are told."""
    from meyasubako.centre.config import doctor_home as home
    from meyasubako.centre.config import doctor_services as services

    return {
        "home": home.check_home,
        "disk": home.check_disk,
        "keys": home.check_keys,
        "database": services.check_database,
        "migrations": services.check_migrations,
        "audit": services.check_audit,
        "tables": services.check_tables,
        "spool": home.check_spool,
        "damaged": home.check_damaged,
        "follower": services.check_follower,
        "seals": services.check_seals,
        "steps": services.check_steps,
        "routes": home.check_routes,
        "geography": home.check_geography,
        "dns": services.check_dns,
        "clock": home.check_clock,
        "ports": services.check_ports,
    }


def examine(examined: Examined) -> dict[str, Found]:
    """Everything that was found, by check. Where no centre is yet, that is said, and the machine looked at."""
    from meyasubako.centre.config.doctor_home import nothing_yet

    chosen = checks()
    found: dict[str, Found] = {}
    if nothing_yet(examined):
        found["home"] = Found(
            Level.FAIL,
            f"{examined.home.path} にはまだ何もありません",
            f"there is nothing in {examined.home.path} yet",
            "meyasu serve が用意します。あるはずの場合は MEYASU_HOME を確かめてください",
            "meyasu serve makes it ready; if something ought to be there, see to MEYASU_HOME",
        )
        chosen = {name: chosen[name] for name in OF_THE_MACHINE}
    return found | {name: check(examined) for name, check in chosen.items()}


def worst(found: Mapping[str, Found]) -> Level:
    """The worst of what was found."""
    levels = list(Level)
    return max((one.level for one in found.values()), key=levels.index, default=Level.OK)

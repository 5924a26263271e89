"""Countries' laws by name and day: which version was in force when.

The data lie in ``data/<regime>/<first day>.toml``; ``schema`` says what a file holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files

from meyasubako.law.schema import LawDataError, Version, read_version


@dataclass(frozen=True, slots=True)
class Regime:
    """A country's law in all its versions, oldest first."""

    name: str
    versions: tuple[Version, ...]

    def on(self, day: date) -> Version | None:
        """The version in force on that day; None before the first."""
        for version in reversed(self.versions):
            if version.day <= day:
                return version
        return None

    def last_day(self, version: Version) -> date | None:
        """The last day of a version; None for the newest."""
        index = self.versions.index(version) + 1
        return self.versions[index].day - timedelta(days=1) if index < len(self.versions) else None


def regime_names() -> tuple[str, ...]:
    """Every regime there is data for."""
    folder = files("meyasubako.law") / "data"
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name.isalpha()))


@lru_cache(maxsize=32)
def load_regime(name: str) -> Regime:
    """The regime's data, read once. Raises LawDataError for an unknown regime or a file that breaks the schema."""
    if name not in regime_names():
        raise LawDataError(name, f"no such regime; there are {', '.join(regime_names())}")
    folder = files("meyasubako.law") / "data" / name
    days = sorted(
        entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")
    )
    return Regime(name, tuple(read_version(name, day) for day in days))

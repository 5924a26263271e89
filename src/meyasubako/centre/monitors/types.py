"""What comes out of the monitors' selectors and services: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from meyasubako.centre.monitors.entry import Entry


@dataclass(frozen=True, slots=True)
class MonitorSeen:
    """One monitor of the register. ``state`` on the day asked for: ``planned``, ``in service`` or ``retired``."""

    monitor_id: int
    entry: Entry
    state: str


@dataclass(frozen=True, slots=True)
class MailsSeen:
    """What a monitor received, by the roll-up: the newest day (in Japan) with mail, and mails by month (YYYY-MM)."""

    last_day: date | None = None
    by_month: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineError:
    """What is wrong with a line of a CSV file: its number in the file (from 1), the column, and why."""

    line: int
    column: str
    reason: str

    def as_json(self) -> dict[str, str | int]:
        """For ``--json``."""
        return {"line": self.line, "column": self.column, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Imported:
    """What a CSV file did, or would do (``dry_run``). With errors nothing was written."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int
    errors: tuple[LineError, ...]
    dry_run: bool

    def as_json(self) -> dict[str, object]:
        """For ``--json``."""
        return {
            "added": list(self.added),
            "changed": list(self.changed),
            "unchanged": self.unchanged,
            "errors": [error.as_json() for error in self.errors],
            "dry_run": self.dry_run,
        }


@dataclass(frozen=True, slots=True)
class NameSeen:
    """A name that was tried: ``shown`` as it may be shown, and why it looks made up (English, Japanese)."""

    shown: str
    reasons: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class SourceSeen:
    """One source that sent to names that do not exist: evidence of Act Art 6.

    ``names`` are the different names, ``generated`` those that look made up, ``kinds`` how many for each reason.
    ``first`` and ``last`` are the beginnings of hours (UTC). ``country``, ``asn`` and ``network`` are None where unknown.
    """

    source: str | None
    country: str | None
    asn: int | None
    network: str | None
    attempts: int
    names: int
    generated: int
    kinds: Mapping[str, int]
    first: datetime
    last: datetime
    domains: tuple[str, ...]
    from_domains: tuple[str, ...]
    helos: tuple[str, ...]
    examples: tuple[NameSeen, ...]

    def as_json(self) -> dict[str, object]:
        """For ``--json`` and downloads."""
        return {
            "source": self.source,
            "country": self.country,
            "asn": self.asn,
            "network": self.network,
            "attempts": self.attempts,
            "names": self.names,
            "generated": self.generated,
            "kinds": dict(self.kinds),
            "first": self.first.isoformat().replace("+00:00", "Z"),
            "last": self.last.isoformat().replace("+00:00", "Z"),
            "domains": list(self.domains),
            "from_domains": list(self.from_domains),
            "helos": list(self.helos),
            "examples": [
                {"name": one.shown, "reasons": [{"code": c, "en": en, "ja": ja} for c, en, ja in one.reasons]}
                for one in self.examples
            ],
        }


@dataclass(frozen=True, slots=True)
class UnknownMonth:
    """All sources of a month (YYYY-MM in Japan; None: of all time), most names first, and their sums."""

    month: str | None
    sources: tuple[SourceSeen, ...]
    attempts: int
    names: int
    generated: int
    total_sources: int

    def as_json(self) -> dict[str, object]:
        """For ``--json`` and downloads."""
        return {
            "month": self.month,
            "attempts": self.attempts,
            "names": self.names,
            "generated": self.generated,
            "total_sources": self.total_sources,
            "sources": [source.as_json() for source in self.sources],
        }

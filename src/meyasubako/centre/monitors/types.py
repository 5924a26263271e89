"""What comes out of the monitors' selectors and services: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

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

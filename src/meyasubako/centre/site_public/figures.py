"""The months' figures as the pages use them, from the engine or from a file, read once per version.

The shape is that of ``meyasu figures --json``, a list with one object a month. Counting is not done here: what
a figure means is decided by the queries behind it. The engine is imported only when a page first asks for
figures, inside the serving process: its table library must not be loaded before a fork.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

from meyasubako.errors import StorageError

ORIGIN_CLASSES = ("domestic", "overseas", "unknown")
MONITOR_CLASSES = ("pc", "mobile")
GEOGRAPHY_REACH = timedelta(days=90)
MONTH = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Mails that reached one class of monitors in a month, by where they came from (S2)."""

    domestic: int
    overseas: int
    unknown: int

    @property
    def total(self) -> int:
        """All mails of the class: unknown stays in the denominator."""
        return self.domestic + self.overseas + self.unknown

    def share(self, origin: str) -> float | None:
        """Share (0 to 1) of ``domestic``, ``overseas`` or ``unknown``; None in a month without mails."""
        count: int = getattr(self, origin)
        return count / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class CountryRow:
    """One country of a month (S3); ``country`` is ISO 3166-1 alpha-2, None where it is unknown. Shares: 0 to 1."""

    country: str | None
    mails: int
    share: float | None
    japanese_share: float | None


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """One network of a month; ``asn`` and ``network`` are None where it is unknown."""

    asn: int | None
    network: str | None
    mails: int


@dataclass(frozen=True, slots=True)
class AuthenticationRow:
    """Monitor mail of a month with the same results of SPF, DKIM and DMARC (RFC 8601 section 2.7); None = not tested.

    ``dynamic_pool`` (yes, no, unknown) says whether it came straight from an address handed out dynamically.
    """

    spf: str | None
    dkim: str | None
    dmarc: str | None
    dynamic_pool: str | None
    mails: int


@dataclass(frozen=True, slots=True)
class PoolRow:
    """Monitor mail of a month from one network: straight from dynamic pools, from elsewhere, or not to be told."""

    asn: int | None
    network: str | None
    mails: int
    direct: int
    elsewhere: int
    unknown: int


@dataclass(frozen=True, slots=True)
class SenderRow:
    """Monitor mail of a month with the same verdicts on its sender information (Act Art 5); None = not looked at."""

    address: str | None
    equipment: str | None
    mails: int


@dataclass(frozen=True, slots=True)
class FindingRow:
    """Mails of a month and channel in which a check of the law saw the same under the same rule."""

    channel: str
    check: str
    article: str
    version: str
    verdict: str
    certainty: str
    mails: int


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """Every figure of one month (YYYY-MM in Japan) and where it comes from."""

    month: str
    reports: int
    reported_mails: int
    reports_without_mail: int
    report_kinds: Mapping[str, int]
    by_channel: Mapping[str, int]
    monitors: Mapping[str, Ratio]
    countries: tuple[CountryRow, ...]
    networks: tuple[NetworkRow, ...]
    authentication: tuple[AuthenticationRow, ...]
    pools: tuple[PoolRow, ...]
    senders: tuple[SenderRow, ...]
    findings: tuple[FindingRow, ...]
    provenance: Mapping[str, Any]

    @property
    def geography_is_far(self) -> bool:
        """Whether some of the geographic data is more than 90 days from the month."""
        first = date.fromisoformat(f"{self.month}-01")
        said = self.provenance.get("geography_date") or ""
        dates = [date.fromisoformat(text) for text in said.split(", ") if text]
        return any(day < first - GEOGRAPHY_REACH or day > first + MONTH + GEOGRAPHY_REACH for day in dates)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> MonthFigures:
        """One object of the contract; raises KeyError or TypeError where it is not of that shape."""
        reports = value["reports"]
        return cls(
            month=value["month"],
            reports=reports["reports"],
            reported_mails=reports["mails"],
            reports_without_mail=reports.get("without_mail", 0),
            report_kinds=dict(reports.get("by_kind", {})),
            by_channel=dict(reports["by_channel"]),
            monitors={
                name: Ratio(**{origin: value["monitors"][name][origin] for origin in ORIGIN_CLASSES})
                for name in MONITOR_CLASSES
            },
            countries=tuple(
                CountryRow(row["country"], row["mails"], row["share"], row["japanese_share"])
                for row in value["countries"]
            ),
            networks=tuple(NetworkRow(row["asn"], row["network"], row["mails"]) for row in value["networks"]),
            authentication=tuple(
                AuthenticationRow(
                    row["auth_spf"], row["auth_dkim"], row["auth_dmarc"], row["dynamic_pool"], row["mails"]
                )
                for row in value.get("authentication", ())
            ),
            pools=tuple(
                PoolRow(**{name: row[name] for name in PoolRow.__slots__}) for row in value.get("pools", ())
            ),
            senders=tuple(
                SenderRow(row["forged_address"], row["forged_equipment"], row["mails"])
                for row in value.get("senders", ())
            ),
            findings=tuple(
                FindingRow(**{name: row[name] for name in FindingRow.__slots__})
                for row in value.get("findings", ())
            ),
            provenance=dict(value["provenance"]),
        )


@dataclass(frozen=True, slots=True)
class Book:
    """All months, oldest first, of one version of the data. ``version`` changes when any figure may have."""

    version: str
    months: tuple[MonthFigures, ...]

    def month(self, name: str) -> MonthFigures | None:
        """The month of this name (YYYY-MM), None where there are no figures for it."""
        return next((figures for figures in self.months if figures.month == name), None)


class Source(Protocol):
    """Where figures come from."""

    def version(self) -> str:
        """A short text that changes when the figures may have; cheap, asked on every page."""

    def read(self) -> list[Mapping[str, Any]]:
        """Every month, in the shape of ``meyasu figures --json``."""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file written by ``meyasu figures --json``: a site without tables behind it."""

    path: Path

    def version(self) -> str:
        """Its time of writing and its size."""
        try:
            status = self.path.stat()
        except OSError as error:
            raise StorageError(str(self.path), error.strerror or "cannot be read") from error
        return f"file-{status.st_mtime_ns:x}-{status.st_size:x}"

    def read(self) -> list[Mapping[str, Any]]:
        """Its contents: a JSON list, or one JSON object a line."""
        try:
            text = self.path.read_text("utf-8")
            if text.lstrip().startswith("["):
                months: list[Mapping[str, Any]] = json.loads(text)
            else:
                months = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (OSError, ValueError) as error:
            raise StorageError(str(self.path), f"no readable figures: {error}") from error
        return months


class Library:
    """Keeps the newest book of a source; many threads may ask at once, one of them reads."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lock = Lock()
        self._book: Book | None = None

    def book(self) -> Book:
        """The book of the source's present version. Raises StorageError where it cannot be read."""
        version = self._source.version()
        book = self._book
        if book is not None and book.version == version:
            return book
        with self._lock:
            if self._book is None or self._book.version != version:
                self._book = Book(version, self._months())
            return self._book

    def _months(self) -> tuple[MonthFigures, ...]:
        try:
            months = [MonthFigures.from_json(value) for value in self._source.read()]
        except (KeyError, TypeError) as error:
            raise StorageError(
                "figures", f"not of the shape of `meyasu figures --json`: {error!r}"
            ) from error
        return tuple(sorted(months, key=lambda figures: figures.month))

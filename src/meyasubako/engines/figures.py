"""The month's figures, in the shape of ``meyasu figures --json``, each naming what it was counted from.

S1: reports and the mails in them. S2, S3, S14: monitors' mail alone, unknown a class of its own, never left out of
a share. S6: what the checks of the law saw, by channel. Counted from the roll-ups, or from the observations with ``from_observations``: the same queries on both,
and the same figures.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow.parquet as pq

from meyasubako.engines.finding_facts import FINDING_FACTS, NEEDED, finding_facts, read_in_parts
from meyasubako.engines.generations import Generations, Span
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.engines.rollups import FINDINGS, ROLLUPS
from meyasubako.engines.types import Engine
from meyasubako.errors import UsageError
from meyasubako.queries import query_text
from meyasubako.tables.home import Home
from meyasubako.tables.leases import reading
from meyasubako.tables.table import Table

FIGURES = {
    "reports": "daily_reports",
    "channels": "daily_mails",
    "monitors": "daily_mails",
    "monitor_mails": "daily_monitors",
    "countries": "daily_mails",
    "networks": "monthly_networks",
    "versions": "monthly_versions",
    "authentication": "daily_authentication",
    "pools": "monthly_pools",
    "senders": "monthly_senders",
    "findings": "monthly_findings",
    "content": "daily_content",
}
"""Each figure and the roll-up its query reads."""

FROM_FINDINGS = frozenset(rollup.name for rollup in ROLLUPS if rollup.source == FINDINGS)

SHOWN = (
    "reports", "channels", "monitors", "countries", "networks", "authentication", "pools", "senders", "findings",
    "versions",
)  # fmt: skip
MONITOR_CLASSES = ("pc", "mobile")
ORIGINS = ("domestic", "overseas", "unknown")

Rows = list[dict[str, Any]]


class FigureBook:
    """Answers figures of one home. Keeps handles and an engine between questions; not for two threads."""

    def __init__(self, home: Home, engine: Engine, *, from_observations: bool = False) -> None:
        """Open the tables that figures are counted from."""
        self._home = home
        self._engine = engine
        self._from_observations = from_observations
        observations = Table.open(home, OBSERVATIONS_LAYOUT)
        self._generations = Generations(home, observations)
        layouts = [OBSERVATIONS_LAYOUT] if from_observations else [rollup.layout for rollup in ROLLUPS]
        self._tables = {layout.name: Table.open(home, layout) for layout in layouts}

    def version(self) -> str:
        """A short text that changes when any figure may have."""
        versions = " ".join(f"{name}={number}" for name, number in self._versions().items())
        return f"{versions} generation={self._generations.newest}"

    def _versions(self) -> dict[str, int]:
        """Versions of the tables, as of now. Generations first: roll-ups are up to them when they are complete."""
        self._generations.refresh()
        return {name: table.refresh() for name, table in self._tables.items()}

    def rows(self, figure: str, *, month: str | None = None) -> Rows:
        """The rows of one figure's query: ``queries/figure_<figure>.sql``. Hold ``reading`` around it.

        Each month is counted from the newest complete generation that covers it.
        """
        return [row for span in self._spans(month) for row in self._rows(figure, span)]

    def _spans(self, month: str | None) -> list[Span]:
        spans = self._generations.spans()
        if month is None:
            return list(spans)
        return [Span(month, month, one.generation) for one in spans if one.first <= month <= one.last]

    def _rows(self, figure: str, span: Span) -> Rows:
        source = FIGURES[figure]
        table = self._tables["observations" if self._from_observations else source]
        first, last, generation = span
        paths = [
            file.path
            for file in table.files()
            if str(file.least.get("month", "")) <= last and str(file.greatest.get("month", "~")) >= first
        ]
        if not paths:
            return []
        values = {"generation": generation, "first": first, "last": last}
        text = query_text(f"figure_{figure}")
        if not self._from_observations:
            return self._engine.query(text, {}, {source: paths}, values)
        if source in FROM_FINDINGS:
            with self._taken_apart(paths) as file:
                return self._engine.query(text, {}, {source: [file]}, values)
        return self._engine.query(text, {source: query_text("facts")}, {table.name: paths}, values)

    @contextmanager
    def _taken_apart(self, paths: list[str]) -> Iterator[str]:
        """A passing Parquet file with a row a finding: any engine reads it."""
        with tempfile.TemporaryDirectory(dir=self._home.scratch) as folder:
            file = f"{folder}/finding_facts.parquet"
            with pq.ParquetWriter(file, FINDING_FACTS) as writer:
                for part in read_in_parts(paths, NEEDED):
                    writer.write_table(finding_facts(part))
            yield file

    def months(self, month: str | None = None) -> list[dict[str, Any]]:
        """Every month with figures, oldest first, or the one asked for (with zeros where nothing came).

        Raises UsageError for a month that is not YYYY-MM.
        """
        if month is not None:
            check_month(month)
        with reading(self._home):
            versions = self._versions()
            found = {name: _by_month(self.rows(name, month=month)) for name in SHOWN}
        names = [month] if month is not None else sorted({name for rows in found.values() for name in rows})
        return [
            {
                "month": name,
                "reports": _reports(found["reports"][name], found["channels"][name]),
                "monitors": _monitors(found["monitors"][name]),
                "countries": _countries(found["countries"][name]),
                "networks": [
                    {"asn": row["asn"], "network": row["network"], "mails": row["mails"]}
                    for row in found["networks"][name]
                ],
                **{key: _without_month(found[key][name]) for key in ("authentication", "pools", "senders")},
                "findings": [_finding(row) for row in found["findings"][name]],
                "provenance": {
                    "query": [f"figure_{figure}" for figure in SHOWN],
                    "versions": versions,
                    "generation": self._generations.of(name),
                    **_analysis(found["versions"][name]),
                },
            }
            for name in names
        ]


def figures(
    home: Home, engine: Engine, month: str | None = None, *, from_observations: bool = False
) -> list[dict[str, Any]]:
    """The figures of every month, or of one; see :meth:`FigureBook.months`."""
    return FigureBook(home, engine, from_observations=from_observations).months(month)


def check_month(month: str) -> None:
    """Raise UsageError unless the text is a month, YYYY-MM."""
    year, dash, number = month.partition("-")
    if not (
        len(year) == 4
        and dash
        and len(number) == 2
        and (year + number).isdecimal()
        and 1 <= int(number) <= 12
    ):
        raise UsageError(month, "is not a month of the form YYYY-MM")


def _by_month(rows: Rows) -> defaultdict[str, Rows]:
    found: defaultdict[str, Rows] = defaultdict(list)
    for row in rows:
        found[row["month"]].append(row)
    return found


def _reports(reports: Rows, channels: Rows) -> dict[str, Any]:
    """S1. ``by_channel`` is every arrival of the month by the channel it came through."""
    return {
        "reports": sum(row["reports"] for row in reports),
        "mails": sum(row["mails"] for row in reports),
        "by_channel": {row["channel"]: row["mails"] for row in channels},
    }


def _monitors(rows: Rows) -> dict[str, dict[str, int]]:
    """S2, both classes of monitors, zeros where nothing came."""
    found = {name: dict.fromkeys(ORIGINS, 0) for name in MONITOR_CLASSES}
    for row in rows:
        if row["monitor_class"] in found:
            found[row["monitor_class"]] = {origin: row[origin] for origin in ORIGINS}
    return found


def _countries(rows: Rows) -> list[dict[str, Any]]:
    """S3, most first; shares are of all monitors' mail of the month, unknown included."""
    total = sum(row["mails"] for row in rows)
    return [
        {
            "country": row["country"],
            "mails": row["mails"],
            "share": _share(row["mails"], total),
            "japanese_share": _share(row["japanese"], row["mails"]),
        }
        for row in rows
    ]


def _without_month(rows: Rows) -> Rows:
    return [{key: value for key, value in row.items() if key != "month"} for row in rows]


def _finding(row: dict[str, Any]) -> dict[str, Any]:
    """A row of findings as the contract of ``meyasu explain`` names its fields; a check is a check there."""
    names = ("article", "version", "verdict", "certainty", "mails")
    return {"channel": row["channel"], "check": row["check_name"], **{name: row[name] for name in names}}


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6)


def _analysis(rows: Rows) -> dict[str, str | None]:
    """The analyses and the geography behind a month; several are listed, oldest first."""
    return {
        "analysis_version": _listed(row["analysis_version"] for row in rows),
        "geography_date": _listed(row["country_data_date"] for row in rows),
    }


def _listed(values: Iterable[str | None]) -> str | None:
    return ", ".join(sorted({value for value in values if value is not None})) or None

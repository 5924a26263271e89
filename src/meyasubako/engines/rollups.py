"""Roll-ups: small tables that the follower keeps, from which the site's figures are summed.

A roll-up is declared by its keys and what it counts; ``ROLLUPS`` is the list, and a new one is a line there, counted
from the observations when it is first kept. What the law's checks found has a row a finding (``finding_facts``). Each is
a table of increments: what a stretch of the observations' feed adds, committed with the version it reaches
as application transaction, so that nothing is added twice. Compaction sums increments with equal keys. A figure's
query runs unchanged on a roll-up or on the facts of the observations themselves: both have the columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from meyasubako.analysis.schema import OBSERVATIONS
from meyasubako.engines.finding_facts import FINDING_FACTS, FINDING_KEYS, NEEDED, finding_facts, read_in_parts
from meyasubako.queries import query_text
from meyasubako.tables.compaction import Compaction, compact
from meyasubako.tables.home import Home
from meyasubako.tables.schema import Layout
from meyasubako.tables.table import AppTransaction, Table

ROLLUP_APP = "rollup"
STRETCH_ROWS = 200_000
START = 0

KEY_FIELDS: dict[str, pa.Field[pa.DataType]] = {
    name: OBSERVATIONS.field(name)
    for name in (
        "generation", "month", "day", "channel", "monitor", "monitor_class", "country", "asn", "network", "language", "category",
        "report_id", "auth_spf", "auth_dkim", "auth_dmarc", "auth_arc", "forged_address", "forged_equipment",
        "dynamic_pool", "analysis_version", "country_data_date",
    )
}  # fmt: skip
MEASURES = {
    "mails": "Arrivals.",
    "distinct_mails": "Arrivals whose bytes had not been seen before.",
    "japanese": "Arrivals whose text is Japanese.",
}
FACT_COLUMNS = (*KEY_FIELDS, "first_of_bytes", "findings")
KEY_FIELDS |= {name: FINDING_FACTS.field(name) for name in FINDING_KEYS}
FACTS, FINDINGS = "facts", "finding_facts"


@dataclass(frozen=True, slots=True)
class RollUp:
    """Counts of ``measures`` for each combination of ``keys``, over the facts for which ``only`` holds.

    ``source`` is what it counts: ``facts`` (a row an observation) or ``finding_facts`` (a row a finding).
    """

    name: str
    keys: tuple[str, ...]
    measures: tuple[str, ...] = ("mails",)
    only: str | None = None
    source: str = FACTS

    @property
    def layout(self) -> Layout:
        """The table that keeps it."""
        counts = [
            pa.field(name, pa.int64(), nullable=False, metadata={"description": MEASURES[name]})
            for name in self.measures
        ]
        schema = pa.schema([*(KEY_FIELDS[name] for name in self.keys), *counts])
        return Layout(self.name, schema, order=self.keys, statistics=("month",))

    def sql(self, source: str) -> str:
        """The query that sums a relation of facts, or of increments, into this roll-up's rows."""
        keys = ", ".join(self.keys)
        sums = ", ".join(f"CAST(SUM({name}) AS BIGINT) AS {name}" for name in self.measures)
        where = f" WHERE {self.only}" if self.only else ""
        return f"SELECT {keys}, {sums} FROM {source}{where} GROUP BY {keys}"  # noqa: S608 - declared above


WHEN = ("generation", "month", "day")
WHERE = ("channel", "monitor_class")

ROLLUPS = (
    RollUp("daily_mails", (*WHEN, *WHERE, "country"), ("mails", "distinct_mails", "japanese")),
    RollUp("monthly_networks", ("generation", "month", *WHERE, "asn", "network")),
    RollUp("daily_reports", (*WHEN, "channel", "report_id"), only="channel = 'report'"),
    RollUp(
        "daily_authentication",
        (*WHEN, *WHERE, "auth_spf", "auth_dkim", "auth_dmarc", "auth_arc", "dynamic_pool"),
    ),
    RollUp("daily_monitors", (*WHEN, "channel", "monitor"), only="channel = 'monitor'"),
    RollUp("daily_content", (*WHEN, *WHERE, "language", "category")),
    RollUp("monthly_pools", ("generation", "month", *WHERE, "asn", "network", "dynamic_pool")),
    RollUp("monthly_senders", ("generation", "month", *WHERE, "forged_address", "forged_equipment")),
    RollUp("monthly_findings", ("generation", "month", "channel", *FINDING_KEYS), source=FINDINGS),
    RollUp("monthly_versions", ("generation", "month", "analysis_version", "country_data_date")),
)


class RollUpKeeper:
    """Brings every roll-up up to the observations. For the one follower."""

    def __init__(self, home: Home, observations: Table) -> None:
        """Open the roll-ups' tables (created when missing)."""
        self._home = home
        self._observations = observations
        self.tables = {rollup.name: Table.open(home, rollup.layout) for rollup in ROLLUPS}

    def cursor(self, name: str) -> int:
        """The version of the observations that a roll-up has taken in."""
        return self.tables[name].transaction_version(ROLLUP_APP) or START

    def lowest_cursor(self) -> int:
        """The version that every roll-up has taken in: vacuum of the observations stays behind it."""
        return min(self.cursor(name) for name in self.tables)

    def keep(self) -> int:
        """Take in what was observed since; the number of facts taken in. Hold ``reading`` around it."""
        for table in self.tables.values():
            table.refresh()
        self._observations.refresh()
        taken = 0
        with duckdb.connect() as connection:
            for rollup in ROLLUPS:
                if self.tables[rollup.name].transaction_version(ROLLUP_APP) is None:
                    self._begin(connection, rollup)
            for facts, versions, upto in self._stretches():
                for rollup in ROLLUPS:
                    cursor = self.cursor(rollup.name)
                    if cursor < upto:
                        new = facts if versions[0] > cursor else facts.filter(_above(versions, cursor))
                        self._commit(connection, rollup, new, upto)
                taken += facts.num_rows
        return taken

    def _stretches(self) -> Iterator[tuple[pa.Table, list[int], int]]:
        """Whole versions of the feed, some 200,000 facts at a time: facts, each row's version, the last version."""
        held: list[pa.RecordBatch] = []
        versions: list[int] = []
        for piece in self._observations.feed(self.lowest_cursor(), columns=FACT_COLUMNS):
            held.append(piece.rows)
            versions += [piece.version] * piece.rows.num_rows
            if piece.last and len(versions) >= STRETCH_ROWS:
                yield pa.Table.from_batches(held), versions, piece.version
                held, versions = [], []
        if held:
            yield pa.Table.from_batches(held), versions, versions[-1]

    def _begin(self, connection: duckdb.DuckDBPyConnection, rollup: RollUp) -> None:
        """Count all observations there are into a roll-up that is new: their feed may be gone by now."""
        paths = [file.path for file in self._observations.files()]
        if paths:
            self._commit(connection, rollup, paths, self._observations.version)

    def _commit(
        self,
        connection: duckdb.DuckDBPyConnection,
        rollup: RollUp,
        facts: pa.Table | list[str],
        upto: int,
    ) -> None:
        """Add up observations, given as rows or as files, and commit them as everything up to a version."""
        counted = _findings_counted if rollup.source == FINDINGS else _facts_counted
        rows = [batch for part in counted(connection, rollup, facts) for batch in part.to_batches()]
        table = self.tables[rollup.name]
        table.append(rows, transaction=AppTransaction(ROLLUP_APP, upto))

    def compact(self) -> dict[str, Compaction]:
        """Sum the increments of each roll-up into one row a key."""
        return {
            rollup.name: compact(
                self._home,
                self.tables[rollup.name],
                select=f"SELECT * FROM ({_sums(rollup)})",  # noqa: S608
            )
            for rollup in ROLLUPS
        }


def _facts_counted(
    connection: duckdb.DuckDBPyConnection, rollup: RollUp, facts: pa.Table | list[str]
) -> Iterator[pa.Table]:
    """The roll-up's rows, counted from a row an observation."""
    if isinstance(facts, pa.Table):
        connection.register("observations", facts.drop_columns(["findings"]))
    else:
        connection.read_parquet(facts, hive_partitioning=False).create_view("observations")
    yield connection.sql(rollup.sql(f"({query_text(FACTS)})")).to_arrow_table()


def _findings_counted(
    connection: duckdb.DuckDBPyConnection, rollup: RollUp, facts: pa.Table | list[str]
) -> Iterator[pa.Table]:
    """The roll-up's rows, counted from a row a finding: increments of so many observations each, to bound memory."""
    parts = [facts] if isinstance(facts, pa.Table) else read_in_parts(facts, NEEDED)
    for part in parts:
        connection.register(FINDINGS, finding_facts(part))
        yield connection.sql(rollup.sql(FINDINGS)).to_arrow_table()


def _sums(rollup: RollUp) -> str:
    return RollUp(rollup.name, rollup.keys, rollup.measures).sql("{files}")


def _above(versions: list[int], cursor: int) -> pa.Array[pa.BooleanScalar]:
    return pa.array([version > cursor for version in versions])

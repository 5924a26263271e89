"""What the law's checks found, a row a finding: lists of findings taken apart before any SQL sees them.

Engines write the taking apart of a list each in its own words; here it is done in Arrow, so that queries and roll-ups
over findings stay the same text everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from meyasubako.analysis.schema import FINDING, OBSERVATIONS
from meyasubako.tables.schema import described

PART_ROWS = 100_000

NEEDED = ("generation", "month", "channel", "findings")
"""Columns of observations from which the rows are made."""

FINDING_FACTS = pa.schema(
    [
        *(OBSERVATIONS.field(name) for name in ("generation", "month", "channel")),
        described("check_name", pa.string(), "The check of the law that spoke."),
        described("article", pa.string(), "Under which article."),
        described("version", pa.string(), "First day (YYYY-MM-DD) of the version of the law applied."),
        described(
            "verdict", pa.string(), "What it saw: `ok`, `breach`, `likely`, `missing`, `wrong place` ..."
        ),
        described(
            "certainty",
            pa.string(),
            "How well the rule is known: `TEXT`, `SEC` or `UNV`; not how sure the verdict is.",
        ),
        described("mails", pa.int64(), "Always 1: a check speaks once of a mail.", nullable=False),
    ]
)
FINDING_KEYS = ("check_name", "article", "version", "verdict", "certainty")


def finding_facts(observations: pa.Table) -> pa.Table:
    """A row for each finding of the observations (columns ``NEEDED`` at the least), in their order."""
    rows = observations.select(NEEDED).combine_chunks()
    if not rows.num_rows:
        return FINDING_FACTS.empty_table()
    lists = rows["findings"].combine_chunks()
    owners = pc.list_parent_indices(lists)
    found = pc.list_flatten(lists)
    columns = [rows[name].take(owners) for name in NEEDED[:3]]
    columns += [
        pc.struct_field(found, FINDING.get_field_index(name)) for name in ("check", *FINDING_KEYS[1:])
    ]
    ones = pa.repeat(pa.scalar(1, pa.int64()), len(found))
    return pa.table([*columns, ones], schema=FINDING_FACTS)


def read_in_parts(paths: Iterable[str], columns: Sequence[str]) -> Iterator[pa.Table]:
    """Rows of Parquet files, so many at a time."""
    for path in paths:
        with pq.ParquetFile(path) as parquet:
            for batch in parquet.iter_batches(PART_ROWS, columns=list(columns)):
                yield pa.Table.from_batches([batch])

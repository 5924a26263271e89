"""Taking what was erased out of every table: the bytes of a mail and what was read from them; that it came stays.

Table by table, the files that hold a mail with a tombstone are written again without it: ``raw`` becomes null in
``evidence``, the personal columns are blanked in ``arrivals`` and, in every generation, in ``observations``; answers of
the DNS go. What figures count stays (country, network, language, results), so that they do not change; seals stay
valid, for a leaf holds nothing that goes.

It works beside a follower and a compaction: rewriters take turns by the application ``rewrite`` and start again
from a fresh snapshot. What is blank already is left alone, so that it can be asked for at any time: upkeep does,
and the follower does when a tombstone appeared while it had mails in hand. Who decides an erasure: ``erasure``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from meyasubako.analysis.observe import ERASED
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.tables.compaction import REWRITE_APP
from meyasubako.tables.files import conform
from meyasubako.tables.home import Home
from meyasubako.tables.leases import reading
from meyasubako.tables.schema import ARRIVALS_LAYOUT, DNS_ANSWERS_LAYOUT, EVIDENCE_LAYOUT, Layout
from meyasubako.tables.table import AppTransaction, StaleTransactionError, Table
from meyasubako.tables.tombstones import Tombstones

ATTEMPTS = 100

BLANKED: Mapping[str, Mapping[str, Any]] = {
    "evidence": {"raw": None},
    "arrivals": dict.fromkeys(
        ("envelope_from", "envelope_to", "client_ip", "client_port", "helo", "origin_path")
    ),
    "observations": {
        **dict.fromkeys(("origin_ip", "origin_helo", "origin_rdns", "origin_claimed")),
        **dict.fromkeys(("from_address", "from_name", "from_domain", "subject", "message_id", "fingerprint")),
        "links": [],
        "attachments": [],
        "defects": [{"code": ERASED, "where": "evidence", "guessed": None}],
    },
}
"""Columns of each table that speak of people or quote the mail, and what stands in their place."""

LAYOUTS = (EVIDENCE_LAYOUT, ARRIVALS_LAYOUT, OBSERVATIONS_LAYOUT)


def blank_erased(home: Home, hashes: Sequence[str] | None = None) -> dict[str, int]:
    """Blank whatever is left of erased bytes, of these or of all; rows rewritten in each table.

    Costs a look when nothing is left. Raises StaleTransactionError when other rewriters win a hundred times.
    """
    if hashes is None:
        tombstones = Tombstones(home)
        tombstones.refresh()
        hashes = sorted(tombstones.hashes)
    if not hashes:
        return {}
    wanted = list(hashes)
    done = {layout.name: _rewrite(home, Table.open(home, layout), wanted, "sha256") for layout in LAYOUTS}
    if (Path(home.table(DNS_ANSWERS_LAYOUT.name)) / "_delta_log").is_dir():
        ids = _arrivals_of(home, wanted)
        if ids:
            done["dns_answers"] = _rewrite(home, Table.open(home, DNS_ANSWERS_LAYOUT), ids, "arrival_id")
    return done


def _arrivals_of(home: Home, hashes: list[str]) -> list[str]:
    table = Table.open(home, ARRIVALS_LAYOUT)
    with reading(home):
        rows = rows_of(
            table,
            "SELECT arrival_id FROM read_parquet($paths) WHERE sha256 IN (SELECT unnest($hashes))",
            {"hashes": hashes},
        )
    return [str(row[0]) for row in rows]


def rows_of(table: Table, sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Rows of a query over the table's live files (``$paths``). Hold ``reading`` around it."""
    table.refresh()
    paths = [file.path for file in table.files()]
    if not paths:
        return []
    with duckdb.connect(config={"threads": "1"}) as connection:
        return connection.execute(sql, {"paths": paths, **values}).fetchall()


def _rewrite(home: Home, table: Table, keys: list[str], key: str) -> int:
    """Write the files that hold rows of these keys again, until none does; the rows rewritten."""
    done = 0
    for attempt in range(ATTEMPTS):
        with reading(home):
            found = _holding(table, keys, key)
            if not found:
                return done
            files = [file for path in found for file in table.write(_blanked(table.layout, path, keys, key))]
        number = (table.transaction_version(REWRITE_APP) or 0) + 1
        if table.replace([Path(path).name for path in found], files, AppTransaction(REWRITE_APP, number)):
            done += sum(found.values())
        else:
            table.discard(files)
            time.sleep(min(0.005 * 2**attempt, 0.2))
    raise StaleTransactionError(str(table.folder), "other rewriters kept committing first")


def _holding(table: Table, keys: list[str], key: str) -> dict[str, int]:
    """Live files with rows of these keys that still say something, and how many rows."""
    blanks = BLANKED.get(table.name, {})
    tests = [f'len("{name}") > 0' if isinstance(blank, list) else f'"{name}" IS NOT NULL'
             for name, blank in blanks.items() if name != "defects"]  # fmt: skip
    if "defects" in blanks:
        tests.append(f"NOT list_contains([one.code FOR one IN defects], '{ERASED}')")
    says_something = f" AND ({' OR '.join(tests)})" if tests else ""
    rows = rows_of(
        table,
        f"SELECT filename, COUNT(*) FROM read_parquet($paths, filename = true, hive_partitioning = false)"  # noqa: S608
        f' WHERE "{key}" IN (SELECT unnest($keys)){says_something} GROUP BY filename',
        {"keys": keys},
    )
    return {str(path): int(count) for path, count in rows}


def _blanked(layout: Layout, path: str, keys: list[str], key: str) -> Iterator[pa.RecordBatch]:
    """Rows of a file with those of these keys blanked, or left out where the table has nothing to blank."""
    wanted = pa.array(keys, pa.string())
    blanks = BLANKED.get(layout.name)
    with pq.ParquetFile(path) as parquet:
        for batch in parquet.iter_batches(layout.row_group, columns=layout.schema.names):
            batch = conform(batch, layout.schema)
            erased: Any = pc.is_in(batch.column(key), value_set=wanted)
            if not pc.any(erased).as_py():
                yield batch
            elif blanks is None:
                yield batch.filter(pc.invert(erased))
            else:
                for name, blank in blanks.items():
                    place = layout.schema.get_field_index(name)
                    field = layout.schema.field(place)
                    column = _replaced(batch.column(place), erased, blank)
                    batch = batch.set_column(place, field, column)
                yield batch


def _replaced(column: pa.Array[Any], erased: pa.Array[Any], blank: Any) -> pa.Array[Any]:
    """The column with ``blank`` where ``erased``."""
    places = pc.if_else(erased, len(column), pa.array(range(len(column)), pa.int64()))
    together: pa.Array[Any] = pa.concat_arrays([column, pa.array([blank], column.type)])
    replaced: pa.Array[Any] = together.take(places)
    return replaced

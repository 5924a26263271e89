"""The answers of the DNS beside the arrivals they were asked for: written before them, joined when they are observed.

Rows of ``dns_answers`` are committed before the arrival they belong to, as evidence is. Whoever dies in between
leaves answers of an arrival that never comes: nobody asks for those. An arrival without a row was not asked for. A home
in which nothing was ever asked has no such table, and pays nothing for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from meyasubako.tables.home import Home
from meyasubako.tables.schema import DNS_ANSWERS, DNS_ANSWERS_LAYOUT
from meyasubako.tables.table import DataFile, Table

KEPT = ("name", "type", "rcode", "records", "ttl")
ANSWER = pa.struct([DNS_ANSWERS.field(name).remove_metadata() for name in KEPT])
ANSWERS = pa.list_(ANSWER)
"""The type of the column ``answers``: what the verifiers take, an arrival's rows as one list."""


class AnswersJoin:
    """Puts the column ``answers`` beside arrivals, batch by batch."""

    def __init__(self, home: Home) -> None:
        """Look for the table; it is opened once there is one."""
        self._home = home
        self._table: Table | None = None

    def beside(self, arrivals: pa.RecordBatch) -> pa.RecordBatch:
        """The arrivals with ``answers``, null where nothing was asked; as they are where nothing ever was.

        Hold ``reading`` around it. Ids of version 7 grow with time (RFC 9562 section 5.7), so that only the files of
        about the same time are opened.
        """
        if not self._is_there() or not arrivals.num_rows:
            return arrivals
        found = self._rows(arrivals.column("arrival_id"))
        column = gathered(arrivals.column("arrival_id"), found) if found is not None else None
        if column is None:
            column = pa.nulls(arrivals.num_rows, ANSWERS)
        return arrivals.append_column("answers", column)

    def _is_there(self) -> bool:
        if self._table is not None:
            self._table.refresh()
        elif (Path(self._home.table(DNS_ANSWERS_LAYOUT.name)) / "_delta_log").is_dir():
            self._table = Table.open(self._home, DNS_ANSWERS_LAYOUT)
        return self._table is not None

    def _rows(self, ids: pa.Array[Any]) -> pa.Table | None:
        """Rows of files and row groups whose range of ids meets that of these."""
        assert self._table is not None
        bounds: Any = pc.min_max(ids).as_py()
        least, greatest = str(bounds["min"]), str(bounds["max"])
        paths = [file.path for file in self._table.files() if _meets(file, least, greatest)]
        if not paths:
            return None
        near = (pc.field("arrival_id") >= least) & (pc.field("arrival_id") <= greatest)
        return pq.read_table(paths, columns=["arrival_id", *KEPT], filters=near)


def _meets(file: DataFile, least: str, greatest: str) -> bool:
    return str(file.least.get("arrival_id", "")) <= greatest and least <= str(
        file.greatest.get("arrival_id", least)
    )


def gathered(ids: pa.Array[Any], rows: pa.Table) -> pa.Array[Any]:
    """Rows of ``dns_answers`` as one list for each id, in the order of the ids and, within, of the rows."""
    owners = pc.index_in(rows["arrival_id"].combine_chunks(), value_set=ids)
    known = owners.is_valid()
    places = owners.filter(known).to_numpy().astype(np.int64)
    order: Any = pa.array(np.argsort(places, kind="stable"))
    taken = rows.filter(known).select(KEPT).take(order)
    counts = np.bincount(places, minlength=len(ids))
    offsets = pa.array(np.concatenate(([0], np.cumsum(counts))), pa.int32())
    columns = [
        taken[field.name].combine_chunks().cast(field.type) if taken.num_rows else pa.array([], field.type)
        for field in ANSWER
    ]
    values = pa.StructArray.from_arrays(columns, fields=list(ANSWER))
    return pa.ListArray.from_arrays(offsets, values, type=ANSWERS, mask=pa.array(counts == 0))

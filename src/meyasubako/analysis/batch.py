"""analyse_batch(RecordBatch) -> RecordBatch: arrivals with their bytes in, observations out, in the same order.

What goes wrong in one mail, and what takes too long, becomes a row that says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import pyarrow as pa

from meyasubako.analysis.context import Context
from meyasubako.analysis.observe import EPOCH, ERASED, NO_EVIDENCE
from meyasubako.analysis.schema import OBSERVATIONS, Observation
from meyasubako.analysis.stages import Case, observe_each, row_of
from meyasubako.analysis.types import Envelope
from meyasubako.mail.types import Defect

SURROGATE = re.compile("[\ud800-\udfff]")


def envelopes(batch: pa.RecordBatch) -> list[Envelope]:
    """The arrivals of a batch, by name; columns it does not have are None."""
    names = set(batch.schema.names)
    columns: list[Sequence[Any]] = []
    for name in Envelope._fields:
        if name == "received_at":
            ticks: list[Any] = batch.column(name).cast(pa.int64()).to_pylist()
            columns.append([EPOCH + timedelta(microseconds=tick) for tick in ticks])
        elif name in names:
            columns.append(batch.column(name).to_pylist())
        else:
            columns.append([None] * batch.num_rows)
    return list(map(Envelope._make, zip(*columns, strict=True)))


def analyse_batch(batch: pa.RecordBatch, context: Context) -> pa.RecordBatch:
    """Observe every arrival of a batch: columns of ``arrivals``, ``raw`` (null where there are no bytes), where the DNS
    was asked at receipt ``answers`` (a list of rows of ``dns_answers``, null where it was not), and where some were
    erased ``erased``."""
    raws = batch.column("raw").to_pylist()
    kept = batch.column("answers").to_pylist() if "answers" in batch.schema.names else [None] * len(raws)
    erased = batch.column("erased").to_pylist() if "erased" in batch.schema.names else [False] * len(raws)
    cases = (
        Case(envelope, raw, answers)
        if raw is not None
        else Case(envelope, b"", defect=Defect(ERASED if gone else NO_EVIDENCE, "evidence"))
        for raw, envelope, answers, gone in zip(raws, envelopes(batch), kept, erased, strict=True)
    )
    return to_batch([row_of(case, context) for case in observe_each(cases, context)])


def structs(rows: Iterable[Sequence[tuple[Any, ...]]], kind: pa.ListType[Any]) -> pa.Array[Any]:
    """Lists of tuples as one Arrow list-of-struct array, built flat: a fifth of the cost of dictionaries."""
    offsets = [0]
    flat: list[tuple[Any, ...]] = []
    for row in rows:
        if row:
            flat += row
        offsets.append(len(flat))
    fields = list(kind.value_type)
    columns: Iterable[Sequence[Any]] = zip(*flat, strict=True) if flat else ([] for _ in fields)
    arrays = [column_array(column, field.type) for column, field in zip(columns, fields, strict=True)]
    values = pa.StructArray.from_arrays(arrays, fields=fields)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values, type=kind)


def column_array(values: Sequence[Any], kind: Any) -> pa.Array[Any]:
    """An Arrow array; one value in all rows, as most columns of an archive have, is not converted for each.

    Lone surrogates, which no UTF-8 can hold, become U+FFFD in the few columns that have them.
    """
    found: pa.Array[Any]
    try:
        if values and values[0] == values[-1] and values.count(values[0]) == len(values):
            one: Any = pa.scalar(values[0], kind)
            found = pa.repeat(one, len(values))
        else:
            found = pa.array(values, kind)
    except UnicodeEncodeError:
        safe = [value and SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value) for value in values]
        found = pa.array(safe, kind)
    return found


def to_batch(rows: Sequence[Observation]) -> pa.RecordBatch:
    """Observations as the record batch that ``observations`` takes."""
    columns: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else ([] for _ in OBSERVATIONS)
    arrays: list[pa.Array[Any]] = []
    for field, column in zip(OBSERVATIONS, columns, strict=True):
        if pa.types.is_list(field.type):
            arrays.append(structs(column, field.type))
        elif pa.types.is_timestamp(field.type):
            arrays.append(column_array(column, pa.int64()).view(field.type))
        else:
            arrays.append(column_array(column, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=OBSERVATIONS)

"""analyse_batch(RecordBatch) -> RecordBatch: arrivals with their bytes in, observations out, in the same order.

This is the edge where one mail must not stop the others: whatever goes wrong in one, and however long it takes, becomes
a row that says so.
"""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import Any

import pyarrow as pa

from meyasubako.analysis.context import SECONDS_A_MAIL, Context
from meyasubako.analysis.observe import EPOCH, ERASED, NO_EVIDENCE, observe, observe_nothing
from meyasubako.analysis.schema import OBSERVATIONS, Observation
from meyasubako.analysis.types import Envelope
from meyasubako.mail.parse import parse
from meyasubako.mail.types import Defect
from meyasubako.sender import Answers

TOO_SLOW = "analysis-too-slow"
FAILED = "analysis-failed"
SURROGATE = re.compile("[\ud800-\udfff]")


TICK = 1.0
"""Seconds after which it is looked again whether a mail has had its time: no call a mail, and none is cut short."""


class TooSlowError(Exception):
    """One mail took longer than ``SECONDS_A_MAIL``."""


@contextmanager
def time_cap() -> Iterator[Callable[[float], object]]:
    """Yield a function that (re)starts the clock of one mail; 0 stops it.

    The clock is the process's own alarm, so it works in the main thread, which is where worker processes run.
    Elsewhere it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda _seconds: None
        return
    end = 0.0

    def restart(seconds: float) -> None:
        nonlocal end
        end = time.monotonic() + seconds if seconds else 0.0

    def ring(_signal: int, _frame: FrameType | None) -> None:
        if end and time.monotonic() >= end:
            raise TooSlowError

    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, TICK, TICK)
        yield restart
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


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
    with time_cap() as restart:
        rows = [
            analyse_one(raw, envelope, context, restart, answers, missing=ERASED if gone else NO_EVIDENCE)
            for raw, envelope, answers, gone in zip(raws, envelopes(batch), kept, erased, strict=True)
        ]
    return to_batch(rows)


def analyse_one(
    raw: bytes | None,
    envelope: Envelope,
    context: Context,
    restart: Callable[[float], object],
    answers: list[dict[str, Any]] | None = None,
    *,
    missing: str = NO_EVIDENCE,
) -> Observation:
    """One row, whatever happens; ``missing`` says why there are no bytes."""
    if raw is None:
        return observe_nothing(envelope, context, 0, Defect(missing, "evidence"))

    def look() -> Observation:
        kept = Answers.from_rows(answers) if answers is not None else None
        return observe(parse(raw), envelope, context, kept)

    seen = looked_at(look, restart)
    return observe_nothing(envelope, context, len(raw), seen) if isinstance(seen, Defect) else seen


def looked_at(look: Callable[[], Observation], restart: Callable[[float], object]) -> Observation | Defect:
    """What looking at one mail gives; why there is nothing, where it takes too long or fails."""
    try:
        restart(SECONDS_A_MAIL)
        seen = look()
        restart(0)
    except TooSlowError:
        return Defect(TOO_SLOW, "analysis")
    except Exception as error:  # noqa: BLE001 - a mistake of ours about one mail must not lose the others
        restart(0)
        return Defect(FAILED, "analysis", type(error).__name__)
    return seen


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

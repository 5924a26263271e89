"""What a worker does with a portion of an archive: each mail is read once, which dates its arrival and observes it.

What goes in and comes out travels between processes. What is new, and what is committed when, is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import pyarrow as pa

from meyasubako.analysis.batch import to_batch
from meyasubako.analysis.context import Context
from meyasubako.analysis.observe import EPOCH
from meyasubako.analysis.stages import Case, observe_each, row_of
from meyasubako.analysis.types import Envelope
from meyasubako.engines.local import to_stream
from meyasubako.mail.parse import read_header_block
from meyasubako.origin import boundary_time
from meyasubako.receivers.arrival import Reception, reception_of
from meyasubako.receivers.batch import Intake, Portion, Seen
from meyasubako.tables.schema import ARRIVALS


def see(portion: Portion, context: Context) -> Seen:
    """Date the mails of a portion, and observe them when that is asked."""
    if not portion.observed:
        receptions = [_dated(raw, portion, context) for raw in portion.raws]
        return Seen(to_stream(_arrivals(portion, receptions)), None)
    unread = reception_of(None, None, given=portion.given, now=portion.now)
    cases = (_Archived(raw, named, unread) for raw, named in zip(portion.raws, _named(portion), strict=True))
    receptions, rows = [], []
    for case in observe_each(cases, context, dating=partial(_date, portion)):
        if case.envelope is _UNCONNECTED:
            case.envelope = _envelope(case.named, case.reception, portion.intake)
        receptions.append(case.reception)
        rows.append(row_of(case, context))
    return Seen(to_stream(_arrivals(portion, receptions)), to_stream(to_batch(rows)))


def _dated(raw: bytes, portion: Portion, context: Context) -> Reception:
    """When a mail came in, from its header alone."""
    header = read_header_block(raw)
    boundary = boundary_time(header.received, context.trust)
    return reception_of(boundary, header.date, given=portion.given, now=portion.now)


_UNCONNECTED = Envelope("", "", EPOCH, "ingest", "", "archive")
"""All that an archive says of the connection a mail came over: nothing."""


class _Named(NamedTuple):
    """What tells an arrival from the others of its portion before its mail is read."""

    arrival_id: str
    sha256: str
    path: str
    report_id: str | None


class _Archived(Case):
    """A mail of an archive: its arrival has a time only when it has been read."""

    __slots__ = ("named", "reception")

    def __init__(self, raw: bytes, named: _Named, unread: Reception) -> None:
        super().__init__(_UNCONNECTED, raw)
        self.named = named
        self.reception = unread


def _date(portion: Portion, case: _Archived, _context: Context) -> None:
    """Say when a mail that has been read came in."""
    case.reception = reception_of(
        case.origin.received_at, case.mail.date, given=portion.given, now=portion.now
    )
    case.envelope = _envelope(case.named, case.reception, portion.intake)


def _envelope(named: _Named, reception: Reception, intake: Intake) -> Envelope:
    """An arrival that came out of an archive: there was no connection, and what said so is gone."""
    return Envelope(
        named.arrival_id,
        named.sha256,
        reception.received_at,
        reception.source,
        reception.month,
        intake.channel,
        intake.monitor,
        intake.monitor_class,
        intake.carrier,
        report_id=named.report_id,
        origin_path=named.path,
    )


def _named(portion: Portion) -> Iterator[_Named]:
    return map(_Named, portion.ids, portion.digests, portion.paths, _report_ids(portion))


def _report_ids(portion: Portion) -> Sequence[str | None]:
    """Each mail of channel ``report`` is a report of its own, unless one report held them all."""
    if portion.intake.channel != "report":
        return [None] * len(portion.ids)
    named = portion.intake.report_id
    return portion.ids if named is None else [named] * len(portion.ids)


def _arrivals(portion: Portion, receptions: Sequence[Reception]) -> pa.RecordBatch:
    """Rows of ``arrivals``, in the order of the portion."""
    columns: dict[str, Sequence[Any]] = {
        "arrival_id": portion.ids,
        "sha256": portion.digests,
        "received_at": [reception.received_at for reception in receptions],
        "received_at_source": [reception.source for reception in receptions],
        "month": [reception.month for reception in receptions],
        "report_id": _report_ids(portion),
        "origin_path": portion.paths,
    }
    shared = portion.intake._asdict() | {"report_id": None}
    arrays: list[pa.Array[Any]] = []
    for column in ARRIVALS:
        values = columns.get(column.name)
        if values is not None:
            arrays.append(pa.array(values, column.type))
        else:
            arrays.append(pa.repeat(pa.scalar(shared.get(column.name), column.type), len(portion.ids)))
    return pa.RecordBatch.from_arrays(arrays, schema=ARRIVALS)

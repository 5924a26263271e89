"""What a worker does with a portion of an archive: each mail is read once, which dates its arrival and observes it.

What goes in and comes out travels between processes. What is new, and what is committed when, is not decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from meyasubako.analysis.batch import looked_at, time_cap, to_batch
from meyasubako.analysis.context import Context
from meyasubako.analysis.observe import find_mail_origin, observe, observe_nothing
from meyasubako.analysis.schema import Observation
from meyasubako.analysis.types import Envelope
from meyasubako.engines.local import to_stream
from meyasubako.mail.parse import parse, read_header_block
from meyasubako.mail.types import Defect
from meyasubako.origin import boundary_time
from meyasubako.receivers.arrival import Reception, reception_of
from meyasubako.receivers.batch import Portion, Seen
from meyasubako.tables.schema import ARRIVALS


def see(portion: Portion, context: Context) -> Seen:
    """Date the mails of a portion, and observe them when that is asked."""
    if not portion.observed:
        receptions = [_dated(raw, portion, context) for raw in portion.raws]
        return Seen(to_stream(_arrivals(portion, receptions)), None)
    with time_cap() as restart:
        seen = [
            _observed(raw, envelope, portion, context, restart)
            for raw, envelope in zip(portion.raws, _envelopes(portion), strict=True)
        ]
    arrivals = _arrivals(portion, [reception for reception, _ in seen])
    return Seen(to_stream(arrivals), to_stream(to_batch([row for _, row in seen])))


def _dated(raw: bytes, portion: Portion, context: Context) -> Reception:
    """When a mail came in, from its header alone."""
    header = read_header_block(raw)
    boundary = boundary_time(header.received, context.trust)
    return reception_of(boundary, header.date, given=portion.given, now=portion.now)


def _observed(
    raw: bytes, unread: Envelope, portion: Portion, context: Context, restart: Callable[[float], object]
) -> tuple[Reception, Observation]:
    """When a mail came in, and its observation; a mail that cannot be read in time names no time of its own."""
    reception = reception_of(None, None, given=portion.given, now=portion.now)

    def look() -> Observation:
        nonlocal reception
        mail = parse(raw)
        origin = find_mail_origin(mail, unread, context)
        reception = reception_of(origin.received_at, mail.date, given=portion.given, now=portion.now)
        return observe(mail, _received(unread, reception), context, origin=origin)

    row = looked_at(look, restart)
    if isinstance(row, Defect):
        row = observe_nothing(_received(unread, reception), context, len(raw), row)
    return reception, row


def _received(envelope: Envelope, reception: Reception) -> Envelope:
    return envelope._replace(
        received_at=reception.received_at, received_at_source=reception.source, month=reception.month
    )


def _envelopes(portion: Portion) -> list[Envelope]:
    """What is known of each arrival before its mail is read; the time is that of the ingest."""
    intake = portion.intake
    return [
        Envelope(
            arrival_id=arrival_id,
            sha256=digest,
            received_at=portion.now,
            received_at_source="ingest",
            month="",
            channel=intake.channel,
            monitor=intake.monitor,
            monitor_class=intake.monitor_class,
            carrier=intake.carrier,
            report_id=report_id,
            origin_path=path,
        )
        for arrival_id, digest, path, report_id in zip(
            portion.ids, portion.digests, portion.paths, _report_ids(portion), strict=True
        )
    ]


def _report_ids(portion: Portion) -> Sequence[str | None]:
    """Each mail of channel ``report`` is a report of its own, unless one report held them all."""
    if portion.intake.channel != "report":
        return [None] * len(portion.ids)
    named = portion.intake.report_id
    return portion.ids if named is None else [named] * len(portion.ids)


def _arrivals(portion: Portion, receptions: Sequence[Reception]) -> pa.RecordBatch:
    """Rows of ``arrivals``, in the order of the portion."""
    count = len(portion.ids)
    intake = portion.intake
    columns: dict[str, Sequence[Any]] = {
        "arrival_id": portion.ids,
        "sha256": portion.digests,
        "received_at": [reception.received_at for reception in receptions],
        "received_at_source": [reception.source for reception in receptions],
        "month": [reception.month for reception in receptions],
        "channel": [intake.channel] * count,
        "monitor": [intake.monitor] * count,
        "monitor_class": [intake.monitor_class] * count,
        "carrier": [intake.carrier] * count,
        "report_id": _report_ids(portion),
        "origin_path": portion.paths,
    }
    nothing = [None] * count
    arrays = [pa.array(columns.get(column.name, nothing), column.type) for column in ARRIVALS]
    return pa.RecordBatch.from_arrays(arrays, schema=ARRIVALS)

"""Rows of ``arrivals`` and ``evidence`` on their way to a commit, gathered until a batch is full."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, NamedTuple

import pyarrow as pa

from meyasubako.receivers.archives import Mail
from meyasubako.receivers.arrival import ArrivalIds, Reception
from meyasubako.tables.schema import ARRIVALS, EVIDENCE

BATCH_ROWS = 10_000
BATCH_BYTES = 32 * 1024 * 1024


class Intake(NamedTuple):
    """What all mails of one ingest have in common; None where it does not apply."""

    channel: str
    monitor: str | None
    monitor_class: str | None
    carrier: str | None
    report_id: str | None = None


class Gathering:
    """Mails taken so far into one batch."""

    def __init__(self, intake: Intake, ids: ArrivalIds) -> None:
        """An empty batch; ``ids`` gives the arrivals theirs."""
        self._intake = intake
        self._ids = ids
        self.raws: list[bytes] = []
        self._paths: list[str] = []
        self._receptions: list[Reception] = []
        self.bytes = 0

    def __len__(self) -> int:
        return len(self.raws)

    @property
    def is_full(self) -> bool:
        """Whether it is time to commit."""
        return len(self.raws) >= BATCH_ROWS or self.bytes >= BATCH_BYTES

    def add(self, mail: Mail, reception: Reception) -> None:
        """Take a mail in."""
        self.raws.append(mail.raw)
        self._paths.append(mail.path)
        self._receptions.append(reception)
        self.bytes += len(mail.raw)

    def rows(self) -> tuple[pa.RecordBatch, pa.RecordBatch]:
        """(arrivals, evidence) in the schemas of their tables, one row a mail in each."""
        count = len(self.raws)
        digests = pa.array([hashlib.sha256(raw).hexdigest() for raw in self.raws])
        moments: list[datetime] = [reception.received_at for reception in self._receptions]
        received_at = pa.array(moments, ARRIVALS.field("received_at").type)
        ids = pa.array([self._ids.next() for _ in range(count)])
        intake = self._intake
        report_ids: Any = pa.nulls(count, pa.string())
        if intake.channel == "report":
            report_ids = ids if intake.report_id is None else pa.repeat(intake.report_id, count)
        columns: dict[str, Any] = {
            "arrival_id": ids,
            "sha256": digests,
            "received_at": received_at,
            "received_at_source": pa.array([reception.source for reception in self._receptions]),
            "month": pa.array([reception.month for reception in self._receptions]),
            "channel": pa.repeat(intake.channel, count),
            "monitor": pa.repeat(pa.scalar(intake.monitor, pa.string()), count),
            "monitor_class": pa.repeat(pa.scalar(intake.monitor_class, pa.string()), count),
            "carrier": pa.repeat(pa.scalar(intake.carrier, pa.string()), count),
            "report_id": report_ids,
            "origin_path": pa.array(self._paths),
        }
        arrivals = [
            columns[field.name] if field.name in columns else pa.nulls(count, field.type)
            for field in ARRIVALS
        ]
        sizes = pa.array([len(raw) for raw in self.raws], pa.int64())
        raws = pa.array(self.raws, pa.binary())
        evidence = {"sha256": digests, "raw": raws, "size": sizes, "first_seen": received_at}
        return (
            pa.RecordBatch.from_arrays(arrivals, schema=ARRIVALS),
            pa.RecordBatch.from_arrays([evidence[field.name] for field in EVIDENCE], schema=EVIDENCE),
        )

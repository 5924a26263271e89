"""From the outbox into ``evidence`` and ``arrivals``, each mail once.

A batch is chosen in one transaction and never changes again; (its writer, its number) is the application transaction.
Killed anywhere, the next run finds the open batch and writes the same rows: bytes that are there are not written
again, and the commit of the arrivals happens once. Then the bytes go from the relational database.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import transaction
from django.db.models import Max

from meyasubako.analysis.context import ContextSpec
from meyasubako.centre.accounts.owners import organisation_of
from meyasubako.centre.accounts.types import SYSTEM
from meyasubako.centre.audit.services import event_record
from meyasubako.centre.reports.domain.states import State
from meyasubako.centre.reports.models import DeliveryBatch, Report, ReportMail
from meyasubako.errors import UnavailableError
from meyasubako.origin.trust import load_trust
from meyasubako.receivers.arrival import month_in_japan
from meyasubako.receivers.capturing import SenderCapture
from meyasubako.tables.home import Home
from meyasubako.tables.leases import exclusive
from meyasubako.tables.schema import ARRIVALS, EVIDENCE
from meyasubako.tables.table import AppTransaction
from meyasubako.tables.unique import ArchiveWriter

LEASE = "report-delivery"
BATCH_MAILS = 2_000
BATCH_BYTES = 32 * 1024 * 1024

_WRITER = uuid.uuid4()
"""This process, as a writer of batches."""

Capture = Callable[[pa.RecordBatch, Sequence[bytes]], pa.RecordBatch]


def step_delivery(now: datetime) -> int:
    """Bring every mail that waits into the tables; how many went."""
    home = Home.at(settings.HOME)
    try:
        with exclusive(home, LEASE):
            batch = _open_batch(now)
            if batch is None:
                return 0
            delivered = 0
            with closing(ArchiveWriter(home)) as writer, _capture(home) as capture:
                while batch is not None:
                    delivered += batch_deliver(batch, writer, capture, now)
                    batch = _open_batch(now)
            return delivered
    except UnavailableError:
        return 0


@contextmanager
def _capture(home: Home) -> Iterator[Capture | None]:
    """Asking the DNS about the senders of reported mails, where the operator wants it."""
    if not settings.ASK_DNS:
        yield None
        return
    with SenderCapture.of_system(load_trust(ContextSpec.of_home(home.path).trust)) as capture:
        yield capture


def _open_batch(now: datetime) -> DeliveryBatch | None:
    """The batch that was begun and not finished, else a new one of what waits; None where nothing does."""
    with transaction.atomic():
        begun = DeliveryBatch.objects.filter(done_at__isnull=True).first()
        if begun is not None:
            return begun
        waiting = ReportMail.objects.filter(
            batch__isnull=True, raw__isnull=False, report__state=State.TAKEN.value
        ).exclude(place="opt-out")
        chosen: list[int] = []
        size = 0
        for pk, mail_size in waiting.order_by("pk").values_list("pk", "size")[:BATCH_MAILS]:
            if chosen and size + mail_size > BATCH_BYTES:
                break
            chosen.append(pk)
            size += mail_size
        if not chosen:
            return None
        last = DeliveryBatch.objects.filter(writer=_WRITER).aggregate(last=Max("number"))["last"]
        batch = DeliveryBatch.objects.create(
            organisation=organisation_of("centre", now), writer=_WRITER, number=(last or 0) + 1, made_at=now
        )
        # What was taken back since it was looked at has lost its bytes, and stays out.
        ReportMail.objects.filter(pk__in=chosen, batch__isnull=True, raw__isnull=False).update(batch=batch)
        return batch


def batch_deliver(batch: DeliveryBatch, writer: ArchiveWriter, capture: Capture | None, now: datetime) -> int:
    """Write one batch and mark it done; its number of mails. Raises StorageError where the tables refuse."""
    commit = AppTransaction(str(batch.writer), batch.number)
    mails = list(batch.mails.select_related("report").order_by("pk"))
    writer.arrivals.refresh()
    if mails and (writer.arrivals.transaction_version(commit.app) or 0) < commit.version:
        arrivals = pa.RecordBatch.from_pylist([_arrival(mail) for mail in mails], schema=ARRIVALS)
        writer.evidence_append(
            pa.RecordBatch.from_pylist([_evidence(mail) for mail in mails], schema=EVIDENCE)
        )
        if capture is not None:
            writer.answers_append(capture(arrivals, [mail.raw or b"" for mail in mails]))
        writer.arrivals.append(arrivals, transaction=commit)
    else:
        writer.arrivals.settle()
    with transaction.atomic():
        DeliveryBatch.objects.filter(pk=batch.pk).update(done_at=now)
        batch.mails.update(raw=None, delivered_at=now)
        Report.objects.filter(held_mails__batch=batch).update(delivered=True)
        event_record(
            action="report.delivered",
            subject=f"batch:{batch.pk}",
            by_account=SYSTEM.by_account,
            organisation=SYSTEM.by_organisation,
            now=now,
            detail={"mails": len(mails)},
        )
    return len(mails)


def _arrival(mail: ReportMail) -> dict[str, Any]:
    """The row of ``arrivals``: nothing of the reporter, nor of how the report came."""
    received_at = mail.report.received_at
    return {
        "arrival_id": mail.arrival_id,
        "sha256": mail.sha256,
        "received_at": received_at,
        "received_at_source": "clock",
        "month": month_in_japan(received_at),
        "channel": "report",
        "report_id": mail.report.number,
    }


def _evidence(mail: ReportMail) -> dict[str, Any]:
    return {
        "sha256": mail.sha256,
        "raw": mail.raw,
        "size": mail.size,
        "first_seen": mail.report.received_at,
    }

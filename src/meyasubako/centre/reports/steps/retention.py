"""What is personal goes when its retention is over, whatever became of the report; the report itself stays counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction

from meyasubako.centre.accounts.types import SYSTEM
from meyasubako.centre.audit.services import event_record
from meyasubako.centre.reports.domain.states import Action, Actor, State
from meyasubako.centre.reports.models import (
    OuterMail,
    OutgoingMail,
    PetitionerIdentity,
    PetitionStatement,
    Report,
    ReporterIdentity,
    ReportMail,
    Statement,
)
from meyasubako.centre.reports.services.moving import locked, move
from meyasubako.centre.reports.services.rates import rate_forget

KEPT: dict[str, models.Manager[Any]] = {
    "identity": ReporterIdentity.objects,
    "outer_mail": OuterMail.objects,
    "statement": Statement.objects,
    "petitioner": PetitionerIdentity.objects,
}


def step_retention(now: datetime) -> int:
    """Remove what is over its retention; how many rows went."""
    gone = 0
    with transaction.atomic():
        over = ReportMail.objects.filter(
            report__received_at__lte=now - timedelta(days=settings.REPORTER_DAYS)
        )
        # The reporter's own opt-out, and whom a report says that its mail was sent to, are what the reporter said.
        over.filter(place="opt-out", raw__isnull=False).update(raw=None, erased_at=now)
        over.filter(notes__isnull=False).update(notes=None)
        ended = ReporterIdentity.objects.filter(delete_after__lte=now).values("report_id")
        OutgoingMail.objects.filter(report_id__in=ended).update(recipient_fingerprint="")
        expired = {name: rows.filter(delete_after__lte=now) for name, rows in KEPT.items()}
        # The facts quote a mail to the petitioner: they go with the petitioner.
        petitioned = now - timedelta(days=settings.PETITIONER_DAYS)
        expired["petition"] = PetitionStatement.objects.filter(petition__received_at__lte=petitioned)
        for name, rows in expired.items():
            count, _ = rows.delete()
            if count:
                gone += count
                event_record(
                    action="retention.ended",
                    subject=f"retention:{name}",
                    by_account=SYSTEM.by_account,
                    organisation=SYSTEM.by_organisation,
                    now=now,
                    detail={"rows": count},
                )
    _lapse(now)
    rate_forget(now=now)
    return gone


def _lapse(now: datetime) -> None:
    """A report by mail that was held until its mail was gone cannot be filed any more."""
    lapsed = Report.objects.filter(state=State.HELD.value, channel="mail", outer_mail__isnull=True, mails=0)
    for report_id in list(lapsed.values_list("pk", flat=True)):
        with transaction.atomic():
            report = locked(report_id)
            if report.state == State.HELD:
                move(report, Action.LAPSE, Actor.STEP, by=SYSTEM, now=now, reason="retention-ended")

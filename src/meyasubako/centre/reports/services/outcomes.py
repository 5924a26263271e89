"""What became of reports, pushed down by casework and by the step that follows campaigns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from meyasubako.centre.accounts.permissions import check_can_file_reports
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.audit.services import event_record
from meyasubako.centre.reports.domain.kinds import Outcome
from meyasubako.centre.reports.models import Report, ReportOutcome


def report_outcome_record(
    *, report_ids: Iterable[int], outcome: Outcome, reference: str, by: Viewer, now: datetime
) -> int:
    """Note an outcome on reports; ``reference`` is the campaign, case or action. How many it is new to.

    A report that was withdrawn takes no outcome: it is not to be used.
    """
    check_can_file_reports(by)
    noted = 0
    with transaction.atomic():
        reports = Report.objects.filter(pk__in=list(report_ids)).exclude(state="withdrawn").order_by("pk")
        for report in reports.select_for_update():
            _, new = ReportOutcome.objects.get_or_create(
                report=report,
                outcome=outcome.value,
                reference=reference,
                defaults={"organisation_id": report.organisation_id, "at": now},
            )
            if new:
                noted += 1
                event_record(
                    action="report.outcome",
                    subject=report.subject,
                    by_account=by.by_account,
                    organisation=by.by_organisation,
                    now=now,
                    detail={"outcome": outcome.value, "reference": reference},
                )
    return noted

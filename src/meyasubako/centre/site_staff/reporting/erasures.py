"""Reports whose reporters want their mails erased from evidence: a supervisor erases them, or says why they are kept."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from meyasubako.centre.accounts.permissions import check_can_erase
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.reports.selectors import erasure_requests
from meyasubako.centre.reports.services.withdrawing import erasure_decide
from meyasubako.centre.reports.types import ReportDetail
from meyasubako.centre.site_staff.reporting.acting import Done
from meyasubako.centre.site_staff.reporting.detail import REFUSALS, found
from meyasubako.centre.site_staff.reporting.lists import row_shown, tell
from meyasubako.centre.site_staff.requests import StaffRequest

ERASE = "erase"
WAIT_SECONDS = 5.0
"""How long a page waits for readers of the old files; those that are left the next upkeep removes."""


@require_safe
def erasure_list(request: StaffRequest) -> HttpResponse:
    """The requests, oldest first."""
    check_can_erase(request.viewer)
    rows = [row_shown(row) for row in erasure_requests(request.viewer)]
    return render(request, "site_staff/reporting/erasures.html", {"rows": rows})


@require_POST
def decide(request: StaffRequest, report_id: int) -> HttpResponse:
    """Erase the mails of a report from evidence, or write down why they are kept."""
    check_can_erase(request.viewer)
    detail = found(request, report_id)
    reason = request.POST.get("reason", "")
    if detail.erasure != "requested" or reason not in (ERASE, *REFUSALS):
        raise Http404
    if reason == ERASE:
        evidence_erase(detail, by=request.viewer, now=request.now)
    erasure_decide(
        report_id=report_id,
        erased=reason == ERASE,
        by=request.viewer,
        now=request.now,
        reason="" if reason == ERASE else reason,
    )
    tell(request, Done(1, []))
    return HttpResponseRedirect(reverse("report", args=[report_id]))


def evidence_erase(detail: ReportDetail, *, by: Viewer, now: datetime) -> None:
    """Take the bytes of every mail of a report that is in the tables out of them; safe to do again."""
    from meyasubako.engines.erasure import erase
    from meyasubako.tables.home import Home

    home = Home.at(settings.HOME)
    for mail in detail.mails:
        if mail.delivered_at is not None and mail.erased_at is None:
            erase(
                home,
                sha256=mail.sha256,
                reason=f"asked for by the reporter of {detail.row.number}",
                by=f"account:{by.account_id}",
                now=now,
                arrival_id=mail.arrival_id,
                wait=WAIT_SECONDS,
            )

"""Reports whose reporters want their mails erased from evidence: a supervisor decides on each."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meyasubako.centre.accounts.permissions import check_can_erase
from meyasubako.centre.reports.selectors import erasure_requests
from meyasubako.centre.site_staff.reporting.lists import row_shown
from meyasubako.centre.site_staff.requests import StaffRequest


@require_safe
def erasure_list(request: StaffRequest) -> HttpResponse:
    """The requests, oldest first."""
    check_can_erase(request.viewer)
    rows = [row_shown(row) for row in erasure_requests(request.viewer)]
    return render(request, "site_staff/reporting/erasures.html", {"rows": rows})

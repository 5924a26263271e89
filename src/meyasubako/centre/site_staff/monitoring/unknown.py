"""Who sent to names that do not exist: months as bars, sources as a table, both as files."""

from __future__ import annotations

import re
from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from meyasubako.centre.monitors.types import SourceSeen, UnknownMonth
from meyasubako.centre.monitors.unknown import months_with_attempts, unknown_recipients, unknown_sheet
from meyasubako.centre.site_staff.requests import StaffRequest

MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])\Z")
SHOWN, IN_FILE = 100, 100_000
BARS, LEAST_BARS, BAR_WIDTH, HEIGHT = 24, 12, 48, 160
KINDS = {
    "sequence": _("Numbers in a row"),
    "numbered": _("One stem, many numbers"),
    "counted": _("Letters counted through"),
    "dictionary": _("Names and words"),
    "random": _("Letters at random"),
}


@require_safe
def sources(request: StaffRequest) -> HttpResponse:
    """The sources of a month."""
    told = _told(request, SHOWN)
    months = months_with_attempts(request.viewer)
    shown = {
        "told": told,
        "rows": [_row(one) for one in told.sources],
        "months": [month for month, _count in reversed(months)],
        "bars": _bars(months[-BARS:], told.month),
        "chart_width": max(LEAST_BARS, min(BARS, len(months))) * BAR_WIDTH,
        "chart_height": HEIGHT + 20,
    }
    return render(request, "site_staff/monitoring/unknown.html", shown)


@require_safe
def sources_csv(request: StaffRequest) -> HttpResponse:
    """The same as CSV, without names."""
    told = _told(request, IN_FILE)
    answer = HttpResponse(unknown_sheet(told), content_type="text/csv; charset=utf-8")
    return _named(answer, told, "csv")


@require_safe
def sources_json(request: StaffRequest) -> HttpResponse:
    """The same as JSON; of names, those at decoy domains alone."""
    told = _told(request, IN_FILE)
    answer = JsonResponse(told.as_json(), json_dumps_params={"ensure_ascii": False})
    return _named(answer, told, "json")


def _told(request: StaffRequest, limit: int) -> UnknownMonth:
    """The month asked for, else the newest with attempts, else nothing. 404 for what is no month."""
    asked = request.GET.get("month", "")
    if asked and not MONTH.match(asked):
        raise Http404
    months = months_with_attempts(request.viewer)
    month = asked or (months[-1][0] if months else None)
    if month is None:
        return UnknownMonth(None, (), 0, 0, 0, 0)
    return unknown_recipients(request.viewer, month=month, limit=limit)


def _row(one: SourceSeen) -> dict[str, Any]:
    japanese = (get_language() or "ja").startswith("ja")
    return {
        "source": one,
        "kinds": [(KINDS[kind], count) for kind, count in one.kinds.items()],
        "examples": [
            {
                "name": name.shown,
                "reasons": [(ja if japanese else en) or KINDS[code] for code, en, ja in name.reasons],
            }
            for name in one.examples
        ],
    }


def _bars(months: tuple[tuple[str, int], ...], chosen: str | None) -> list[dict[str, Any]]:
    """Where each month's bar stands, in the units of the picture."""
    most = max((count for _month, count in months), default=1)
    return [
        {
            "month": month,
            "count": count,
            "chosen": month == chosen,
            "x": place * BAR_WIDTH + 4,
            "y": HEIGHT - max(1, round(count * HEIGHT / most)),
            "height": max(1, round(count * HEIGHT / most)),
            "width": BAR_WIDTH - 8,
        }
        for place, (month, count) in enumerate(months)
    ]


def _named(answer: HttpResponse, told: UnknownMonth, ending: str) -> HttpResponse:
    name = f"unknown-recipients-{told.month or 'none'}.{ending}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer

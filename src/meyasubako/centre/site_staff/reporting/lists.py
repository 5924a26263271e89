"""The list of reports, by state and kind, and acting on many of them at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from meyasubako.centre.accounts.permissions import (
    can_answer_reporters,
    can_file_reports,
    check_can_file_reports,
    check_can_read_reports,
)
from meyasubako.centre.reports.domain.kinds import Kind
from meyasubako.centre.reports.selectors import held_counts, report_page, state_counts
from meyasubako.centre.reports.types import ReportRow
from meyasubako.centre.site_staff.reporting import wording
from meyasubako.centre.site_staff.reporting.acting import ACTS, Done, Order, carry_out
from meyasubako.centre.site_staff.reporting.forms import AnswerForm, FilterForm, KindForm
from meyasubako.centre.site_staff.requests import StaffRequest

ON_A_PAGE = 50
FILTERS = ("state", "kind", "channel")


def row_shown(row: ReportRow) -> dict[str, Any]:
    """A report of a list in words."""
    return {
        "row": row,
        "state": wording.words(wording.STATES, row.state),
        "kind": wording.words(wording.KINDS, row.kind),
        "channel": wording.words(wording.CHANNELS, row.channel),
        "reason": wording.held_reason(row.held_reason) if row.held_reason else "",
    }


@require_safe
def report_list(request: StaffRequest) -> HttpResponse:
    """Reports by what is chosen: held ones oldest first, the others newest first."""
    check_can_read_reports(request.viewer)
    form = FilterForm(request.GET)
    said = form.cleaned_data if form.is_valid() else {}
    chosen = {name: said.get(name) or None for name in FILTERS}
    reason = request.GET.get("reason") or None
    number = page_number(request)
    page = report_page(
        request.viewer,
        **chosen,
        held_reason=reason,
        received_from=said.get("since"),
        received_to=said.get("until"),
        first=(number - 1) * ON_A_PAGE,
        size=ON_A_PAGE,
        oldest_first=chosen["state"] == "held",
    )
    asked = request.GET.copy()
    asked.pop("page", None)
    counts = state_counts(request.viewer)
    held = held_counts(request.viewer) if chosen["state"] == "held" else {}
    shown = {
        "form": form,
        "rows": [row_shown(row) for row in page.rows],
        "total": page.total,
        "number": number,
        "pages": max(1, -(-page.total // ON_A_PAGE)),
        "asked": asked.urlencode(),
        "states": [(code, wording.STATES[code], counts[code]) for code in wording.STATES],
        "state": chosen["state"] or "",
        "reasons": [(code, wording.held_reason(code), count) for code, count in sorted(held.items())],
        "reason": reason or "",
        "may_file": can_file_reports(request.viewer),
        "may_answer": can_answer_reporters(request.viewer),
        "kind_form": KindForm(prefix="set"),
        "here": request.get_full_path(),
    }
    return render(request, "site_staff/reporting/reports.html", shown)


@require_POST
def bulk(request: StaffRequest) -> HttpResponse:
    """Do one thing to every report that was ticked. An answer asks for its text first."""
    check_can_file_reports(request.viewer)
    act = request.POST.get("act", "")
    chosen = [
        int(one)
        for one in request.POST.getlist("report")
        if one.isascii() and one.isdecimal() and len(one) < 18
    ]
    back = safe_place(request)
    if act not in ACTS or not chosen:
        messages.warning(request, _("Tick reports and choose what to do with them."))
        return HttpResponseRedirect(back)
    order = Order(act, kind=kind_of(request))
    if act == "answer":
        form = AnswerForm(request.POST if "text" in request.POST else None)
        if not form.is_valid():
            shown = {"form": form, "chosen": chosen, "back": back}
            return render(request, "site_staff/reporting/answer.html", shown)
        order = Order(act, text=form.cleaned_data["text"])
    tell(request, carry_out(order, chosen, by=request.viewer, now=request.now))
    return HttpResponseRedirect(back)


def kind_of(request: StaffRequest) -> Kind:
    """The kind that a bulk act sets."""
    said = request.POST.get("set-kind", "")
    return Kind(said) if said in set(Kind) else Kind.UNSORTED


def tell(request: StaffRequest, done: Done) -> None:
    """Say what was done, and to which reports it could not be."""
    if done.done:
        said = ngettext("Done to %(count)d report.", "Done to %(count)d reports.", done.done)
        messages.success(request, said % {"count": done.done})
    for number, reason in done.refused[:20]:
        messages.error(request, f"{number}: {reason}")


def safe_place(request: StaffRequest) -> str:
    """Where a form came from, when that is a page of this site; else the list."""
    place = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(place, allowed_hosts=None, require_https=request.is_secure()):
        return place
    return reverse("reports")


def page_number(request: StaffRequest) -> int:
    """The page asked for; 1 for what is none."""
    said = request.GET.get("page", "")
    return max(1, int(said)) if said.isascii() and said.isdecimal() and len(said) < 7 else 1

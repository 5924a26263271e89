"""The register of monitors: list, one mailbox, add, change, retire, CSV in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meyasubako.centre.accounts.permissions import can_manage_monitors, check_can_manage_monitors
from meyasubako.centre.monitors import selectors, services
from meyasubako.centre.monitors.entry import InvalidEntryError
from meyasubako.centre.monitors.mail_counts import mails_by_monitor
from meyasubako.centre.monitors.sheet import monitors_export, monitors_import
from meyasubako.centre.monitors.types import MailsSeen, MonitorSeen
from meyasubako.centre.site_staff.monitoring.forms import MonitorForm, RetireForm, SheetForm
from meyasubako.centre.site_staff.requests import StaffRequest
from meyasubako.errors import StorageError
from meyasubako.receivers.arrival import JAPAN, month_in_japan

MONTHS_SHOWN = 24
NOTHING = MailsSeen()


@require_safe
def monitor_list(request: StaffRequest) -> HttpResponse:
    """The register with states, the last day with mail and this month's and last month's mails."""
    found = selectors.monitors(request.viewer, day=request.now.astimezone(JAPAN).date())
    counts, readable = _counts(request)
    this, last = _two_months(request.now)
    rows = [
        {
            "monitor": seen.entry,
            "state": seen.state,
            "last_day": counts.get(seen.entry.name, NOTHING).last_day,
            "this_month": counts.get(seen.entry.name, NOTHING).by_month.get(this, 0),
            "last_month": counts.get(seen.entry.name, NOTHING).by_month.get(last, 0),
        }
        for seen in found
    ]
    shown = {
        "rows": rows,
        "readable": readable,
        "months": (this, last),
        "may_manage": can_manage_monitors(request.viewer),
        "unregistered": sorted(set(counts) - {seen.entry.name for seen in found} - {""}),
    }
    return render(request, "site_staff/monitoring/monitors.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    """Register a mailbox."""
    check_can_manage_monitors(request.viewer)
    form = MonitorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.monitor_add(entry=form.entry(), by=request.viewer, now=request.now)
        except InvalidEntryError as error:
            form.add_problems(error)
        else:
            messages.success(request, _("The monitor has been registered."))
            return HttpResponseRedirect(reverse("monitor", args=[made.name]))
    return render(
        request, "site_staff/monitoring/monitor_add.html", {"form": form}, status=400 if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
def monitor(request: StaffRequest, name: str) -> HttpResponse:
    """One mailbox: what it received by month, and its entry to be changed."""
    seen = _found(request, name)
    if request.method != "POST":
        return _shown(request, seen, _form_of(seen))
    check_can_manage_monitors(request.viewer)
    form = MonitorForm({**request.POST.dict(), "name": name})
    if form.is_valid():
        try:
            services.monitor_change(entry=form.entry(), by=request.viewer, now=request.now)
        except InvalidEntryError as error:
            form.add_problems(error)
        else:
            messages.success(request, _("The monitor has been changed."))
            return HttpResponseRedirect(reverse("monitor", args=[name]))
    return _shown(request, seen, form, 400)


@require_POST
def retire(request: StaffRequest, name: str) -> HttpResponse:
    """Take a mailbox out of service."""
    check_can_manage_monitors(request.viewer)
    seen = _found(request, name)
    form = RetireForm(request.POST)
    if not form.is_valid():
        return _shown(request, seen, _form_of(seen), 400, retiring=form)
    try:
        services.monitor_retire(
            name=name, last_day=form.cleaned_data["last_day"], by=request.viewer, now=request.now
        )
    except InvalidEntryError as error:
        form.add_error("last_day", " ".join(str(problem.text) for problem in error.problems))
        return _shown(request, seen, _form_of(seen), 400, retiring=form)
    messages.success(request, _("The monitor goes out of service after its last day."))
    return HttpResponseRedirect(reverse("monitor", args=[name]))


@require_safe
def export_csv(request: StaffRequest) -> HttpResponse:
    """The register as a file."""
    answer = HttpResponse(monitors_export(request.viewer), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="monitors.csv"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def import_csv(request: StaffRequest) -> HttpResponse:
    """A file into the register, whole or not at all."""
    check_can_manage_monitors(request.viewer)
    form = SheetForm(request.POST, request.FILES) if request.method == "POST" else SheetForm()
    done = None
    if request.method == "POST" and form.is_valid():
        done = monitors_import(
            content=form.cleaned_data["file"].read(),
            by=request.viewer,
            now=request.now,
            dry_run=form.cleaned_data["dry_run"],
        )
    wrong = bool(form.is_bound and (form.errors or (done is not None and done.errors)))
    return render(
        request,
        "site_staff/monitoring/monitors_import.html",
        {"form": form, "done": done},
        status=400 if wrong else 200,
    )


def _found(request: StaffRequest, name: str) -> MonitorSeen:
    seen = selectors.monitor_named(request.viewer, name)
    if seen is None:
        raise Http404
    return seen


def _form_of(seen: MonitorSeen) -> MonitorForm:
    entry = seen.entry
    return MonitorForm(
        initial={
            "name": entry.name,
            "address": entry.address,
            "monitor_class": entry.monitor_class,
            "carrier": entry.carrier,
            "since": entry.since,
            "until": entry.until,
            "decoy": entry.decoy,
            "note": entry.note,
        }
    )


def _shown(
    request: StaffRequest,
    seen: MonitorSeen,
    form: MonitorForm,
    status: int = 200,
    *,
    retiring: RetireForm | None = None,
) -> HttpResponse:
    counts, readable = _counts(request)
    mails = counts.get(seen.entry.name, NOTHING)
    form.fields["name"].disabled = True
    today = request.now.astimezone(JAPAN).date()
    shown: dict[str, Any] = {
        "monitor": seen.entry,
        "state": seen.state,
        "form": form,
        "retiring": retiring or RetireForm(initial={"last_day": today}),
        "last_day": mails.last_day,
        "months": sorted(mails.by_month.items(), reverse=True)[:MONTHS_SHOWN],
        "readable": readable,
        "may_manage": can_manage_monitors(request.viewer),
    }
    return render(request, "site_staff/monitoring/monitor.html", shown, status=status)


def _counts(request: StaffRequest) -> tuple[dict[str, MailsSeen], bool]:
    """Mails by monitor, and whether they could be read: the register is shown without them too."""
    try:
        return dict(mails_by_monitor(request.viewer)), True
    except StorageError:
        return {}, False


def _two_months(now: datetime) -> tuple[str, str]:
    this = month_in_japan(now)
    year, number = int(this[:4]), int(this[5:])
    return this, f"{year - (number == 1):04d}-{number - 1 or 12:02d}"

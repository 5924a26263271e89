"""One report: what it is, what came of it, and what can be done with it. Who reported stays apart."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from meyasubako.centre.accounts.permissions import (
    can_answer_reporters,
    can_erase,
    can_file_reports,
    can_read_identity,
    can_read_mail,
    check_can_file_reports,
    check_can_read_reports,
)
from meyasubako.centre.reports.domain.kinds import Kind
from meyasubako.centre.reports.selectors import report_detail
from meyasubako.centre.reports.types import MailSeen, ReportDetail, StepSeen, SubmittedMail
from meyasubako.centre.site_staff.mails.forms import PurposeForm
from meyasubako.centre.site_staff.reporting import wording
from meyasubako.centre.site_staff.reporting.acting import ACTS, Done, Order, problem
from meyasubako.centre.site_staff.reporting.forms import AnswerForm, KindForm, RefileForm
from meyasubako.centre.site_staff.reporting.lists import row_shown, tell
from meyasubako.centre.site_staff.requests import StaffRequest

REFUSALS = ("used-in-case", "kept-by-law")
"""Why evidence is kept although its reporter asked for its erasure."""


def found(request: StaffRequest, report_id: int) -> ReportDetail:
    """The report, for those who may see reports; else 404."""
    check_can_read_reports(request.viewer)
    detail = report_detail(request.viewer, report_id)
    if detail is None:
        raise Http404
    return detail


@require_safe
def report(request: StaffRequest, report_id: int) -> HttpResponse:
    """The page of a report."""
    return shown(request, found(request, report_id))


def shown(request: StaffRequest, detail: ReportDetail, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page, with what was opened or went wrong."""
    viewer = request.viewer
    context = {
        **row_shown(detail.row),
        "detail": detail,
        "steps": [step_shown(step) for step in detail.steps],
        "outcomes": [(one, wording.words(wording.OUTCOMES, one.outcome)) for one in detail.outcomes],
        "mails": [mail_shown(mail) for mail in detail.mails],
        "may_file": can_file_reports(viewer),
        "may_answer": can_answer_reporters(viewer) and detail.has_identity,
        "may_read_mail": can_read_mail(viewer),
        "may_read_identity": can_read_identity(viewer) and detail.has_identity,
        "may_erase": can_erase(viewer) and detail.erasure == "requested",
        "acknowledged": wording.words(wording.SENDING, detail.acknowledged[0]) if detail.acknowledged else "",
        "kind_form": KindForm(initial={"kind": detail.row.kind}, prefix="sort"),
        "refile_form": RefileForm(initial={"kind": detail.row.kind}, prefix="refile"),
        "answer_form": AnswerForm(),
        "purpose_form": PurposeForm(),
        "refusals": REFUSALS,
    }
    return render(request, "site_staff/reporting/report.html", context | more, status=status)


def step_shown(step: StepSeen) -> dict[str, Any]:
    """One change of state in words."""
    return {
        "step": step,
        "action": wording.words(wording.ACTIONS, step.action),
        "actor": wording.words(wording.ACTORS, step.actor),
        "reason": wording.held_reason(step.reason) if step.reason else "",
    }


def mail_shown(mail: MailSeen) -> dict[str, Any]:
    """One mail of a report in words."""
    return {
        "mail": mail,
        "place": wording.words(wording.PLACES, mail.place),
        "way": wording.way(mail.how),
        "lost": wording.lost(mail.lost),
    }


@require_POST
def act(request: StaffRequest, report_id: int) -> HttpResponse:
    """Do one thing to this report."""
    check_can_file_reports(request.viewer)
    detail = found(request, report_id)
    name = request.POST.get("act", "")
    if name not in ACTS:
        raise Http404
    order = Order(name)
    if name == "sort":
        kind_form = KindForm(request.POST, prefix="sort")
        if not kind_form.is_valid():
            return shown(request, detail, kind_form=kind_form, status=422)
        order = Order(name, kind=Kind(kind_form.cleaned_data["kind"]))
    elif name == "refile":
        refile_form = RefileForm(request.POST, request.FILES, prefix="refile")
        if not refile_form.is_valid():
            return shown(request, detail, refile_form=refile_form, status=422)
        files = refile_form.cleaned_data["eml"]
        mails = [SubmittedMail(file.read(), how="by-hand:file") for file in files]
        order = Order(name, kind=Kind(refile_form.cleaned_data["kind"]), mails=mails)
    elif name == "answer":
        answer_form = AnswerForm(request.POST)
        if not answer_form.is_valid():
            return shown(request, detail, answer_form=answer_form, status=422)
        order = Order(name, text=answer_form.cleaned_data["text"])
    reason = problem(order, report_id, request.viewer, request.now)
    tell(request, Done(1, []) if reason is None else Done(0, [(detail.row.number, reason)]))
    return HttpResponseRedirect(reverse("report", args=[report_id]))

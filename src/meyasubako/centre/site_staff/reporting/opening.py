"""Opening what lies sealed with a report: who reported, what was typed, the outer mail. Each look has its purpose.

What is opened is shown in the answer to the form and nowhere else: it has no address of its own to come back to.
"""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from meyasubako.centre.accounts.permissions import check_can_file_reports
from meyasubako.centre.reports.domain.kinds import Kind
from meyasubako.centre.reports.services.identity import (
    outer_mail_read,
    reporter_identity_read,
    statement_read,
)
from meyasubako.centre.reports.types import ReportDetail, SubmittedMail
from meyasubako.centre.site_staff.mails.forms import PurposeForm
from meyasubako.centre.site_staff.reading.pieces import in_pieces, plain
from meyasubako.centre.site_staff.reporting import wording
from meyasubako.centre.site_staff.reporting.acting import Done, Order, problem
from meyasubako.centre.site_staff.reporting.detail import found, shown
from meyasubako.centre.site_staff.reporting.forms import KindForm
from meyasubako.centre.site_staff.reporting.lists import tell
from meyasubako.centre.site_staff.requests import StaffRequest

MOST_INSIDE = 50
LONGEST_TEXT = 30_000


@require_POST
def open_part(request: StaffRequest, report_id: int) -> HttpResponse:
    """Open one sealed part for the purpose given."""
    detail = found(request, report_id)
    form = PurposeForm(request.POST)
    if not form.is_valid():
        return shown(request, detail, purpose_form=form, status=422)
    purpose, part = form.cleaned_data["purpose"], request.POST.get("part", "")
    if part == "identity":
        reporter = reporter_identity_read(
            report_id=report_id, purpose=purpose, by=request.viewer, now=request.now
        )
        return shown(request, detail, reporter=reporter, opened=part)
    if part == "statement":
        boxes = statement_read(report_id=report_id, purpose=purpose, by=request.viewer, now=request.now)
        statement = [
            (wording.words(wording.BOXES, name), in_pieces(wording.answer(name, text)))
            for name, text in boxes.items()
        ]
        return shown(request, detail, statement=statement, opened=part)
    if part == "outer":
        return outer(request, detail, purpose)
    raise Http404


def outer(request: StaffRequest, detail: ReportDetail, purpose: str) -> HttpResponse:
    """The outer mail as text, and the mails and files inside it, to be filed by hand."""
    from meyasubako.mail.parse import parse

    raw = outer_mail_read(report_id=detail.row.report_id, purpose=purpose, by=request.viewer, now=request.now)
    if raw is None:
        return shown(request, detail, opened="gone")
    mail = parse(raw)
    inside = [
        (number, plain(parse(one).subject or ""), len(one))
        for number, one in enumerate(mail.nested[:MOST_INSIDE])
    ]
    return shown(
        request,
        detail,
        opened="outer",
        purpose=purpose,
        outer_subject=in_pieces(mail.subject or ""),
        outer_text=in_pieces(mail.text[:LONGEST_TEXT]),
        outer_files=[(plain(one.name), plain(one.type), one.size) for one in mail.attachments],
        inside=inside,
        inside_form=KindForm(initial={"kind": detail.row.kind}, prefix="inside"),
    )


@require_POST
def refile_inside(request: StaffRequest, report_id: int) -> HttpResponse:
    """File a held report by hand with mails that are attached to its outer mail."""
    from meyasubako.mail.parse import parse

    check_can_file_reports(request.viewer)
    detail = found(request, report_id)
    purpose_form, kind_form = PurposeForm(request.POST), KindForm(request.POST, prefix="inside")
    if not (purpose_form.is_valid() and kind_form.is_valid()):
        raise Http404
    raw = outer_mail_read(
        report_id=report_id, purpose=purpose_form.cleaned_data["purpose"], by=request.viewer, now=request.now
    )
    nested = parse(raw).nested[:MOST_INSIDE] if raw is not None else ()
    chosen = {one for one in request.POST.getlist("inside") if one.isascii() and one.isdecimal()}
    mails = [
        SubmittedMail(one, how="by-hand:attached")
        for number, one in enumerate(nested)
        if str(number) in chosen
    ]
    if mails:
        order = Order("refile", kind=Kind(kind_form.cleaned_data["kind"]), mails=mails)
        reason = problem(order, report_id, request.viewer, request.now)
    else:
        reason = _("Tick the mails that are reported.")
    tell(request, Done(1, []) if reason is None else Done(0, [(detail.row.number, reason)]))
    return HttpResponseRedirect(reverse("report", args=[report_id]))

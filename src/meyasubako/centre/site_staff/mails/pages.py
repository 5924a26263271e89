"""Reading one mail: the page, its source, and opening it whole with a purpose.

A mail that came in a report names its reporter as recipient. So its recipients are kept back, and its source is closed,
until it is opened with a purpose, which is recorded. Everybody's mail is byte-true only as a download, with a purpose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from meyasubako.centre.accounts.permissions import can_read_reports, check_can_read_mail
from meyasubako.centre.reports.selectors import reports_of_arrivals
from meyasubako.centre.site_staff.mails import recording
from meyasubako.centre.site_staff.mails.forms import PurposeForm
from meyasubako.centre.site_staff.mails.shown import page_of
from meyasubako.centre.site_staff.mails.tables import tables
from meyasubako.centre.site_staff.mails.tokens import Framed, frame_token, is_open, open_token
from meyasubako.centre.site_staff.reading.source import source_page
from meyasubako.centre.site_staff.requests import StaffRequest

if TYPE_CHECKING:
    from meyasubako.engines.mail_store import KeptMail

OPEN = "open"


def found(request: StaffRequest, arrival_id: UUID) -> KeptMail:
    """The mail of an arrival, for those who may read mail; else 404."""
    check_can_read_mail(request.viewer)
    kept = tables().find(str(arrival_id))
    if kept is None:
        raise Http404
    return kept


def is_closed(request: StaffRequest, kept: KeptMail) -> bool:
    """Whether the recipients of a mail are kept back from this request."""
    if kept.envelope.channel != "report":
        return False
    token = request.GET.get(OPEN, "")
    return not is_open(token, kept.envelope.arrival_id, request.viewer.account_id or 0)


@require_safe
def mail(request: StaffRequest, arrival_id: UUID) -> HttpResponse:
    """The mail: text first, then what is known of it; its HTML only when asked for."""
    kept = found(request, arrival_id)
    closed = is_closed(request, kept)
    recording.mail_read(arrival_id=str(arrival_id), by=request.viewer, now=request.now)
    shown: dict[str, Any] = {
        "kept": kept,
        "closed": closed,
        "is_report": kept.envelope.channel == "report",
        "open": request.GET.get(OPEN, "") if not closed else "",
        "form": PurposeForm(),
        "report_id": report_of(request, str(arrival_id)),
    }
    if kept.raw is None:
        return render(request, "site_staff/mails/erased.html", shown)
    shown |= page_of(
        kept,
        tables().context(),
        english=get_language() == "en",
        page=number(request, "page"),
        html_page=number(request, "html_page"),
        hide_recipients=closed,
    )
    framing = bool(request.GET.get("html")) and shown["view"].has_html
    if framing:
        shown["frame"] = frame_address(request, str(arrival_id), hide_recipients=closed)
    response = render(request, "site_staff/mails/mail.html", shown)
    if framing:
        response.headers["Content-Security-Policy"] = settings.FRAMING_POLICY
    return response


def report_of(request: StaffRequest, arrival_id: str) -> int | None:
    """The report that the mail came in, where the viewer may see it."""
    if not can_read_reports(request.viewer):
        return None
    return reports_of_arrivals(request.viewer, [arrival_id]).get(arrival_id)


def frame_address(request: StaffRequest, arrival_id: str, *, hide_recipients: bool) -> str:
    """Where the third origin shows the HTML of this mail, for some minutes."""
    language = "en" if get_language() == "en" else "ja"
    framed = Framed(arrival_id, request.viewer.account_id or 0, language, hide_recipients)
    return f"{settings.MAILVIEW_ORIGIN}/mail/{frame_token(framed)}"


@require_safe
def source(request: StaffRequest, arrival_id: UUID) -> HttpResponse:
    """The bytes as text, a page at a time; of a reported mail only when it was opened with a purpose."""
    kept = found(request, arrival_id)
    if kept.raw is None:
        raise Http404
    closed = is_closed(request, kept)
    shown: dict[str, Any] = {
        "kept": kept,
        "closed": closed,
        "form": PurposeForm(),
        "open": request.GET.get(OPEN, "") if not closed else "",
    }
    if not closed:
        recording.mail_read(arrival_id=str(arrival_id), by=request.viewer, now=request.now)
        shown["source"] = source_page(kept.raw, number(request, "page"))
    return render(request, "site_staff/mails/source.html", shown)


@require_POST
def open_whole(request: StaffRequest, arrival_id: UUID) -> HttpResponse:
    """With a purpose: show the recipients, or hand out the bytes as they are."""
    kept = found(request, arrival_id)
    form = PurposeForm(request.POST)
    if not form.is_valid():
        shown = {"kept": kept, "form": form, "what": request.POST.get("what", "")}
        return render(request, "site_staff/mails/open.html", shown, status=422)
    purpose = form.cleaned_data["purpose"]
    name = str(arrival_id)
    if request.POST.get("what") == "original":
        if kept.raw is None:
            raise Http404
        recording.mail_take(
            arrival_id=name, sha256=kept.envelope.sha256, purpose=purpose, by=request.viewer, now=request.now
        )
        return original(kept.raw, kept.envelope.sha256)
    recording.mail_open(arrival_id=name, purpose=purpose, by=request.viewer, now=request.now)
    asked = urlencode({OPEN: open_token(name, request.viewer.account_id or 0)})
    page = "mail_source" if request.POST.get("what") == "source" else "mail"
    return HttpResponseRedirect(f"{reverse(page, args=[arrival_id])}?{asked}")


def original(raw: bytes, sha256: str) -> HttpResponse:
    """The bytes as a file that no browser opens: not even its type says that it is a mail."""
    response = HttpResponse(raw, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f'attachment; filename="{sha256}.eml"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def number(request: StaffRequest, name: str) -> int:
    """A page number; 1 for what is none."""
    said = request.GET.get(name, "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 7 else 1

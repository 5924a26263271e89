"""The search page: terms, months, hits a page at a time, how far a search of texts has come; a campaign's mails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from meyasubako.centre.accounts.permissions import can_read_reports, check_can_search_mail
from meyasubako.centre.reports.selectors import report_of_number, reports_of_arrivals
from meyasubako.centre.site_staff.mails.forms import SearchForm
from meyasubako.centre.site_staff.mails.recording import mail_search
from meyasubako.centre.site_staff.mails.tables import tables
from meyasubako.centre.site_staff.reading.pieces import Piece, in_pieces, mask_of, plain
from meyasubako.centre.site_staff.reading.words import CHANNELS, said
from meyasubako.centre.site_staff.requests import StaffRequest
from meyasubako.errors import UsageError
from meyasubako.mail.contacts import addresses_in

CURSOR = "after"
MONTHS_AT_FIRST = 3
LONGEST = 120
"""Characters of a subject or name in the list."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One mail in the list."""

    arrival_id: str
    received: Any
    channel: str
    monitor: str
    subject: list[Piece]
    name: list[Piece]
    address: list[Piece]
    ip: str
    country: str
    report_id: int | None


@require_safe
def search(request: StaffRequest) -> HttpResponse:
    """Mails by what is asked, newest first; a receipt number leads to its report."""
    check_can_search_mail(request.viewer)
    may_read_reports = can_read_reports(request.viewer)
    number = request.GET.get("number", "").strip()[:40]
    if number and may_read_reports:
        found = report_of_number(request.viewer, number)
        if found is not None:
            return HttpResponseRedirect(reverse("report", args=[found.report_id]))
    months = tables().months()
    form = SearchForm(request.GET if "last" in request.GET else None, initial=starting(months))
    shown: dict[str, Any] = {
        "form": form,
        "number": number,
        "months": months,
        "may_read_reports": may_read_reports,
    }
    if form.is_bound and form.is_valid():
        shown |= answer(request, form)
    return render(request, "site_staff/mails/search.html", shown)


def answer(request: StaffRequest, form: SearchForm) -> dict[str, Any]:
    """A page of hits, or what is wrong with the terms (put into the form)."""
    from meyasubako.engines.search import OutdatedError, Terms

    terms, cursor = Terms(**form.terms()), request.GET.get(CURSOR) or None
    try:
        hits = tables().search(terms, cursor)
    except OutdatedError:
        cursor, hits = None, tables().search(terms, None)
    except UsageError as error:
        form.add_error(error.subject if error.subject in form.fields else None, problem(error.subject))
        return {}
    if cursor is None:
        named = [name for name in form.terms() if name not in ("first", "last")]
        mail_search(terms=named, first=terms.first, last=terms.last, by=request.viewer, now=request.now)
    reports = reports_in(request, [row["arrival_id"] for row in hits.rows])
    asked = request.GET.copy()
    asked[CURSOR] = hits.cursor or ""
    return {
        "hits": hits,
        "rows": [hit(row, reports) for row in hits.rows],
        "further": asked.urlencode() if hits.cursor else "",
        "is_continued": cursor is not None,
        "percent": percent(hits.read, hits.to_read),
    }


@require_safe
def campaign(request: StaffRequest, campaign: UUID, month: str) -> HttpResponse:
    """The mails that were put into one campaign in a month."""
    check_can_search_mail(request.viewer)
    try:
        found = tables().of_campaign(str(campaign), month)
    except UsageError:
        raise Http404 from None
    if not found:
        raise Http404
    mail_search(terms=["campaign"], first=month, last=month, by=request.viewer, now=request.now)
    reports = reports_in(request, [row["arrival_id"] for row in found])
    shown = {"campaign": str(campaign), "month": month, "rows": [hit(row, reports) for row in found]}
    return render(request, "site_staff/mails/campaign.html", shown)


def reports_in(request: StaffRequest, arrival_ids: list[str]) -> dict[str, int]:
    """Reports behind the hits, where the viewer may see reports."""
    return reports_of_arrivals(request.viewer, arrival_ids) if can_read_reports(request.viewer) else {}


def hit(row: dict[str, Any], reports: dict[str, int]) -> Hit:
    """One row in the words of the page. Addresses that a reported mail greets its reader with are kept back."""
    subject, name = (row["subject"] or "")[:LONGEST], (row["from_name"] or "")[:LONGEST]
    mask = mask_of(addresses_in(f"{subject} {name}")) if row["channel"] == "report" else None
    return Hit(
        arrival_id=row["arrival_id"],
        received=parse_datetime(row["received"]),
        channel=said(CHANNELS, row["channel"], english=get_language() == "en"),
        monitor=plain(row["monitor"] or ""),
        subject=in_pieces(subject, mask=mask),
        name=in_pieces(name, mask=mask),
        address=in_pieces((row["from_address"] or "")[:LONGEST]),
        ip=row["origin_ip"] or "",
        country=row["country"] or "",
        report_id=reports.get(row["arrival_id"]),
    )


def starting(months: list[str]) -> dict[str, str]:
    """The months that the form begins with: the newest few there are."""
    if not months:
        return {}
    oldest, newest = months
    year, number = int(newest[:4]), int(newest[5:]) - MONTHS_AT_FIRST + 1
    first = f"{year - (number < 1):04}-{(number - 1) % 12 + 1:02}"
    return {"first": max(first, oldest), "last": newest}


def percent(part: int | None, whole: int | None) -> int | None:
    """How far reading has come, in hundredths; None where nothing was read."""
    if part is None or whole is None:
        return None
    return 100 if not whole else min(100, 100 * part // whole)


def problem(term: str) -> str:
    """What is wrong with a term, in the page's language."""
    problems = {
        "first": _("The first month is after the last."),
        "domain": _("This is no name of a host."),
        "ip": _("This is neither an address nor a range such as 192.0.2.0/24."),
        "phone": _("Six digits are needed at the least."),
        "text": _("Too many mails would have to be read. Ask for fewer months, or add another term."),
        "cursor": _("The place to go on from is not known. Search again."),
    }
    return problems.get(term, _("This cannot be looked for."))

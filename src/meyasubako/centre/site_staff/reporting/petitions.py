"""Petitions: the list, one petition with its routing, the notice to the other authority, and who petitions."""

from __future__ import annotations

import json
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from meyasubako.centre.accounts.permissions import (
    can_file_reports,
    can_read_identity,
    can_read_mail,
    check_can_read_reports,
)
from meyasubako.centre.reports.models import Petition
from meyasubako.centre.reports.selectors import petitions_of
from meyasubako.centre.reports.services.identity import petitioner_identity_read
from meyasubako.centre.reports.services.petitions import petition_notice_sent
from meyasubako.centre.site_staff.mails.forms import PurposeForm
from meyasubako.centre.site_staff.reading.pieces import in_pieces
from meyasubako.centre.site_staff.reporting import wording
from meyasubako.centre.site_staff.requests import StaffRequest
from meyasubako.law.words import article_said

ON_A_PAGE = 50


def found(request: StaffRequest, petition_id: int) -> Petition:
    """The petition, for those who may see it; else 404."""
    check_can_read_reports(request.viewer)
    return get_object_or_404(petitions_of(request.viewer), pk=petition_id)


def in_words(petition: Petition) -> dict[str, Any]:
    """A petition in words."""
    english = get_language() == "en"
    return {
        "petition": petition,
        "petitioner": wording.words(wording.PETITIONERS, petition.petitioner),
        "matters": [article_said(f"Act Art {matter}", english=english) for matter in petition.matters],
        "addressees": [wording.words(wording.AUTHORITIES, one) for one in petition.addressees],
        "untold": [notice for notice in petition.notices.all() if notice.sent_at is None],
    }


@require_safe
def petition_list(request: StaffRequest) -> HttpResponse:
    """Petitions, newest first."""
    check_can_read_reports(request.viewer)
    wanted = petitions_of(request.viewer).prefetch_related("notices")
    if request.GET.get("untold"):
        wanted = wanted.filter(notices__sent_at=None, notices__isnull=False).distinct()
    page = Paginator(wanted, ON_A_PAGE).get_page(request.GET.get("page"))
    asked = "untold=1" if request.GET.get("untold") else ""
    shown = {"page": page, "rows": [in_words(petition) for petition in page], "asked": asked}
    return render(request, "site_staff/reporting/petitions.html", shown)


@require_safe
def petition(request: StaffRequest, petition_id: int) -> HttpResponse:
    """One petition."""
    return shown_petition(request, found(request, petition_id))


def shown_petition(
    request: StaffRequest, petition: Petition, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The page of a petition; never its petitioner unless opened.

    Its facts hold a mail as it was shown, to an address of the petitioner's: they are for those who may read mail.
    """
    statement = getattr(petition, "statement", None) if can_read_mail(request.viewer) else None
    said: dict[str, str] = json.loads(statement.particulars) if statement is not None else {}
    context = {
        **in_words(petition),
        "particulars": [
            (wording.words(wording.PARTICULARS, name), in_pieces(text)) for name, text in said.items()
        ],
        "notices": petition.notices.select_related("organisation"),
        "reports": petition.reports.all(),
        "may_file": can_file_reports(request.viewer),
        "may_read_identity": can_read_identity(request.viewer),
        "purpose_form": PurposeForm(),
        "english": get_language() == "en",
    }
    return render(request, "site_staff/reporting/petition.html", context | more, status=status)


@require_POST
def open_petitioner(request: StaffRequest, petition_id: int) -> HttpResponse:
    """Who petitions, for the purpose given."""
    one = found(request, petition_id)
    form = PurposeForm(request.POST)
    if not form.is_valid():
        return shown_petition(request, one, purpose_form=form, status=422)
    identity = petitioner_identity_read(
        petition_id=petition_id, purpose=form.cleaned_data["purpose"], by=request.viewer, now=request.now
    )
    rows = [
        (wording.words(wording.PARTICULARS, name), text) for name, text in (identity or {}).items() if text
    ]
    return shown_petition(request, one, identity=rows, opened=True)


@require_POST
def notice_sent(request: StaffRequest, petition_id: int, notice_id: int) -> HttpResponse:
    """Note that the other authority was told."""
    one = found(request, petition_id)
    if not one.notices.filter(pk=notice_id).exists():
        raise Http404
    petition_notice_sent(notice_id=notice_id, by=request.viewer, now=request.now)
    return HttpResponseRedirect(reverse("petition", args=[petition_id]))

"""The petition of a recipient: what it is, its form, its receipt, and where it went."""

from __future__ import annotations

import logging

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.reports import selectors, services
from meyasubako.centre.site_public.reporting import tokens
from meyasubako.centre.site_public.reporting.petition_forms import RecipientPetitionForm
from meyasubako.centre.site_public.reporting.uploads import TooMuchError, read_body
from meyasubako.centre.site_public.reporting.views import (
    guard,
    language,
    not_kept,
    reporting_page,
    token_trouble,
    too_much,
    too_often,
    unknown_link,
    within_rate,
)

logger = logging.getLogger(__name__)

AUTHORITY_NAMES = {
    "mic": _("Minister for Internal Affairs and Communications"),
    "caa": _("Commissioner of the Consumer Affairs Agency"),
}


@reporting_page
def petition_form(request: HttpRequest) -> HttpResponse:
    """The form: shown, shown again with what is wrong, or taken."""
    if request.method != "POST":
        return _shown(request, RecipientPetitionForm(), token=tokens.new_token())
    try:
        read_body(request)
    except TooMuchError:
        return too_much(request)
    form = RecipientPetitionForm(request.POST)
    token = request.POST.get("token", "")
    checked = tokens.check_token(token)
    trouble = token_trouble(request, checked)
    if trouble or not form.is_valid():
        fresh = token if checked.nonce else tokens.new_token()
        return _shown(request, form, token=fresh, trouble=trouble, status=422)
    petition = form.petition(checked.nonce, language())
    try:
        if not within_rate(request, "petition", token):
            return _shown(request, form, token=token, trouble=too_often(), status=429)
        receipt = services.petition_receive(form=petition, by=None, now=timezone.now())
    except (OperationalError, InterfaceError):
        logger.exception("a petition could not be kept")
        return _shown(request, form, token=token, trouble=not_kept(), status=503)
    if receipt.secret is None:
        return render(request, "report/receipt_without_link.html", {"receipt": receipt})
    return redirect(reverse("petition-track", kwargs={"secret": receipt.secret}) + "?received=1")


def _shown(
    request: HttpRequest, form: RecipientPetitionForm, *, token: str, trouble: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "trouble": trouble,
        "errors": [form[name] for name in form.fields if name in form.errors],
        **guard(token),
    }
    response = render(request, "report/petition.html", context, status=status)
    if status in (429, 503):
        response.headers["Retry-After"] = "3600" if status == 429 else "60"
    return response


@reporting_page
def track(request: HttpRequest, *, secret: str) -> HttpResponse:
    """Where a petition went; right after it was sent, the receipt."""
    try:
        seen = selectors.petition_tracking(secret)
    except services.UnknownLinkError:
        return unknown_link(request)
    context = {
        "seen": seen,
        "received": request.GET.get("received") == "1",
        "addressees": [AUTHORITY_NAMES[one] for one in seen.addressees],
        "notified": [(AUTHORITY_NAMES[kind], at) for kind, at in seen.notified],
        "address": request.build_absolute_uri(reverse("petition-track", kwargs={"secret": secret})),
    }
    return render(request, "report/petition_track.html", context)

"""Reporting by form: choose a kind, fill in, get a receipt; see what became of it, take it back, have it erased.

These pages set no cookie: what a form may do rests on its signed token, what a link may do on the secret in it, and
neither is sent along by a browser on its own. So there is nothing that a foreign site could make a reader do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from meyasubako.centre.accounts.sources import source_of
from meyasubako.centre.reports import selectors, services
from meyasubako.centre.reports.domain.kinds import Kind, Outcome
from meyasubako.centre.reports.domain.receipts import JAPAN
from meyasubako.centre.reports.types import OutcomeSeen
from meyasubako.centre.site_public import campaigns
from meyasubako.centre.site_public.reporting import tokens, wording
from meyasubako.centre.site_public.reporting.forms import FORMS, ReportForm
from meyasubako.centre.site_public.reporting.submissions import submission_of
from meyasubako.centre.site_public.reporting.uploads import (
    BODY_BYTES,
    FILE_BYTES,
    FILES,
    MEGABYTE,
    TooMuchError,
    read_body,
)
from meyasubako.errors import MeyasuError

AN_HOUR, AN_HOUR_WITH_WORK = 20, 120
"""Reports that one source may send in an hour, without and with work done."""

View = Callable[..., HttpResponse]
logger = logging.getLogger(__name__)


def reporting_page(view: View) -> View:
    """A page that is never kept, never indexed and tells nobody where the reader came from."""

    @csrf_exempt
    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def answer(request: HttpRequest, **arguments: str) -> HttpResponse:
        if not settings.REPORTING:
            raise Http404
        response = view(request, **arguments)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return answer


def language() -> str:
    """The language of the page."""
    return "en" if get_language() == "en" else "ja"


@reporting_page
def choose(request: HttpRequest) -> HttpResponse:
    """The kinds of violation to choose from, and the other ways to report."""
    return render(
        request, "report/choose.html", {"choices": wording.CHOICES, "addresses": settings.REPORT_ADDRESSES}
    )


@reporting_page
def report_form(request: HttpRequest, *, kind: str) -> HttpResponse:
    """The form of one kind: shown, shown again with what is wrong, or taken."""
    known = {one.value: one for one in FORMS}.get(kind)
    if known is None:
        raise Http404
    if request.method != "POST":
        return _shown(request, known, FORMS[known](), token=tokens.new_token())
    try:
        read_body(request)
    except TooMuchError:
        return too_much(request)
    return _taken(request, known)


def _taken(request: HttpRequest, kind: Kind) -> HttpResponse:
    """A form that was sent: its receipt, or itself with what is wrong."""
    form = FORMS[kind](request.POST, request.FILES)
    token = request.POST.get("token", "")
    checked = tokens.check_token(token)
    trouble = token_trouble(request, checked)
    if trouble or not form.is_valid():
        fresh = token if checked.nonce else tokens.new_token()
        return _shown(request, kind, form, token=fresh, trouble=trouble, status=422)
    submission = submission_of(form, checked.nonce, language())
    try:
        if not within_rate(request, "report", token):
            return _shown(request, kind, form, token=token, trouble=too_often(), status=429)
        receipt = services.report_receive(submission=submission, by=None, now=timezone.now())
    except (OperationalError, InterfaceError):
        logger.exception("a report could not be kept")
        return _shown(request, kind, form, token=token, trouble=not_kept(), status=503)
    if receipt.secret is None:
        return render(request, "report/receipt_without_link.html", {"receipt": receipt})
    return redirect(reverse("report-track", kwargs={"secret": receipt.secret}) + "?received=1")


def token_trouble(request: HttpRequest, checked: tokens.Checked) -> str:
    """Why a form may not be taken whatever is in it; "" where it may."""
    if request.POST.get(tokens.TRAP):
        return _("The box that must stay empty was filled in. Please empty it and send again.")
    match checked.fault:
        case tokens.Fault.TOO_QUICK:
            return _("That was quick. Please wait a few seconds and send again.")
        case tokens.Fault.EXPIRED:
            return _("The form lay open for long. Please look at it again and send it once more.")
        case tokens.Fault.MISSING:
            return _("The form was not complete. Please send it once more.")
    return ""


def too_often() -> str:
    """What is said to a source that sends too much."""
    return _("Many reports came from your network within the hour. Please send it again in a while.")


def not_kept() -> str:
    """What is said when the database does not answer."""
    return _(
        "Your report could not be kept just now. It has not been received: please send it again in a minute."
    )


def within_rate(request: HttpRequest, door: str, token: str) -> bool:
    """Whether the request's source may send one more; work done with this token raises how many."""
    worked = tokens.has_worked(token, request.POST.get("work", ""))
    limit = AN_HOUR_WITH_WORK if worked else AN_HOUR
    return services.rate_take(door=door, source=source_of(request), limit=limit, now=timezone.now())


def _shown(
    request: HttpRequest, kind: Kind, form: ReportForm, *, token: str, trouble: str = "", status: int = 200
) -> HttpResponse:
    choice = next(one for one in wording.CHOICES if one.kind is kind)
    context: dict[str, Any] = {
        "choice": choice,
        "form": form,
        "trouble": trouble,
        "had_files": bool(request.FILES),
        "errors": [form[name] for name in form.fields if name in form.errors],
        **guard(token),
    }
    response = render(request, "report/form.html", context, status=status)
    if status in (429, 503):
        response.headers["Retry-After"] = "3600" if status == 429 else "60"
    return response


def guard(token: str) -> dict[str, Any]:
    """What the template needs to guard a form, and the limits it tells."""
    return {
        "token": token,
        "trap": tokens.TRAP,
        "work_bits": tokens.WORK_BITS,
        "limits": {
            "files": FILES,
            "file_bytes": FILE_BYTES,
            "body_bytes": BODY_BYTES,
            "file_megabytes": FILE_BYTES // MEGABYTE,
        },
    }


def too_much(request: HttpRequest) -> HttpResponse:
    """413: more than may be sent at once; nothing was read, so nothing can be shown again."""
    return render(
        request,
        "report/too_much.html",
        {"megabytes": BODY_BYTES // MEGABYTE, "files": FILES},
        status=413,
    )


@reporting_page
def track(request: HttpRequest, *, secret: str) -> HttpResponse:
    """What became of a report; right after it was sent, the receipt."""
    try:
        seen = selectors.tracking(secret)
    except services.UnknownLinkError:
        return unknown_link(request)
    context = {
        "seen": seen,
        "secret": secret,
        "received": request.GET.get("received") == "1",
        "kind_name": wording.KIND_NAMES[seen.kind],
        "state": wording.STATES[seen.state],
        "steps": [(step.at, wording.STEPS[step.action]) for step in seen.steps],
        "outcomes": [
            (outcome.at, wording.OUTCOMES[outcome.outcome], campaign_link(outcome, seen.received_at))
            for outcome in seen.outcomes
        ],
        "erasure": wording.ERASURES.get(seen.erasure or ""),
        "address": request.build_absolute_uri(reverse("report-track", kwargs={"secret": secret})),
    }
    return render(request, "report/track.html", context)


def campaign_link(outcome: OutcomeSeen, received_at: datetime) -> str:
    """The page of the campaign that a report was joined to; "" where there is none to be shown."""
    if outcome.outcome != Outcome.JOINED:
        return ""
    month = f"{received_at.astimezone(JAPAN):%Y-%m}"
    try:
        shown = campaigns.shelf().month(month).campaign(outcome.reference)
    except MeyasuError:
        logger.exception("campaigns cannot be read")
        return ""
    return "" if shown is None else f"{reverse('campaign', args=[outcome.reference])}?month={month}"


@reporting_page
def give_up(request: HttpRequest, *, secret: str, act: str) -> HttpResponse:
    """Asks once more before a report is taken back or erased, and does it."""
    try:
        seen = selectors.tracking(secret)
        if request.method == "POST":
            service = services.report_erase if act == "erase" else services.report_withdraw
            service(secret=secret, now=timezone.now())
            return redirect("report-track", secret=secret)
    except services.UnknownLinkError:
        return unknown_link(request)
    return render(request, "report/give_up.html", {"seen": seen, "secret": secret, "act": act})


def unknown_link(request: HttpRequest) -> HttpResponse:
    """404: nothing has this link; why is not said."""
    return render(request, "report/unknown_link.html", status=404)

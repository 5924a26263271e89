"""The audit log: filtered by subject, account, action and time; and the state of its chain."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from meyasubako.centre.accounts.permissions import check_can_read_audit
from meyasubako.centre.accounts.selectors import events
from meyasubako.centre.audit.chain import chain_head, chain_verify, unsealed
from meyasubako.centre.audit.selectors import Wanted
from meyasubako.centre.site_staff.days import DayField
from meyasubako.centre.site_staff.requests import StaffRequest

EVENTS_ON_A_PAGE = 50


class FilterForm(forms.Form):
    """What is asked of the log."""

    subject = forms.CharField(label=_("Subject of the event"), max_length=160, required=False)
    action = forms.CharField(label=_("Action"), max_length=64, required=False)
    account = forms.IntegerField(label=_("Account number"), min_value=1, required=False)
    since = DayField(label=_("From day"), required=False)
    until = DayField(label=_("To day"), required=False)

    def wanted(self) -> Wanted:
        """The filter; days are days in Japan, the last one whole."""
        said: dict[str, Any] = self.cleaned_data
        return Wanted(
            subject=said["subject"].strip(),
            action=said["action"].strip(),
            account_id=said["account"],
            since=_midnight(said["since"], 0),
            until=_midnight(said["until"], 1),
        )


def _midnight(day: Any, later: int) -> datetime | None:
    if day is None:
        return None
    local = datetime.combine(day + timedelta(days=later), time(), timezone.get_default_timezone())
    return local.astimezone(UTC)


@require_safe
def event_list(request: StaffRequest) -> HttpResponse:
    """The events, newest first, a page at a time."""
    check_can_read_audit(request.viewer)
    form = FilterForm(request.GET)
    wanted = form.wanted() if form.is_valid() else Wanted()
    page = Paginator(events(request.viewer, wanted), EVENTS_ON_A_PAGE).get_page(request.GET.get("page"))
    asked = request.GET.copy()
    asked.pop("page", None)
    shown = {
        "form": form,
        "page": page,
        "asked": asked.urlencode(),
        "head": chain_head(),
        "waiting": unsealed(whole=False).count(),
    }
    return render(request, "site_staff/auditing/events.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def chain_page(request: StaffRequest) -> HttpResponse:
    """The state of the chain; a POST walks all of it."""
    check_can_read_audit(request.viewer)
    verified = chain_verify(request.now) if request.method == "POST" else None
    shown = {"head": chain_head(), "verified": verified, "waiting": unsealed(whole=False).count()}
    return render(request, "site_staff/auditing/chain.html", shown)

"""The first page after logging in: what waits, by queue, as far as the viewer's roles reach."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from meyasubako.centre.site_staff.requests import StaffRequest, open_to_all
from meyasubako.centre.site_staff.sections import SECTIONS


@open_to_all
@require_safe
def to_language(request: StaffRequest) -> HttpResponseRedirect:
    """``/``: to the page in the browser's language."""
    with translation.override(translation.get_language_from_request(request)):
        return HttpResponseRedirect(reverse("home"))


@require_safe
def home(request: StaffRequest) -> HttpResponse:
    """The queues of each section the viewer may enter."""
    entered = [section for section in SECTIONS if section.allowed(request.viewer)]
    shown = [
        {
            "section": section,
            "url": reverse(section.entry),
            "queues": list(section.queues(request.viewer, request.now)),
        }
        for section in entered
    ]
    groups = [one for one in shown if one["queues"]]
    others = [one for one in shown if not one["queues"]]
    return render(request, "site_staff/home.html", {"groups": groups, "others": others})

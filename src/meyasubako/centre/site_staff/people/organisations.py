"""Organisations: the list, a new one, other names."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from meyasubako.centre.accounts import selectors, services
from meyasubako.centre.accounts.permissions import check_can_manage_accounts
from meyasubako.centre.site_staff.people.forms import OrganisationForm, OrganisationNamesForm
from meyasubako.centre.site_staff.requests import StaffRequest


@require_safe
def organisation_list(request: StaffRequest) -> HttpResponse:
    """All organisations with the number of their accounts."""
    rows = selectors.organisations(request.viewer).annotate(people=Count("accounts"))
    return render(request, "site_staff/people/organisations.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    """A new organisation."""
    check_can_manage_accounts(request.viewer)
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.organisation_add(**form.cleaned_data, by=request.viewer, now=request.now)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The organisation has been added."))
            return HttpResponseRedirect(reverse("organisations"))
    return render(request, "site_staff/people/organisation_add.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def organisation(request: StaffRequest, pk: int) -> HttpResponse:
    """One organisation: its names may change."""
    known = get_object_or_404(selectors.organisations(request.viewer), pk=pk)
    names = {"name_ja": known.name_ja, "name_en": known.name_en}
    form = OrganisationNamesForm(request.POST or None, initial=names)
    if request.method == "POST" and form.is_valid():
        services.organisation_rename(
            organisation=known, **form.cleaned_data, by=request.viewer, now=request.now
        )
        messages.success(request, _("The names have been changed."))
        return HttpResponseRedirect(reverse("organisations"))
    people = selectors.accounts(request.viewer).filter(organisation=known)
    return render(
        request, "site_staff/people/organisation.html", {"form": form, "known": known, "people": people}
    )

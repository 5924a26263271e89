"""Keys of the API: the list, a new key shown once, revocation."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meyasubako.centre.accounts.permissions import check_can_manage_keys
from meyasubako.centre.keys import services
from meyasubako.centre.keys.models import ApiKey
from meyasubako.centre.site_staff.monitoring.forms import KeyForm
from meyasubako.centre.site_staff.requests import StaffRequest


@require_safe
def key_list(request: StaffRequest) -> HttpResponse:
    """All keys, without their secrets."""
    rows = services.api_keys(request.viewer, now=request.now)
    return render(request, "site_staff/monitoring/keys.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    """Make a key; what its client must show is in this answer alone."""
    check_can_manage_keys(request.viewer)
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            key, token = services.api_key_make(
                organisation=said["organisation"],
                name=said["name"],
                scopes=said["scopes"],
                expires_at=form.expires_at(),
                requests_per_hour=said["requests_per_hour"],
                mails_per_hour=said["mails_per_hour"],
                by=request.viewer,
                now=request.now,
            )
        except services.InvalidKeyError as error:
            form.add_error(None, str(error))
        else:
            return render(request, "site_staff/monitoring/key_made.html", {"key": key, "token": token})
    return render(
        request, "site_staff/monitoring/key_add.html", {"form": form}, status=400 if form.errors else 200
    )


@require_POST
def revoke(request: StaffRequest, public_id: str) -> HttpResponse:
    """Revoke a key for good."""
    try:
        services.api_key_revoke(public_id=public_id, by=request.viewer, now=request.now)
    except ApiKey.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, _("The key has been revoked."))
    return HttpResponseRedirect(reverse("api_keys"))

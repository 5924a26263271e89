"""The own account: roles, password, recovery codes, logging out."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meyasubako.centre.accounts import services, signing_in
from meyasubako.centre.accounts.models import RecoveryCode
from meyasubako.centre.accounts.sources import source_of
from meyasubako.centre.site_staff.people.shown import role_name
from meyasubako.centre.site_staff.requests import StaffRequest, open_to_all
from meyasubako.centre.site_staff.signing import pending
from meyasubako.centre.site_staff.signing.forms import CodeForm, PasswordForm
from meyasubako.centre.site_staff.signing.views import refusal


@open_to_all
@require_POST
def logout_page(request: StaffRequest) -> HttpResponse:
    """Close the session."""
    if request.user.is_authenticated:
        signing_in.session_end(account=request.user, now=request.now)
    logout(request)
    return HttpResponseRedirect(reverse("login"))


@require_safe
def own_page(request: StaffRequest) -> HttpResponse:
    """What the centre knows of the person who is logged in."""
    left = RecoveryCode.objects.filter(account=request.user, used_at=None).count()
    roles = [role_name(role) for role in sorted(request.viewer.roles)]
    return render(request, "site_staff/signing/own_account.html", {"roles": roles, "codes_left": left})


@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def password_page(request: StaffRequest) -> HttpResponse:
    """Change the own password; the session goes on under a new key, the second factor stays."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        account = request.user
        try:
            services.password_change(
                account=account,
                old=form.cleaned_data["old"],
                new=form.cleaned_data["new"],
                source=source_of(request),
                now=request.now,
            )
        except ValidationError as error:
            if hasattr(error, "error_dict"):
                form.add_error(None, error)
            else:
                form.add_error("new", error)
        else:
            pending.finish(request, account)
            messages.success(request, _("Your password has been changed."))
            return HttpResponseRedirect(reverse("own_account"))
    return render(request, "site_staff/signing/password.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def recovery_codes_page(request: StaffRequest) -> HttpResponse:
    """Make new recovery codes, against a code of the app."""
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        account = request.user
        try:
            signing_in.code_check(
                account=account, code=form.cleaned_data["code"], source=source_of(request), now=request.now
            )
        except signing_in.LoginRefusedError as error:
            form.add_error("code", refusal(error, _("This code is not right, or it was used before.")))
        else:
            codes = signing_in.recovery_codes_make(account=account, now=request.now)
            shown = {"codes": codes, "next": reverse("own_account")}
            return render(request, "site_staff/signing/recovery_codes.html", shown)
    return render(request, "site_staff/signing/new_recovery_codes.html", {"form": form})

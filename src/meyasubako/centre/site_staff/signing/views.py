"""From the login name to the home page: password, then code; the first time, setting the second factor up."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from meyasubako.centre.accounts import services, signing_in, totp
from meyasubako.centre.accounts.sources import source_of
from meyasubako.centre.site_staff.requests import StaffRequest, open_to_all
from meyasubako.centre.site_staff.signing import pending
from meyasubako.centre.site_staff.signing.forms import CodeForm, LoginForm, NewPasswordForm
from meyasubako.centre.site_staff.signing.qr import qr_svg

PAGE = require_http_methods(["GET", "HEAD", "POST"])


def refusal(error: signing_in.LoginRefusedError, otherwise: str) -> str:
    """What a person is told of a failed try: when to try again after a lock, else only that it failed."""
    if error.locked_until is None:
        return otherwise
    until = timezone.localtime(error.locked_until)
    return _("Too many failed tries. Nothing can be tried until %(time)s (Japan).") % {
        "time": f"{until:%H:%M}"
    }


@open_to_all
@sensitive_post_parameters("password")
@PAGE
def login_page(request: StaffRequest) -> HttpResponse:
    """Login name and password."""
    form = LoginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account = signing_in.password_check(
                email=form.cleaned_data["email"],
                password=form.cleaned_data["password"],
                source=source_of(request),
                now=request.now,
            )
        except signing_in.LoginRefusedError as error:
            form.add_error(None, refusal(error, _("The address or the password is not right.")))
        else:
            return pending.begin(request, account, request.POST.get("next", ""))
    shown = {"form": form, "next": request.POST.get("next") or request.GET.get("next", "")}
    return render(request, "site_staff/signing/login.html", {**shown, "ended": request.GET.get("ended", "")})


@open_to_all
@PAGE
def code_page(request: StaffRequest) -> HttpResponse:
    """The code of the second factor, or a recovery code."""
    account = pending.account_of(request)
    if account is None:
        return HttpResponseRedirect(reverse("login"))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            signing_in.code_check(
                account=account, code=form.cleaned_data["code"], source=source_of(request), now=request.now
            )
        except signing_in.LoginRefusedError as error:
            form.add_error("code", refusal(error, _("This code is not right, or it was used before.")))
        else:
            return HttpResponseRedirect(pending.finish(request, account))
    return render(request, "site_staff/signing/code.html", {"form": form})


@open_to_all
@PAGE
def second_factor_page(request: StaffRequest) -> HttpResponse:
    """Set the authenticator up; with its first code the account is logged in and told its recovery codes."""
    account = pending.account_of(request)
    if account is None or signing_in.has_second_factor(account):
        return HttpResponseRedirect(reverse("login"))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = signing_in.second_factor_confirm(
                account=account, code=form.cleaned_data["code"], source=source_of(request), now=request.now
            )
        except signing_in.LoginRefusedError as error:
            form.add_error(
                "code", refusal(error, _("This code is not right. Is the clock of your device right?"))
            )
        else:
            leads_to = pending.finish(request, account)
            request.viewer = account.viewer()
            return render(
                request, "site_staff/signing/recovery_codes.html", {"codes": codes, "next": leads_to}
            )
    secret = signing_in.second_factor_begin(account=account, now=request.now)
    address = totp.address(secret, issuer=settings.OPERATOR["en"], account=account.email)
    shown = {"form": form, "qr": qr_svg(address), "secret": totp.as_text(secret)}
    return render(request, "site_staff/signing/second_factor.html", shown)


@open_to_all
@sensitive_post_parameters("new", "again")
@PAGE
def invitation_page(request: StaffRequest, token: str) -> HttpResponse:
    """An invited person chooses a password and goes on to the second factor."""
    invitation = services.invitation_find(token=token, now=request.now)
    if invitation is None:
        return render(request, "site_staff/signing/invitation_closed.html", status=404)
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            account = services.invitation_accept(
                token=token, password=form.cleaned_data["new"], now=request.now
            )
        except ValidationError as error:
            form.add_error("new", error)
        else:
            return pending.begin(request, account, "")
    return render(request, "site_staff/signing/invitation.html", {"form": form, "person": invitation.account})

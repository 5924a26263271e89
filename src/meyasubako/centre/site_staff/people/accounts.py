"""Accounts: the list, an invitation, roles, closing and opening, a lost second factor."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from meyasubako.centre.accounts import selectors, services
from meyasubako.centre.accounts.models import Account
from meyasubako.centre.accounts.throttle import account_locked_until
from meyasubako.centre.site_staff.gate import confirmed
from meyasubako.centre.site_staff.people.forms import InvitationForm, RolesForm
from meyasubako.centre.site_staff.people.shown import NAMES, role_name
from meyasubako.centre.site_staff.requests import StaffRequest


@require_safe
def account_list(request: StaffRequest) -> HttpResponse:
    """All accounts."""
    rows = [
        {
            "account": account,
            "roles": [role_name(role) for role in sorted(account.roles)],
            "confirmed": confirmed(account),
        }
        for account in selectors.accounts(request.viewer)
    ]
    return render(request, "site_staff/people/accounts.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: StaffRequest) -> HttpResponse:
    """Make an account and its invitation; the link is shown this once."""
    organisations = selectors.organisations(request.viewer)
    form = InvitationForm(request.POST or None)
    form.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            account, token = services.account_invite(**form.cleaned_data, by=request.viewer, now=request.now)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return invitation_shown(request, account, token)
    return render(request, "site_staff/people/invite.html", {"form": form, "roles": NAMES.values()})


def invitation_shown(request: StaffRequest, account: Account, token: str) -> HttpResponse:
    """The page with the link: it is kept nowhere, so it is shown in this answer alone."""
    link = request.build_absolute_uri(reverse("invitation", args=[token]))
    shown = {"person": account, "link": link, "hours": services.INVITATION_LASTS.days * 24}
    return render(request, "site_staff/people/invited.html", shown)


def found(request: StaffRequest, pk: int) -> Account:
    """The account, or 404."""
    return get_object_or_404(selectors.accounts(request.viewer), pk=pk)


def shown_account(
    request: StaffRequest, account: Account, form: RolesForm, status: int = 200
) -> HttpResponse:
    """The page of one account."""
    shown = {
        "person": account,
        "form": form,
        "confirmed": confirmed(account),
        "locked": account_locked_until(account.email, request.now),
        "invited": account.invitations.filter(used_at=None, expires_at__gt=request.now).first(),
        "roles": NAMES.values(),
    }
    return render(request, "site_staff/people/account.html", shown, status=status)


@require_safe
def account(request: StaffRequest, pk: int) -> HttpResponse:
    """One account: who, roles, state."""
    person = found(request, pk)
    return shown_account(request, person, RolesForm(initial={"roles": sorted(person.roles)}))


@require_POST
def set_roles(request: StaffRequest, pk: int) -> HttpResponse:
    """Give the account the ticked roles."""
    person = found(request, pk)
    form = RolesForm(request.POST)
    if form.is_valid():
        try:
            services.account_roles_set(
                account=person, roles=form.cleaned_data["roles"], by=request.viewer, now=request.now
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The roles have been changed."))
            return HttpResponseRedirect(reverse("account", args=[pk]))
    return shown_account(request, person, form, 400)


@require_POST
def disable(request: StaffRequest, pk: int) -> HttpResponse:
    """Close the account."""
    person = found(request, pk)
    try:
        services.account_disable(account=person, by=request.viewer, now=request.now)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The account has been closed, and its session ended."))
    return HttpResponseRedirect(reverse("account", args=[pk]))


@require_POST
def enable(request: StaffRequest, pk: int) -> HttpResponse:
    """Open the account again."""
    services.account_enable(account=found(request, pk), by=request.viewer, now=request.now)
    messages.success(request, _("The account is open again."))
    return HttpResponseRedirect(reverse("account", args=[pk]))


@require_POST
def unlock(request: StaffRequest, pk: int) -> HttpResponse:
    """Lift the lock after failures of logging in."""
    services.account_unlock(account=found(request, pk), by=request.viewer, now=request.now)
    messages.success(request, _("The lock has been lifted."))
    return HttpResponseRedirect(reverse("account", args=[pk]))


@require_POST
def invite_again(request: StaffRequest, pk: int) -> HttpResponse:
    """A new link in place of the old one."""
    person = found(request, pk)
    return invitation_shown(
        request, person, services.invitation_make(account=person, by=request.viewer, now=request.now)
    )


@require_POST
def reset_second_factor(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a lost second factor away, with the password, and invite anew."""
    person = found(request, pk)
    token = services.second_factor_reset(account=person, by=request.viewer, now=request.now)
    return invitation_shown(request, person, token)

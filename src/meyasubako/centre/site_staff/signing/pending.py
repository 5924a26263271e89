"""Who has shown the password and still owes the second factor; kept in the session, for ten minutes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from meyasubako.centre.accounts import signing_in
from meyasubako.centre.accounts.models import Account
from meyasubako.centre.accounts.sources import source_of
from meyasubako.centre.site_staff.gate import SEEN, STARTED, TOKEN
from meyasubako.centre.site_staff.requests import StaffRequest

PENDING = "pending"
LASTS = timedelta(minutes=10)
BACKEND = "meyasubako.centre.accounts.backend.SessionBackend"


def begin(request: StaffRequest, account: Account, leads_to: str) -> HttpResponseRedirect:
    """Remember the account, under a new session key; to the page that asks for the code, or sets the factor up."""
    request.session.flush()
    request.session[PENDING] = {
        "account": account.pk,
        "since": request.now.isoformat(),
        "next": safe(request, leads_to),
    }
    owed = "login_code" if signing_in.has_second_factor(account) else "login_second_factor"
    return HttpResponseRedirect(reverse(owed))


def account_of(request: StaffRequest) -> Account | None:
    """The account that owes its second factor, while it may still bring it."""
    kept = request.session.get(PENDING)
    if not kept or request.now - datetime.fromisoformat(kept["since"]) > LASTS:
        return None
    return Account.objects.select_related("organisation").filter(pk=kept["account"], is_active=True).first()


def finish(request: StaffRequest, account: Account) -> str:
    """Log in: a session under a new key, the only one of the account; gives the address to go to."""
    leads_to = str(request.session.get(PENDING, {}).get("next") or reverse("home"))
    token = signing_in.session_begin(account=account, source=source_of(request), now=request.now)
    request.session.flush()
    login(request, account, backend=BACKEND)
    request.session[TOKEN] = token
    request.session[STARTED] = request.session[SEEN] = request.now.isoformat()
    return leads_to


def safe(request: HttpRequest, address: str) -> str:
    """The address if it is one of this site, else nothing."""
    here = {request.get_host()}
    fits = url_has_allowed_host_and_scheme(address, allowed_hosts=here, require_https=request.is_secure())
    return address if fits else ""

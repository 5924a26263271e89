"""The gate before every page: a login with a second factor, one session an account, and an end to each session.

Views are closed unless marked :func:`.requests.open_to_all`. A refusal (``Denied``) that a view lets through is
recorded here and shown as a 403.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from meyasubako.centre.accounts import signing_in
from meyasubako.centre.accounts.models import Account, SecondFactor
from meyasubako.centre.accounts.permissions import Denied
from meyasubako.centre.accounts.services import denial_record
from meyasubako.centre.site_staff import errors
from meyasubako.centre.site_staff.requests import StaffRequest, current_time
from meyasubako.errors import StorageError, UnavailableError

logger = logging.getLogger(__name__)

TOKEN, STARTED, SEEN = "token", "started", "seen"
NOBODY = ""
SEEN_EVERY = timedelta(minutes=1)
IDLE = timedelta(minutes=30)


class Gate:
    """Middleware, after sessions and authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: StaffRequest) -> HttpResponseBase:
        """Answer; nothing that the staff site says is kept by a cache."""
        request.now = current_time()
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    def process_view(
        self, request: StaffRequest, view: Callable[..., Any], _arguments: Any, _named: Any
    ) -> HttpResponseBase | None:
        """Let a request pass to its view, or send it to the login."""
        person = cast("Account | AnonymousUser", request.user)
        reason = closing_reason(request) if person.is_authenticated else NOBODY
        if reason is None:
            request.viewer = request.user.viewer()
            note_seen(request)
            return None
        if reason != NOBODY:
            end_session(request, reason)
        if getattr(view, "open_to_all", False):
            return None
        return HttpResponseRedirect(login_address(request, reason))

    def process_exception(self, request: StaffRequest, exception: Exception) -> HttpResponseBase | None:
        """A refusal becomes an event and a page; tables that cannot be read now become a 503."""
        if isinstance(exception, StorageError | UnavailableError):
            logger.warning("%s", exception)
            return errors.error_page(request, 503)
        if not isinstance(exception, Denied):
            return None
        match = request.resolver_match
        denial_record(exception, now=request.now, place=(match.view_name or "") if match else "")
        return errors.forbidden(request, exception)


def closing_reason(request: StaffRequest) -> str | None:
    """Why this session counts no more (a code), or None while it does."""
    account, session, now = request.user, request.session, request.now
    try:
        started = datetime.fromisoformat(session[STARTED])
        seen = datetime.fromisoformat(session[SEEN])
        token = str(session[TOKEN])
    except (KeyError, ValueError):
        return "incomplete"
    if not account.session_token or not hmac.compare_digest(account.session_token.encode(), token.encode()):
        return "replaced"
    if not confirmed(account):
        return "second_factor"
    if now - started > timedelta(seconds=settings.SESSION_COOKIE_AGE):
        return "expired"
    if now - seen > IDLE:
        return "idle"
    return None


def confirmed(account: Account) -> bool:
    """Whether the account has a second factor that counts."""
    try:
        return account.second_factor.confirmed_at is not None
    except SecondFactor.DoesNotExist:
        return False


def note_seen(request: StaffRequest) -> None:
    """Keep when the session was last used, at most once a minute."""
    seen = datetime.fromisoformat(request.session[SEEN])
    if request.now - seen > SEEN_EVERY:
        request.session[SEEN] = request.now.isoformat()


def end_session(request: StaffRequest, reason: str) -> None:
    """Close it. The account's token is taken back only where the session held it."""
    account = request.user
    if reason in {"expired", "idle", "second_factor"}:
        signing_in.session_end(account=account, now=request.now, reason=reason)
    logout(request)


def login_address(request: HttpRequest, reason: str = NOBODY) -> str:
    """The login page, which leads back to here (GET alone: nothing is sent twice)."""
    asked = {"next": request.get_full_path()} if request.method == "GET" else {}
    if reason:
        asked["ended"] = reason
    return reverse("login") + ("?" + urlencode(asked) if asked else "")

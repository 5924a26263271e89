"""Who asks: the key in ``Authorization: Bearer``, its scope for the operation, and its limits."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from django.http import HttpRequest
from ninja.security import HttpBearer

from meyasubako.centre.accounts.sources import source_of
from meyasubako.centre.api.problems import Refusal
from meyasubako.centre.audit.services import event_record
from meyasubako.centre.keys.models import ApiKey
from meyasubako.centre.keys.scopes import is_possible
from meyasubako.centre.keys.services import key_shown, key_use
from meyasubako.centre.reports.services import rate_take

WRONG_KEYS_PER_HOUR = 120
"""Wrong keys that one source may show within an hour."""


class ApiRequest(HttpRequest):
    """``auth``: the key; ``now``: the one moment at which this request happens (UTC)."""

    auth: ApiKey
    now: datetime


class Scope(HttpBearer):
    """The gate before one operation: a good key that holds the scope and has not used up its hour."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> ApiKey:
        """The key. Raises Refusal: 401, 403, 429."""
        request.now = datetime.now(UTC)  # type: ignore[attr-defined]
        found: ApiKey | None = super().__call__(request)
        if found is None:
            raise _wrong_key(request, datetime.now(UTC))
        return found

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        """The key of a token, allowed in and counted; None for one that is none or not good any more."""
        now = datetime.now(UTC)
        key = key_shown(token, now)
        if key is None:
            return None
        # Counted first: denials are recorded, and a mistaken client is not to fill the log.
        count(key, now, requests=1)
        if self.scope not in key.scopes or not is_possible(self.scope, key.organisation.kind):
            _denied(key, self.scope, now)
            raise Refusal("scope-missing", f"The operation needs the scope {self.scope}.")
        return key


def count(key: ApiKey, now: datetime, *, requests: int = 0, mails: int = 0) -> None:
    """Count against the limits of the hour. Raises Refusal."""
    wait = key_use(key, now=now, requests=requests, mails=mails)
    if wait:
        what = "requests" if requests else "mails"
        limit = key.requests_per_hour if requests else key.mails_per_hour
        raise Refusal("too-many-requests", f"{limit} {what} an hour.", headers={"Retry-After": str(wait)})


def _denied(key: ApiKey, scope: str, now: datetime) -> None:
    with transaction.atomic():
        event_record(
            action="permission.denied",
            subject=key.subject,
            by_account=None,
            organisation=key.organisation_id,
            now=now,
            detail={"scope": scope},
        )


def _wrong_key(request: HttpRequest, now: datetime) -> Refusal:
    if not rate_take(door="api-key", source=source_of(request), limit=WRONG_KEYS_PER_HOUR, now=now):
        return Refusal("too-many-requests", "Too many wrong keys.", headers={"Retry-After": "3600"})
    return Refusal("unauthorised", headers={"WWW-Authenticate": 'Bearer realm="meyasubako"'})

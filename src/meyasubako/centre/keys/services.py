"""Keys: made, listed, revoked, found again by what a client shows, counted against their limits.

A key reads ``meyasu_<public id>_<secret>``. The public id finds the row; of the secret, 192 random bits, one round of
SHA-256 is kept, which is enough for a secret nobody can guess.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from meyasubako.centre.accounts.models import Organisation
from meyasubako.centre.accounts.permissions import check_can_manage_keys
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.audit.services import event_record
from meyasubako.centre.keys.models import ApiKey, KeyUse
from meyasubako.centre.keys.scopes import SCOPES, is_possible

PREFIX = "meyasu"
SHAPE = re.compile(r"meyasu_([0-9a-z]{12})_([0-9A-Za-z_-]{32})\Z")
ID_SIGNS = "0123456789abcdefghijkmnpqrstuvwxyz"
REQUESTS_PER_HOUR = 3_600
MAILS_PER_HOUR = 20_000
USE_KEPT = timedelta(days=62)


class InvalidKeyError(ValueError):
    """What a key was asked to be cannot be; the text says why."""


@dataclass(frozen=True, slots=True)
class KeySeen:
    """A key as it is listed: everything but its secret. ``state``: active, expired or revoked."""

    key_id: int
    public_id: str
    name: str
    organisation: str
    scopes: tuple[str, ...]
    state: str
    made_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    requests_per_hour: int
    mails_per_hour: int


def api_key_make(
    *,
    organisation: Organisation,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime | None,
    by: Viewer,
    now: datetime,
    requests_per_hour: int = REQUESTS_PER_HOUR,
    mails_per_hour: int = MAILS_PER_HOUR,
) -> tuple[ApiKey, str]:
    """A new key and what the client must show, which is told this once. Raises InvalidKeyError, Denied."""
    check_can_manage_keys(by)
    wanted = _checked(organisation, name.strip(), scopes, expires_at, now)
    if requests_per_hour < 1 or mails_per_hour < 1:
        raise InvalidKeyError(_("A limit is 1 or more."))
    secret = secrets.token_urlsafe(24)
    with transaction.atomic():
        key = ApiKey.objects.create(
            organisation=organisation,
            name=name.strip(),
            public_id="".join(secrets.choice(ID_SIGNS) for _ in range(12)),
            secret_hash=hashed(secret),
            scopes=wanted,
            requests_per_hour=requests_per_hour,
            mails_per_hour=mails_per_hour,
            made_at=now,
            made_by_id=by.account_id,
            expires_at=expires_at,
        )
        _record("api_key.made", key, by, now, scopes="+".join(wanted), owner=organisation.pk)
    return key, f"{PREFIX}_{key.public_id}_{secret}"


def api_key_revoke(*, public_id: str, by: Viewer, now: datetime) -> ApiKey:
    """Revoke a key for good; twice is once. Raises ApiKey.DoesNotExist, Denied."""
    check_can_manage_keys(by)
    with transaction.atomic():
        key = ApiKey.objects.select_for_update().get(public_id=public_id)
        if key.revoked_at is None:
            key.revoked_at = now
            key.save(update_fields=["revoked_at"])
            _record("api_key.revoked", key, by, now)
    return key


def api_keys(viewer: Viewer, *, now: datetime) -> tuple[KeySeen, ...]:
    """All keys, for an administrator of the centre. Raises Denied."""
    check_can_manage_keys(viewer)
    rows: QuerySet[ApiKey] = ApiKey.objects.select_related("organisation")
    return tuple(
        KeySeen(
            key.pk,
            key.public_id,
            key.name,
            key.organisation.slug,
            tuple(key.scopes),
            state_of(key, now),
            key.made_at,
            key.expires_at,
            key.revoked_at,
            key.last_used_at,
            key.requests_per_hour,
            key.mails_per_hour,
        )
        for key in rows
    )


def key_shown(token: str, now: datetime) -> ApiKey | None:
    """The key that a client shows, while it is good; notes its use, to the minute."""
    shape = SHAPE.match(token)
    if shape is None:
        return None
    key = ApiKey.objects.select_related("organisation").filter(public_id=shape[1]).first()
    kept = key.secret_hash if key is not None else hashed("")
    if not hmac.compare_digest(hashed(shape[2]), kept) or key is None or state_of(key, now) != "active":
        return None
    if key.last_used_at is None or now - key.last_used_at >= timedelta(minutes=1):
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


def key_use(key: ApiKey, *, now: datetime, requests: int = 0, mails: int = 0) -> int:
    """Count what a key asks for. 0 when it is within its limits, else the seconds until there is room again."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    with transaction.atomic():
        use, _made = KeyUse.objects.select_for_update().get_or_create(
            key=key, hour=hour, defaults={"organisation_id": key.organisation_id}
        )
        fits = use.requests + requests <= key.requests_per_hour and use.mails + mails <= key.mails_per_hour
        if fits:
            KeyUse.objects.filter(pk=use.pk).update(
                requests=F("requests") + requests, mails=F("mails") + mails
            )
    return 0 if fits else max(1, int((hour + timedelta(hours=1) - now).total_seconds()) + 1)


def use_forget(*, now: datetime) -> int:
    """Drop counts that no limit and no page needs any more; how many."""
    dropped, _each = KeyUse.objects.filter(hour__lt=now - USE_KEPT).delete()
    return dropped


def viewer_of(key: ApiKey) -> Viewer:
    """In whose name a request with this key acts: its organisation, nobody in person, no roles."""
    return Viewer(None, key.organisation_id, key.organisation.kind)


def state_of(key: ApiKey, now: datetime) -> str:
    """``active``, ``expired`` or ``revoked``."""
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= now:
        return "expired"
    return "active"


def hashed(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _checked(
    organisation: Organisation, name: str, scopes: Iterable[str], expires_at: datetime | None, now: datetime
) -> list[str]:
    if not name or len(name) > 100 or not name.isprintable():
        raise InvalidKeyError(_("A key has a name of 1 to 100 letters."))
    asked = set(scopes)
    if not asked or not asked <= SCOPES.keys():
        raise InvalidKeyError(_("Choose one or more of the scopes: %(all)s.") % {"all": ", ".join(SCOPES)})
    for scope in sorted(asked):
        if not is_possible(scope, organisation.kind):
            raise InvalidKeyError(_("Only a carrier may hold the scope %(scope)s.") % {"scope": scope})
    if expires_at is not None and expires_at <= now:
        raise InvalidKeyError(_("The key would have expired already."))
    return [scope for scope in SCOPES if scope in asked]


def _record(action: str, key: ApiKey, by: Viewer, now: datetime, **detail: str | int) -> None:
    event_record(
        action=action,
        subject=key.subject,
        by_account=by.by_account,
        organisation=by.by_organisation,
        now=now,
        detail={"key": key.public_id, **detail},
    )

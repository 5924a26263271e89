"""How often one source may use a door of the centre: counted by a keyed hash of its network that changes daily."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F

from meyasubako.centre.accounts.sealed import fingerprint
from meyasubako.centre.reports.models import RateWindow

WINDOW = timedelta(hours=1)
KEPT = timedelta(days=2)


def rate_take(*, door: str, source: str, limit: int, now: datetime) -> bool:
    """Count one use of a door by a source; whether it is within the limit of the hour."""
    moment = now.astimezone(UTC)
    starts_at = moment.replace(minute=0, second=0, microsecond=0)
    hashed = fingerprint(f"{moment:%Y-%m-%d} {door} {source}", "reports.rate")
    with transaction.atomic():
        window, _ = RateWindow.objects.select_for_update().get_or_create(source=hashed, starts_at=starts_at)
        if window.count >= limit:
            return False
        RateWindow.objects.filter(pk=window.pk).update(count=F("count") + 1)
    return True


def rate_forget(*, now: datetime) -> int:
    """Drop windows that are over; how many went."""
    dropped, _ = RateWindow.objects.filter(starts_at__lt=now - KEPT).delete()
    return dropped

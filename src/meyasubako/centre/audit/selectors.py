"""Reading events. Whether the reader may is checked above (``accounts.selectors.events``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from meyasubako.centre.audit.models import Event


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: each part narrows; a subject or an action given in part stands for what begins with it."""

    subject: str = ""
    action: str = ""
    account_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


def events(wanted: Wanted = Wanted()) -> QuerySet[Event]:
    """The events, newest first."""
    found = Event.objects.order_by("-pk")
    if wanted.subject:
        exact = wanted.subject.partition(":")[2]
        found = (
            found.filter(subject=wanted.subject)
            if exact
            else found.filter(subject__startswith=wanted.subject)
        )
    if wanted.action:
        found = found.filter(action__startswith=wanted.action)
    if wanted.account_id is not None:
        found = found.filter(account_id=wanted.account_id)
    if wanted.since is not None:
        found = found.filter(at__gte=wanted.since)
    if wanted.until is not None:
        found = found.filter(at__lt=wanted.until)
    return found

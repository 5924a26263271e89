"""What may be seen of the register, by whom; values, never rows. The centre's own people alone see monitors."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.db.models import QuerySet

from meyasubako.centre.accounts.permissions import check_can_read_monitors
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.monitors.entry import Entry
from meyasubako.centre.monitors.models import Monitor
from meyasubako.centre.monitors.types import MonitorSeen
from meyasubako.receivers.arrival import JAPAN

PLANNED, IN_SERVICE, RETIRED = "planned", "in service", "retired"


def monitors(
    viewer: Viewer, *, monitor_class: str | None = None, state: str | None = None, day: date | None = None
) -> tuple[MonitorSeen, ...]:
    """The register by name, as it stands on a day in Japan (today). Raises Denied."""
    rows = _visible(viewer)
    if monitor_class is not None:
        rows = rows.filter(monitor_class=monitor_class)
    today = day or datetime.now(UTC).astimezone(JAPAN).date()
    seen = (MonitorSeen(row.pk, row.entry(), state_on(row.entry(), today)) for row in rows.order_by("name"))
    return tuple(one for one in seen if state is None or one.state == state)


def monitor_named(viewer: Viewer, name: str) -> MonitorSeen | None:
    """The monitor of this name. Raises Denied."""
    row = _visible(viewer).filter(name=name).first()
    if row is None:
        return None
    return MonitorSeen(row.pk, row.entry(), state_on(row.entry(), datetime.now(UTC).astimezone(JAPAN).date()))


def decoy_domains() -> frozenset[str]:
    """Domains at which no names exist but the registered ones, whoever asks: they are no secret inside the centre."""
    rows = Monitor.objects.filter(decoy=True).values_list("address", flat=True)
    return frozenset(address.rpartition("@")[2] for address in rows)


def state_on(entry: Entry, day: date) -> str:
    """``planned``, ``in service`` or ``retired``."""
    if entry.since is not None and day < entry.since:
        return PLANNED
    if entry.until is not None and entry.until < day:
        return RETIRED
    return IN_SERVICE


def _visible(viewer: Viewer) -> QuerySet[Monitor]:
    check_can_read_monitors(viewer)
    rows = Monitor.objects.all()
    return rows if viewer.is_system else rows.filter(organisation_id=viewer.organisation_id)

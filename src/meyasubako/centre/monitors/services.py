"""Writing the register: add, change, retire; each in one transaction with its audit event.

The class of a monitor stays once it is in service, so that its mail is of one class for ever: a mailbox that becomes
something else is retired and registered under another name. Receivers see a change when its snapshot is published
(:mod:`.publishing`), which happens as the transaction ends.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.accounts.owners import owner_of
from meyasubako.centre.accounts.permissions import check_can_manage_monitors
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.audit.services import event_record
from meyasubako.centre.monitors.entry import Entry, InvalidEntryError, Problem, overlap, problems
from meyasubako.centre.monitors.models import Monitor
from meyasubako.centre.monitors.publishing import publish_on_commit
from meyasubako.receivers.arrival import JAPAN

__all__ = ["UnknownMonitorError", "monitor_add", "monitor_change", "monitor_retire", "monitor_save"]


class UnknownMonitorError(LookupError):
    """There is no monitor of this name."""


def monitor_add(*, entry: Entry, by: Viewer, now: datetime) -> Monitor:
    """Register a monitor. Raises InvalidEntryError, also for a name that is taken."""
    check_can_manage_monitors(by)
    entry = entry.cleaned()
    with transaction.atomic():
        if Monitor.objects.filter(name=entry.name).exists():
            raise InvalidEntryError((Problem("name", "taken", _("There is a monitor of this name.")),))
        return _written(Monitor(organisation_id=owner_of(by, now), added_at=now), entry, "added", by, now)


def monitor_change(*, entry: Entry, by: Viewer, now: datetime) -> Monitor:
    """Give the monitor of the entry's name these values. Raises UnknownMonitorError, InvalidEntryError."""
    check_can_manage_monitors(by)
    entry = entry.cleaned()
    with transaction.atomic():
        monitor = _locked(entry.name)
        if monitor.entry() == entry:
            return monitor
        if monitor.monitor_class != entry.monitor_class and _has_begun(monitor, now):
            raise InvalidEntryError(
                (
                    Problem(
                        "class",
                        "fixed",
                        _(
                            "The class stays once a monitor is in service: retire it and register another name."
                        ),
                    ),
                )
            )
        return _written(monitor, entry, "changed", by, now)


def monitor_save(*, entry: Entry, by: Viewer, now: datetime) -> str:
    """Add or change by name; ``added``, ``changed`` or ``unchanged``. Raises InvalidEntryError."""
    entry = entry.cleaned()
    known = Monitor.objects.filter(name=entry.name).first()
    if known is None:
        monitor_add(entry=entry, by=by, now=now)
        return "added"
    if known.entry() == entry:
        check_can_manage_monitors(by)
        return "unchanged"
    monitor_change(entry=entry, by=by, now=now)
    return "changed"


def monitor_retire(*, name: str, last_day: date, by: Viewer, now: datetime) -> Monitor:
    """Take a monitor out of service after a day. Raises UnknownMonitorError, InvalidEntryError."""
    check_can_manage_monitors(by)
    with transaction.atomic():
        monitor = _locked(name)
        return _written(monitor, replace(monitor.entry(), until=last_day), "retired", by, now)


def _locked(name: str) -> Monitor:
    monitor = Monitor.objects.select_for_update().filter(name=name).first()
    if monitor is None:
        raise UnknownMonitorError(name)
    return monitor


def _has_begun(monitor: Monitor, now: datetime) -> bool:
    return monitor.since is None or monitor.since <= now.astimezone(JAPAN).date()


def _written(monitor: Monitor, entry: Entry, action: str, by: Viewer, now: datetime) -> Monitor:
    found = problems(entry) or _conflicts(monitor, entry)
    if found:
        raise InvalidEntryError(found)
    monitor.name, monitor.address, monitor.monitor_class = entry.name, entry.address, entry.monitor_class
    monitor.carrier, monitor.since, monitor.until = entry.carrier, entry.since, entry.until
    monitor.decoy, monitor.note, monitor.changed_at = entry.decoy, entry.note, now
    try:
        with transaction.atomic():
            monitor.save()
    except IntegrityError as error:  # another one wrote at the same time
        raise InvalidEntryError((_address_taken(),)) from error
    event_record(
        action=f"monitor.{action}",
        subject=monitor.subject,
        by_account=by.by_account,
        organisation=by.by_organisation,
        now=now,
        detail={"class": entry.monitor_class, "decoy": entry.decoy},
    )
    publish_on_commit()
    return monitor


def _conflicts(monitor: Monitor, entry: Entry) -> tuple[Problem, ...]:
    """Whether another monitor has the address on one of the days."""
    others = Monitor.objects.select_for_update().filter(address=entry.address).exclude(pk=monitor.pk)
    if any(overlap(entry, other.entry()) for other in others):
        return (_address_taken(),)
    return ()


def _address_taken() -> Problem:
    return Problem("address", "taken", _("Another monitor has this address at the same time."))

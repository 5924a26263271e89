"""The routes snapshot: the register as the file that receivers read (``receivers.routes`` tells its format).

Written whole, synced and renamed after every change, and by a step of its own, which puts right what a crash between
the transaction and the file left behind and hands an address on when the days of service say so. Receivers look at
the days of a monitor themselves; only which monitor an address belongs to is chosen here.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from meyasubako.centre.monitors.entry import Entry
from meyasubako.centre.monitors.models import Monitor
from meyasubako.errors import StorageError
from meyasubako.receivers.arrival import JAPAN
from meyasubako.receivers.routes import FILE_NAME, FORMAT
from meyasubako.tables.durable import write_durably


def publish_on_commit() -> None:
    """Publish when the transaction under way has ended well."""
    transaction.on_commit(lambda: routes_publish(now=datetime.now(UTC)))


def routes_publish(*, now: datetime) -> bool:
    """Write the snapshot unless the file says the same already; whether it was written. Raises StorageError."""
    home = Path(settings.HOME)
    path = home / FILE_NAME
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = os.open(home / ".routes.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # The register is read inside the lock: who writes last has read last.
            fcntl.flock(lock, fcntl.LOCK_EX)
            content = snapshot(now)
            if path.exists() and path.read_bytes() == content:
                return False
            write_durably(path, content)
        finally:
            os.close(lock)
    except OSError as error:
        raise StorageError(str(path), error.strerror or str(error)) from error
    return True


def step_routes_publish(now: datetime) -> int:
    """A step: 1 when the snapshot had to be written."""
    return int(routes_publish(now=now))


def snapshot(now: datetime) -> bytes:
    """The register as the file has it."""
    entries = [monitor.entry() for monitor in Monitor.objects.order_by("name")]
    addresses = settings.REPORT_ADDRESSES
    if not addresses and not settings.REPORT_ADDRESSES_SAID:
        addresses = _published_report_addresses()
    document = document_of(entries, addresses, now.astimezone(JAPAN).date())
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def _published_report_addresses() -> tuple[str, ...]:
    """The report addresses of the snapshot that is there; none where it cannot be read."""
    try:
        recipients = json.loads((Path(settings.HOME) / FILE_NAME).read_bytes())["recipients"]
        return tuple(address for address, route in recipients.items() if route.get("report") is True)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return ()


def document_of(entries: Iterable[Entry], report_addresses: Iterable[str], today: date) -> dict[str, Any]:
    """The snapshot of these entries. An address goes to its monitor of today, else the next, else the last."""
    chosen: dict[str, Entry] = {}
    monitors: dict[str, dict[str, str | None]] = {}
    decoys: set[str] = set()
    for entry in entries:
        monitors[entry.name] = {
            "class": entry.monitor_class,
            "carrier": entry.carrier or None,
            "from": entry.since.isoformat() if entry.since else None,
            "to": entry.until.isoformat() if entry.until else None,
        }
        if entry.decoy:
            decoys.add(entry.domain)
        held = chosen.get(entry.address)
        if held is None or _nearness(entry, today) < _nearness(held, today):
            chosen[entry.address] = entry
    recipients: dict[str, dict[str, Any]] = {
        address: {"monitor": entry.name} for address, entry in chosen.items() if not entry.is_catch_all
    }
    recipients |= {address: {"report": True} for address in report_addresses}
    return {
        "format": FORMAT,
        "monitors": monitors,
        "recipients": recipients,
        "catch_all": {
            entry.domain: {"monitor": entry.name} for entry in chosen.values() if entry.is_catch_all
        },
        "decoy_domains": sorted(decoys),
    }


def _nearness(entry: Entry, today: date) -> tuple[int, int]:
    """Smaller is nearer: in service, then the one that begins next, then the one that ended last."""
    if entry.since is not None and entry.since > today:
        return 1, (entry.since - today).days
    if entry.until is not None and entry.until < today:
        return 2, (today - entry.until).days
    return 0, 0

"""The routes snapshot: which address belongs to which monitor, of which class and carrier, as a file read alone.

Receivers never open the relational database, so that a locked database cannot stop a mail. Whoever manages monitors
writes ``routes.json`` into the data folder, whole, by renaming over the old one::

    {"format": 1,
     "monitors": {"tokyo-1": {"class": "pc", "carrier": "Example Net", "from": "2026-04-01", "to": null}},
     "recipients": {"taro@decoy.example": {"monitor": "tokyo-1"}, "report@centre.example": {"report": true}},
     "catch_all": {"decoy.example": {"monitor": "tokyo-1"}},
     "decoy_domains": ["decoy.example"]}

Only ``monitors`` must be there, and of a monitor its class. Addresses are in lower case; days are days in Japan, the
first and the last in service. Unknown keys are passed over, so that later snapshots can say more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from meyasubako.errors import MeyasuError

FILE_NAME = "routes.json"
FORMAT = 1
CLASSES = ("pc", "mobile")


class Route(NamedTuple):
    """What is known of a monitor: its class (``pc``, ``mobile``), its carrier, its first and last day in service."""

    monitor_class: str
    carrier: str | None
    since: date | None = None
    until: date | None = None

    def is_in_service(self, day: date) -> bool:
        """Whether the monitor takes mail on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class Destination(NamedTuple):
    """Where a mail to an address goes: to a monitor, or (``monitor`` None) to the reports."""

    monitor: str | None


@dataclass(frozen=True)
class Routes:
    """A whole snapshot. Addresses and domains are in lower case."""

    monitors: Mapping[str, Route] = field(default_factory=dict)
    recipients: Mapping[str, Destination] = field(default_factory=dict)
    catch_all: Mapping[str, Destination] = field(default_factory=dict)
    decoy_domains: frozenset[str] = frozenset()

    @cached_property
    def takes_every_address(self) -> bool:
        """Whether no address of a monitor and no decoy domain is registered: then all that is no report is taken."""
        leads = (*self.recipients.values(), *self.catch_all.values())
        return not self.decoy_domains and all(destination.monitor is None for destination in leads)

    def find(self, address: str, day: date) -> Destination | None:
        """Where a mail to this address goes on a day; None where the address is not, or its monitor not in service."""
        lower = address.lower()
        found = self.recipients.get(lower) or self.catch_all.get(lower.rpartition("@")[2])
        if found is None or found.monitor is None:
            return found
        return found if self.monitors[found.monitor].is_in_service(day) else None

    def is_decoy(self, address: str) -> bool:
        """Whether mail to an address that never existed there is worth counting: Act Art 6."""
        lower = address.lower()
        return lower.rpartition("@")[2] in self.decoy_domains and lower not in self.recipients

    def is_ours(self, address: str) -> bool:
        """Whether the address lies in a domain that this snapshot speaks of."""
        return address.lower().rpartition("@")[2] in self._domains

    @cached_property
    def _domains(self) -> frozenset[str]:
        named = frozenset(address.rpartition("@")[2] for address in self.recipients)
        return self.decoy_domains | named | frozenset(self.catch_all)


def load_routes(home: Path) -> Mapping[str, Route]:
    """Every monitor of the snapshot in the data folder, by name; none where there is no snapshot.

    Raises MeyasuError for a snapshot that cannot be read or means something else.
    """
    return read_routes(home).monitors


def read_routes(home: Path) -> Routes:
    """The snapshot in the data folder, an empty one where there is none. Raises as :func:`load_routes`."""
    path = home / FILE_NAME
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Routes()
    except (OSError, ValueError) as error:
        raise MeyasuError(str(path), f"cannot be read: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise MeyasuError(
            str(path), f'is no routes snapshot of format {FORMAT} ({{"format": {FORMAT}, ...}})'
        )
    if not isinstance(document.get("monitors"), dict):
        raise MeyasuError(str(path), 'lacks "monitors"')
    monitors = {name: _route(path, name, said) for name, said in document["monitors"].items()}
    decoys = document.get("decoy_domains", [])
    if not isinstance(decoys, list) or not all(isinstance(domain, str) for domain in decoys):
        raise MeyasuError(str(path), '"decoy_domains" is no list of names')
    return Routes(
        monitors,
        _destinations(path, document, "recipients", monitors),
        _destinations(path, document, "catch_all", monitors),
        frozenset(domain.lower() for domain in decoys),
    )


class RoutesWatch:
    """The snapshot of a data folder, read again when the file changed."""

    def __init__(self, home: Path) -> None:
        """Read it now. Raises MeyasuError for one that is wrong."""
        self._home = home
        self._seen = self._mark()
        self.routes = read_routes(home)

    def refresh(self) -> bool:
        """Read it again if it changed; whether it did. A wrong one raises MeyasuError once, and the old one stays."""
        mark = self._mark()
        if mark == self._seen:
            return False
        self._seen = mark
        self.routes = read_routes(self._home)
        return True

    def _mark(self) -> tuple[int, int, int] | None:
        try:
            status = (self._home / FILE_NAME).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino


def _route(path: Path, name: str, said: Any) -> Route:
    known = said if isinstance(said, dict) else {}
    monitor_class, carrier = known.get("class"), known.get("carrier")
    if monitor_class not in CLASSES:
        raise MeyasuError(
            str(path), f"monitor {name}: class {monitor_class!r} is none of {', '.join(CLASSES)}"
        )
    if carrier is not None and not isinstance(carrier, str):
        raise MeyasuError(str(path), f"monitor {name}: carrier {carrier!r} is no name")
    since, until = (_day(path, name, known.get(key)) for key in ("from", "to"))
    return Route(monitor_class, carrier, since, until)


def _day(path: Path, name: str, said: Any) -> date | None:
    try:
        return None if said is None else date.fromisoformat(said)
    except (TypeError, ValueError) as error:
        raise MeyasuError(str(path), f"monitor {name}: {said!r} is no day (YYYY-MM-DD)") from error


def _destinations(
    path: Path, document: dict[str, Any], key: str, monitors: Mapping[str, Route]
) -> dict[str, Destination]:
    said = document.get(key, {})
    if not isinstance(said, dict):
        raise MeyasuError(str(path), f'"{key}" is no object')
    return {address.lower(): _destination(path, address, to, monitors) for address, to in said.items()}


def _destination(path: Path, address: str, said: Any, monitors: Mapping[str, Route]) -> Destination:
    known = said if isinstance(said, dict) else {}
    monitor = known.get("monitor")
    if isinstance(monitor, str) and monitor in monitors:
        return Destination(monitor)
    if monitor is None and known.get("report") is True:
        return Destination(None)
    raise MeyasuError(str(path), f"{address}: names no monitor of the snapshot, and is no report address")

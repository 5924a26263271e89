"""Country and network of an address, as of a day: the ``Geography`` of one folder.

Country comes from the RIR delegations: the snapshot ``iptocc`` carries, and the operator's dated files in the RIRs' own
exchange format where there are any; the snapshot nearest the day answers, and its distance is part of the answer.
A delegation says to whom an address was given, not where it is used. Network comes from ``asn-ipv4.csv`` and
``asn-ipv6.csv`` (first address, last address, ASN, name: the files of ``@ip-location-db/asn``), compiled once to
arrays in ``networks``. Nothing here reaches a network; the folder is all there is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache, partial
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from iptocc import country_code

from meyasubako.origin.delegations import Delegations, load_delegations
from meyasubako.origin.networks import NetworkTable, load_networks
from meyasubako.origin.ranges import is_inner
from meyasubako.origin.types import Network, Place

STALE_DAYS = 90
"""Beyond this distance between snapshot and day a country is marked as uncertain."""

_UNKNOWN_NETWORK = Network(None, None)
_DAY_IN_NAME = re.compile(r"(?<!\d)(20\d\d)-?([01]\d)-?([0-3]\d)(?!\d)")


_Look = Callable[[str], str | None]
_Snapshot = tuple[_Look, date | None, int | None]


class Source(NamedTuple):
    """One data source, for provenance: what it is, its date, and what is known against it."""

    name: str
    date: date | None
    confidence: str


class FolderGeography:
    """Geography of a folder (None: only what is installed). Pickles as its path."""

    def __init__(self, folder: Path | None = None) -> None:
        """Open what lies in the folder. Raises ``MeyasuError`` for a file that is not what its name says."""
        self.folder = folder
        self.installed = installed_delegation_date()
        self.delegations: list[tuple[date, Path]] = _dated(folder)
        self.networks: NetworkTable | None = load_networks(folder) if folder is not None else None
        self._opened: dict[Path, Delegations] = {}
        self._days = sorted(
            {day for day, _ in self.delegations} | ({self.installed} if self.installed else set())
        )
        self._snapshot = lru_cache(maxsize=4096)(self._nearest)

    def __reduce__(self) -> tuple[type[FolderGeography], tuple[Path | None]]:
        """Worker processes open the folder again."""
        return FolderGeography, (self.folder,)

    @property
    def version(self) -> str:
        """``iptocc-2026-10-27,asn-2026-06-17,rir-2024-01-01..2025-01-01(12)``."""
        parts = [f"iptocc-{self.installed or 'undated'}"]
        if self.networks is not None:
            parts.append(f"asn-{self.networks.date or 'undated'}")
        if self.delegations:
            first, last = self.delegations[0][0], self.delegations[-1][0]
            parts.append(f"rir-{first}..{last}({len(self.delegations)})")
        return ",".join(parts)

    def sources(self) -> list[Source]:
        """What the answers rest on, for provenance pages."""
        sources = [
            Source(
                "RIR delegations (iptocc)",
                self.installed,
                "where an address was delegated to, not where it is used",
            )
        ]
        sources += [
            Source(f"RIR delegations ({path.name})", day, "as above") for day, path in self.delegations
        ]
        if self.networks is not None:
            sources.append(
                Source(
                    "@ip-location-db/asn (CC BY 4.0: RouteViews, DB-IP, NRO)",
                    self.networks.date,
                    "unverified: its publisher warns of errors in it",
                )
            )
        return sources

    def country(self, ip: str, day: date) -> Place:
        """Country from the snapshot nearest the day that knows the address; see ``STALE_DAYS``. None for inner ones."""
        snapshots = self._snapshot(day)
        if not is_inner(ip):
            for look, snapshot, distance in snapshots:
                country = look(ip)
                if country is not None:
                    return Place(country, snapshot, distance)
        _, snapshot, distance = snapshots[0]
        return Place(None, snapshot, distance)

    def network(self, ip: str, day: date) -> Network:
        """Autonomous system from the table; unknown without one."""
        if self.networks is None or is_inner(ip):
            return _UNKNOWN_NETWORK
        return self.networks.look_up(ip)

    def _nearest(self, day: date) -> list[_Snapshot]:
        """The snapshots and their distances, nearest first: a file of one registry knows only its own region."""
        if not self._days:
            return [(_installed_country, None, None)]
        nearest = sorted(self._days, key=lambda at: abs((at - day).days))
        return [(self._looks(at), at, abs((at - day).days)) for at in nearest]

    def _looks(self, at: date) -> _Look:
        """What finds an address in the snapshot of a day."""
        if at == self.installed:
            return _installed_country
        return partial(self._delegated, [path for day, path in self.delegations if day == at])

    def _delegated(self, paths: list[Path], ip: str) -> str | None:
        for path in paths:
            table = self._opened.get(path)
            if table is None:
                table = self._opened[path] = load_delegations(path)
            found = table.country(ip)
            if found is not None:
                return found
        return None


def _installed_country(ip: str) -> str | None:
    try:
        code: str | None = country_code(ip)
    except ValueError:
        return None
    return code


def geography_open(folder: Path | None) -> FolderGeography:
    """The geography of a folder; None gives what is installed (country only). Raises ``MeyasuError``."""
    return FolderGeography(folder)


@lru_cache(maxsize=1)
def installed_delegation_date() -> date | None:
    """The day ``iptocc``'s data was built: it is rebuilt with every release, and its bill of materials says when."""
    distribution = metadata.distribution("iptocc")
    for file in distribution.files or ():
        if file.name.endswith(".cyclonedx.json"):
            bill = json.loads(file.read_text(encoding="utf-8"))
            return date.fromisoformat(bill["metadata"]["timestamp"][:10])
    return None


def is_stale(place: Place) -> bool:
    """Whether the data are too far from the day for the country to stand unmarked."""
    return place.distance_days is None or place.distance_days > STALE_DAYS


def _dated(folder: Path | None) -> list[tuple[date, Path]]:
    """The dated delegation files of a folder, by day: ``delegated-*`` with a day in the name."""
    found = []
    for path in sorted(folder.glob("delegated-*")) if folder is not None else ():
        day = _DAY_IN_NAME.search(path.name)
        if day is not None:
            found.append((date(int(day[1]), int(day[2]), int(day[3])), path))
    return sorted(found)

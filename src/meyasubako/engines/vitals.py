"""How a home is: spools, disk, tables, and how far the follower is behind. For ``doctor``, the metrics and ``/readyz``.

Read from files and logs alone; nothing is made, no lease is taken.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from meyasubako.engines.follower import FOLLOWER_APP
from meyasubako.engines.generations import GENERATIONS_LAYOUT
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.engines.rollups import ROLLUPS
from meyasubako.tables.home import Home
from meyasubako.tables.schema import ARRIVALS_LAYOUT, DNS_ANSWERS_LAYOUT, EVIDENCE_LAYOUT, Layout
from meyasubako.tables.seals import SEALER_APP, SEALS_LAYOUT
from meyasubako.tables.table import Table
from meyasubako.tables.tombstones import TOMBSTONES_LAYOUT

SPOOLS = ("spool", "report-spool")
SEGMENT, DAMAGED = ".segment", ".damaged"
LAYOUTS = (
    ARRIVALS_LAYOUT, EVIDENCE_LAYOUT, DNS_ANSWERS_LAYOUT, OBSERVATIONS_LAYOUT, SEALS_LAYOUT, TOMBSTONES_LAYOUT,
    GENERATIONS_LAYOUT,
)  # fmt: skip


class SpoolSigns(NamedTuple):
    """One spool: segments and bytes that wait, seconds the oldest has waited, segments put aside as damaged."""

    name: str
    segments: int
    bytes: int
    oldest_seconds: float
    damaged: int


class TableSigns(NamedTuple):
    """One table: its version, live files, and seconds since its last commit."""

    name: str
    version: int
    files: int
    commit_seconds: float


class Vitals:
    """Reads the signs of one home. Keeps handles between readings; not for two threads."""

    def __init__(self, home: Home) -> None:
        """Nothing is opened yet."""
        self._home = home
        self._tables: dict[str, Table] = {}

    def spools(self) -> list[SpoolSigns]:
        """What waits in each spool."""
        return [_spool(self._home.path / name) for name in SPOOLS]

    def disk_free(self) -> int:
        """Bytes free for us on the home's disk."""
        status = os.statvfs(self._home.path)
        return status.f_bavail * status.f_frsize

    def table(self, layout: Layout) -> Table | None:
        """A table as of now; None where it was never made. Raises StorageError for one that cannot be opened."""
        if layout.name not in self._tables:
            if not (Path(self._home.table(layout.name)) / "_delta_log").is_dir():
                return None
            self._tables[layout.name] = Table.open(self._home, layout)
        table = self._tables[layout.name]
        table.refresh()
        return table

    def tables(self, layouts: Iterable[Layout] = LAYOUTS) -> list[TableSigns]:
        """Each table there is."""
        found = []
        for layout in (*layouts, *(rollup.layout for rollup in ROLLUPS)):
            table = self.table(layout)
            if table is not None:
                entry = table.entry_path(table.version)
                written = entry.stat().st_mtime if entry.exists() else time.time()
                age = max(time.time() - written, 0.0)
                found.append(TableSigns(layout.name, table.version, len(table.files()), age))
        return found

    def lag(self) -> tuple[int, float]:
        """Commits of arrivals that are not observed, and seconds since the oldest of them; 0 where there are none."""
        return self._behind(OBSERVATIONS_LAYOUT, FOLLOWER_APP)

    def seal_lag(self) -> tuple[int, float]:
        """The same of seals."""
        return self._behind(SEALS_LAYOUT, SEALER_APP)

    def _behind(self, layout: Layout, app: str) -> tuple[int, float]:
        arrivals = self.table(ARRIVALS_LAYOUT)
        if arrivals is None:
            return 0, 0.0
        follower = self.table(layout)
        cursor = (follower.transaction_version(app) if follower is not None else None) or 0
        behind, oldest = 0, 0.0
        for version in range(cursor + 1, arrivals.version + 1):
            entry = arrivals.entry_path(version)
            with suppress(FileNotFoundError):
                # Entries of upkeep bring nothing to observe.
                if b'"dataChange":true' in entry.read_bytes():
                    behind += 1
                    oldest = max(oldest, time.time() - entry.stat().st_mtime)
        return behind, oldest


def _spool(folder: Path) -> SpoolSigns:
    segments = size = damaged = 0
    oldest = 0.0
    if folder.is_dir():
        for path in folder.iterdir():
            damaged += path.suffix == DAMAGED
            if path.suffix == SEGMENT:
                with suppress(FileNotFoundError):  # committed meanwhile
                    status = path.stat()
                    segments += 1
                    size += status.st_size
                    oldest = max(oldest, time.time() - status.st_mtime)
    return SpoolSigns(folder.name, segments, size, oldest, damaged)

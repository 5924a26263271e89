"""Upkeep of all tables of a home: erasures finished, compaction, then removal of files behind every cursor."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from meyasubako.engines.blanking import blank_erased
from meyasubako.engines.follower import FOLLOWER_APP
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.engines.rollups import START, RollUpKeeper
from meyasubako.errors import UnavailableError
from meyasubako.tables.compaction import GRACE_SECONDS, Compaction, compact, vacuum
from meyasubako.tables.home import Home
from meyasubako.tables.schema import ARRIVALS_LAYOUT, DNS_ANSWERS_LAYOUT, EVIDENCE_LAYOUT
from meyasubako.tables.seals import SEALER_APP, SEALS_LAYOUT
from meyasubako.tables.table import Table


class Upkeep(NamedTuple):
    """What was done to one table: its name, the compaction, and the files removed."""

    table: str
    compaction: Compaction
    removed: int


class _Tables:
    """Every table of a home that upkeep looks after, and how far each one's followers have read."""

    def __init__(self, home: Home) -> None:
        layouts = (ARRIVALS_LAYOUT, EVIDENCE_LAYOUT, DNS_ANSWERS_LAYOUT, OBSERVATIONS_LAYOUT, SEALS_LAYOUT)
        self.plain = {layout.name: Table.open(home, layout) for layout in layouts}
        self.rollups = RollUpKeeper(home, self.plain["observations"])

    def cursors(self, name: str) -> list[int]:
        """The versions of a table that its followers have read up to."""
        if name == "arrivals":
            follower = self.plain["observations"].transaction_version(FOLLOWER_APP)
            sealer = self.plain["seals"].transaction_version(SEALER_APP)
            return [follower or START, sealer or START]
        return [self.rollups.lowest_cursor()] if name == "observations" else []


def keep_up(home: Home, *, grace: float = GRACE_SECONDS, wait: float = 60.0) -> list[Upkeep]:
    """Finish erasures, compact every table and remove what nobody needs, behind followers, roll-ups and pins.

    ``grace`` is the age in seconds below which a file that no commit names stays; ``wait`` how long to wait for readers.
    Raises UnavailableError when readers do not finish in time (what was compacted stays so).
    """
    tables = _Tables(home)
    blank_erased(home)
    compacted = {name: compact(home, table) for name, table in tables.plain.items()}
    compacted |= tables.rollups.compact()
    return [
        Upkeep(
            name, compacted[name], vacuum(home, table, cursors=tables.cursors(name), grace=grace, wait=wait)
        )
        for name, table in {**tables.plain, **tables.rollups.tables}.items()
    ]


def remove_replaced(home: Home, *, wait: float = 60.0) -> int:
    """Remove the files of mail that other files stand in place of; how many have to wait.

    A file waits for a follower that has still to read it, or for readers who do not finish within ``wait``
    seconds; the next upkeep removes it.
    """
    tables = _Tables(home)
    waiting = 0
    for name in ("arrivals", "evidence", "dns_answers", "observations"):
        table = tables.plain[name]
        try:
            vacuum(home, table, cursors=tables.cursors(name), wait=wait)
        except UnavailableError:
            wait = 0.0
        table.refresh()
        live = {Path(file.path).name for file in table.files()}
        waiting += sum(path.name not in live for path in table.folder.glob("*.parquet"))
    return waiting

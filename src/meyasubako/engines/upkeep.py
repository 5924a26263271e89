"""Upkeep of all tables of a home: compaction, then removal of files behind every cursor."""

from __future__ import annotations

from typing import NamedTuple

from meyasubako.engines.follower import FOLLOWER_APP, OBSERVATIONS_LAYOUT
from meyasubako.engines.rollups import START, RollUpKeeper
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


def keep_up(home: Home, *, grace: float = GRACE_SECONDS, wait: float = 60.0) -> list[Upkeep]:
    """Compact every table and remove what nobody needs, behind the follower, the sealer, the roll-ups and the pins.

    ``grace`` is the age in seconds below which a file stays; ``wait`` how long to wait for readers. Raises
    UnavailableError when readers do not finish in time (what was compacted stays so).
    """
    layouts = (ARRIVALS_LAYOUT, EVIDENCE_LAYOUT, DNS_ANSWERS_LAYOUT, OBSERVATIONS_LAYOUT, SEALS_LAYOUT)
    tables = {layout.name: Table.open(home, layout) for layout in layouts}
    compacted = {name: compact(home, table) for name, table in tables.items()}
    observations = tables["observations"]
    rollups = RollUpKeeper(home, observations)
    compacted |= rollups.compact()
    cursors = {
        "arrivals": [
            observations.transaction_version(FOLLOWER_APP) or START,
            tables["seals"].transaction_version(SEALER_APP) or START,
        ],
        "observations": [rollups.lowest_cursor()],
    }
    return [
        Upkeep(
            name, compacted[name], vacuum(home, table, cursors=cursors.get(name, ()), grace=grace, wait=wait)
        )
        for name, table in {**tables, **rollups.tables}.items()
    ]

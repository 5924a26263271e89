"""Erasure of a mail, as a service: who decides it calls this, the centre's pages and the command line alike.

First a tombstone says what, when, why and by whom; from then on writers keep these bytes no more. Then every table
is blanked (``blanking``), and the files that held the mail are removed behind every cursor (``upkeep``). Killed
anywhere, the tombstone stands, and the next upkeep finishes what it asks for.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from meyasubako.engines.blanking import LAYOUTS, blank_erased, rows_of
from meyasubako.engines.upkeep import remove_replaced
from meyasubako.errors import UsageError
from meyasubako.tables.home import Home
from meyasubako.tables.leases import reading
from meyasubako.tables.schema import ARRIVALS_LAYOUT
from meyasubako.tables.table import Table
from meyasubako.tables.tombstones import Tombstone, Tombstones

REASON_LENGTH = 1_000


class Erased(NamedTuple):
    """What an erasure did: the tombstone, rows blanked in each table, and files that wait to be removed: they may hold it still."""

    tombstone: Tombstone
    rows: dict[str, int]
    waiting: int


def sha256_of(home: Home, arrival_id: str) -> str:
    """The sha256 of the bytes of an arrival. Raises UsageError for one that is unknown."""
    table = Table.open(home, ARRIVALS_LAYOUT)
    with reading(home):
        row = rows_of(
            table,
            "SELECT sha256 FROM read_parquet($paths) WHERE arrival_id = $arrival LIMIT 1",
            {"arrival": arrival_id},
        )
    if not row:
        raise UsageError(arrival_id, "is no arrival of this home")
    return str(row[0][0])


def erase(
    home: Home,
    *,
    sha256: str,
    reason: str,
    by: str,
    now: datetime,
    arrival_id: str | None = None,
    wait: float = 60.0,
) -> Erased:
    """Erase the bytes with this sha256 (hex) and all that was read from them; safe to call again.

    ``by`` is an account (``account:12``) or a name, ``reason`` is kept for good. ``wait`` is how long to wait for
    readers before old files are left to the next upkeep. Raises UsageError for bytes that never came in, and
    for an empty reason or name.
    """
    if not reason.strip() or not by.strip():
        raise UsageError("erase", "a reason and who asks for it are needed")
    sha256 = sha256.lower()
    if not _came_in(home, sha256):
        raise UsageError(sha256, "no mail with this sha256 ever came in")
    tombstone = Tombstones(home).add(
        Tombstone(sha256, now.astimezone(UTC), reason.strip()[:REASON_LENGTH], by.strip(), arrival_id)
    )
    rows = blank_erased(home, [sha256])
    return Erased(tombstone, rows, remove_replaced(home, wait=wait))


def _came_in(home: Home, sha256: str) -> bool:
    with reading(home):
        return any(
            rows_of(
                Table.open(home, layout),
                "SELECT 1 FROM read_parquet($paths) WHERE sha256 = $sha256 LIMIT 1",
                {"sha256": sha256},
            )
            for layout in LAYOUTS
        )

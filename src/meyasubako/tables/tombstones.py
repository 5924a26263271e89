"""Tombstones: which bytes were erased, when, why and by whom.

A tombstone stands before anything is erased and for good: it is what writers obey when the same bytes come again (an
arrival is counted, its bytes are not kept), and what readers show in place of a mail. Who blanks what is
``engines.erasure``' business.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from meyasubako.tables.home import Home
from meyasubako.tables.schema import TIMESTAMP, Layout, described
from meyasubako.tables.table import AppTransaction, StaleTransactionError, Table

ATTEMPTS = 50
TOMBSTONE_APP = "tombstones"

TOMBSTONES = pa.schema(
    [
        described("sha256", pa.string(), "Key: sha256 (hex) of the bytes that were erased.", nullable=False),
        described("erased_at", TIMESTAMP, "When, UTC.", nullable=False),
        described("reason", pa.string(), "Why: the words of who decided it.", nullable=False),
        described(
            "erased_by", pa.string(), "By whom: an account (`account:12`) or a name given.", nullable=False
        ),
        described(
            "arrival_id", pa.string(), "The arrival that was asked about; null where bytes were named."
        ),
    ]
)
TOMBSTONES_LAYOUT = Layout(
    "tombstones", TOMBSTONES, order=("sha256",), unique=("sha256",), statistics=("sha256",)
)


class Tombstone(NamedTuple):
    """What was erased (sha256 in hex), when (UTC), why, by whom, and the arrival asked about."""

    sha256: str
    erased_at: datetime
    reason: str
    erased_by: str
    arrival_id: str | None


class Tombstones:
    """The tombstones of a home, as of the last :meth:`refresh`. A home without any has no such table."""

    def __init__(self, home: Home) -> None:
        """Nothing is read yet, and no table is made."""
        self._home = home
        self._table: Table | None = None
        self._read = -1
        self._known: dict[str, Tombstone] = {}

    def refresh(self) -> int:
        """See the newest tombstones; a number that grows with them, -1 where there are none."""
        if self._table is None:
            if not (Path(self._home.table(TOMBSTONES_LAYOUT.name)) / "_delta_log").is_dir():
                return -1
            self._table = Table.open(self._home, TOMBSTONES_LAYOUT)
        version = self._table.refresh()
        if version != self._read:
            paths = [file.path for file in self._table.files()]
            rows = pq.read_table(paths, columns=TOMBSTONES.names).to_pylist() if paths else []
            self._known = {
                row["sha256"]: Tombstone(**{**row, "erased_at": row["erased_at"].astimezone(UTC)})
                for row in sorted(rows, key=lambda row: row["erased_at"], reverse=True)
            }
            self._read = version
        return version

    @property
    def hashes(self) -> frozenset[str]:
        """Every sha256 (hex) that was erased."""
        return frozenset(self._known)

    def find(self, sha256: str) -> Tombstone | None:
        """The tombstone of these bytes, None where they were not erased."""
        return self._known.get(sha256)

    def obey(self, evidence: pa.RecordBatch) -> pa.RecordBatch:
        """Rows of ``evidence`` without the bytes of what was erased."""
        if self.refresh() < 0 or not self._known:
            return evidence
        erased: Any = pc.is_in(evidence.column("sha256"), value_set=pa.array(self._known, pa.string()))
        if not pc.any(erased).as_py():
            return evidence
        place = evidence.schema.get_field_index("raw")
        blank = pc.if_else(erased, pa.scalar(None, pa.binary()), evidence.column("raw"))
        return evidence.set_column(place, evidence.schema.field(place), blank)

    def add(self, tombstone: Tombstone) -> Tombstone:
        """Set a tombstone, durably; the one that stands when these bytes have one already.

        Raises StaleTransactionError when others win fifty times.
        """
        table = Table.open(self._home, TOMBSTONES_LAYOUT)
        rows = pa.RecordBatch.from_pylist([tombstone._asdict()], schema=TOMBSTONES)
        for _ in range(ATTEMPTS):
            self.refresh()
            standing = self.find(tombstone.sha256)
            if standing is not None:
                return standing
            table.refresh()
            number = (table.transaction_version(TOMBSTONE_APP) or 0) + 1
            files = table.write(rows)
            if table.version == self._read and table.try_commit(files, AppTransaction(TOMBSTONE_APP, number)):
                self.refresh()
                return tombstone
            table.discard(files)
        raise StaleTransactionError(str(table.folder), "other writers kept committing first")

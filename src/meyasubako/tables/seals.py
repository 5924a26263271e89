"""Seals: for every commit of arrivals a Merkle root over its rows, chained, so that no row changes unseen.

A leaf is an arrival's id, the sha256 of its bytes and when it came in: rows, not files, so that compaction, and erasure
of bytes and of what was read from them, leave every seal valid. Leaves lie in the order of their ids. The head of a
seal covers its root and the head before it. Seals follow the feed of ``arrivals`` and commit with the version
they reach as application transaction: each commit is sealed once, whatever dies.

A chain in the hands of whoever can write proves nothing by itself: anchor its head outside (``seal_heads``). Checks
and proofs are in ``seal_checks``.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from meyasubako.errors import StorageError
from meyasubako.tables.home import Home
from meyasubako.tables.merkle import leaf_hash, root_of
from meyasubako.tables.schema import ARRIVALS_LAYOUT, TIMESTAMP, Layout, described
from meyasubako.tables.table import AppTransaction, Table

SEALER_APP = "sealer"
START = 0
HEAD = b"\x02"
NOTHING_BEFORE = "0" * 64
LARGEST = 100_000
"""Rows under one seal; a larger commit gets several."""
HELD = 500_000
"""Rows whose seals wait for the next commit."""
LEAF_START = 8
SEALED_COLUMNS = ("arrival_id", "sha256", "received_at")

SEALS = pa.schema(
    [
        described("sequence", pa.int64(), "Key: place in the chain, from 1.", nullable=False),
        described("arrivals_version", pa.int64(), "The commit of `arrivals` that is sealed.", nullable=False),
        described("rows", pa.int64(), "Arrivals under the seal.", nullable=False),
        described(
            "root",
            pa.string(),
            "Merkle root (RFC 6962 section 2.1, hex) over the rows' leaves in the order of `ids`.",
            nullable=False,
        ),
        described(
            "previous", pa.string(), "Head of the seal before; 64 zeros for the first.", nullable=False
        ),
        described(
            "head",
            pa.string(),
            "sha256 (hex) over 0x02, sequence and rows (8 bytes each, big-endian), root, previous.",
            nullable=False,
        ),
        described("first_id", pa.string(), "Least arrival_id under the seal.", nullable=False),
        described("last_id", pa.string(), "Greatest arrival_id under the seal.", nullable=False),
        described("ids", pa.list_(pa.string()), "Every arrival_id under the seal, sorted.", nullable=False),
        described(
            "leaf_starts",
            pa.binary(),
            "The first 8 bytes of each leaf, in that order: they name the row that differs.",
            nullable=False,
        ),
        described("sealed_at", TIMESTAMP, "When the seal was made, UTC.", nullable=False),
    ]
)
SEALS_LAYOUT = Layout(
    "seals",
    SEALS,
    order=("sequence",),
    unique=("root", "previous", "head", "first_id", "last_id", "ids", "leaf_starts"),
    statistics=("sequence", "first_id", "last_id"),
    row_group=100,
    file_rows=20_000,
)


class Leaf(NamedTuple):
    """One arrival under a seal: its id and the hash of what is sealed of it."""

    arrival_id: str
    hash: bytes


def leaf_of(arrival_id: str, sha256: str, microseconds: int) -> Leaf:
    """The leaf of an arrival: sha256 over 0x00 and ``id LF sha256 LF microseconds since 1970``."""
    return Leaf(arrival_id, leaf_hash(f"{arrival_id}\n{sha256}\n{microseconds}".encode()))


def leaves_of(rows: pa.RecordBatch | pa.Table) -> list[Leaf]:
    """The leaves of rows of ``arrivals`` (``SEALED_COLUMNS`` at the least), sorted."""
    ids, digests = rows["arrival_id"], rows["sha256"]
    moments = rows["received_at"].cast(pa.int64()).cast(pa.string())
    join: Any = pc.binary_join_element_wise
    contents: list[bytes] = join(ids, digests, moments, "\n").cast(pa.binary()).to_pylist()
    leaves = list(zip(ids.to_pylist(), map(leaf_hash, contents), strict=True))
    leaves.sort()
    return list(map(Leaf._make, leaves))


def head_of(sequence: int, rows: int, root: str, previous: str) -> str:
    """The head (hex) of a seal: it covers everything sealed up to it."""
    said = struct.pack(">QQ", sequence, rows) + bytes.fromhex(root) + bytes.fromhex(previous)
    return hashlib.sha256(HEAD + said).hexdigest()


class Head(NamedTuple):
    """Where the chain ends: the last seal's number and head, and the version of ``arrivals`` it reaches."""

    sequence: int
    head: str
    arrivals_version: int


def read_head(table: Table) -> Head:
    """The end of the chain in the snapshot seen; sequence 0 where nothing is sealed."""
    best = Head(0, NOTHING_BEFORE, START)
    for file in table.files():
        if int(file.greatest.get("sequence", 0)) > best.sequence:
            rows = pq.read_table(
                file.path,
                columns=list(Head._fields),
                filters=[("sequence", "=", file.greatest["sequence"])],
            ).to_pylist()
            best = Head(**rows[0])
    return best


class Sealer:
    """Seals what has arrived. For the follower, under whose lease it works."""

    def __init__(self, home: Home) -> None:
        """Open both tables (created when missing)."""
        self._home = home
        self._arrivals = Table.open(home, ARRIVALS_LAYOUT)
        self.table = Table.open(home, SEALS_LAYOUT)

    @property
    def cursor(self) -> int:
        """The version of ``arrivals`` that is sealed: vacuum of the arrivals stays behind it."""
        return self.table.transaction_version(SEALER_APP) or START

    def keep(self) -> int:
        """Seal every commit of arrivals there is; the rows sealed. Hold ``reading`` around it.

        Raises StorageError where a commit that has to be sealed cannot be read any more.
        """
        upto = self._arrivals.refresh()
        self.table.refresh()
        began = self.table.transaction_version(SEALER_APP)
        if began == upto:
            return 0
        try:
            return self._seal(self._commits(), upto)
        except StorageError:
            if began is not None:
                raise
        # A home older than its seals: its first commits may be compacted away. What is there now is sealed whole.
        self.table.refresh()
        return self._seal(self._everything(), upto)

    def _commits(self) -> Iterator[tuple[int, list[Leaf], bool]]:
        """Version, leaves and whether the version ends with them, commit by commit above the cursor."""
        held: list[Leaf] = []
        for piece in self._arrivals.feed(self.cursor, columns=SEALED_COLUMNS):
            held += leaves_of(piece.rows)
            if piece.last or len(held) >= LARGEST:
                yield piece.version, sorted(held), piece.last
                held = []

    def _everything(self) -> Iterator[tuple[int, list[Leaf], bool]]:
        """The snapshot in the order of its ids; one commit in the end."""
        files = [file.path for file in self._arrivals.files()]
        if not files:
            return
        names = ", ".join(SEALED_COLUMNS)
        with duckdb.connect(config={"temp_directory": str(self._home.scratch)}) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            rows = connection.sql(
                f"SELECT {names} FROM read_parquet($paths, hive_partitioning = false) ORDER BY arrival_id",  # noqa: S608
                params={"paths": files},
            )
            for batch in rows.to_arrow_reader(LARGEST):
                yield self._arrivals.version, leaves_of(batch), False

    def _seal(self, commits: Iterable[tuple[int, list[Leaf], bool]], upto: int) -> int:
        end = read_head(self.table)
        sequence, head = end.sequence, end.head
        rows: list[dict[str, Any]] = []
        held = sealed = 0
        for version, leaves, last in commits:
            sequence += 1
            row = _seal_row(sequence, version, leaves, head)
            head = row["head"]
            rows.append(row)
            held += len(leaves)
            if last and held >= HELD:
                self._commit(rows, version)
                sealed, held, rows = sealed + held, 0, []
        self._commit(rows, upto)
        return sealed + held

    def _commit(self, rows: list[dict[str, Any]], version: int) -> None:
        batch = pa.RecordBatch.from_pylist(rows, schema=SEALS)
        commit = self.table.append(batch, transaction=AppTransaction(SEALER_APP, version))
        if commit.already:
            raise StorageError(str(self.table.folder), "another sealer committed first")


def _seal_row(sequence: int, version: int, leaves: list[Leaf], previous: str) -> dict[str, Any]:
    root = root_of([leaf.hash for leaf in leaves]).hex()
    return {
        "sequence": sequence,
        "arrivals_version": version,
        "rows": len(leaves),
        "root": root,
        "previous": previous,
        "head": head_of(sequence, len(leaves), root, previous),
        "first_id": leaves[0].arrival_id,
        "last_id": leaves[-1].arrival_id,
        "ids": [leaf.arrival_id for leaf in leaves],
        "leaf_starts": b"".join(leaf.hash[:LEAF_START] for leaf in leaves),
        "sealed_at": datetime.now(UTC),
    }

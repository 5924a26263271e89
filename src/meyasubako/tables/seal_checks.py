"""Do the arrivals still say what was sealed? The chain recomputed, and the proof that one arrival lies under it.

``verify_seals`` recomputes every leaf from ``arrivals`` as they are now and names the first row or commit that
differs. ``prove`` gives what somebody else needs to check that an arrival lies under a head they hold;
``check_proof`` is that check, and needs no table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from meyasubako.errors import UsageError
from meyasubako.tables.home import Home
from meyasubako.tables.leases import reading
from meyasubako.tables.merkle import path_to, root_by_path, root_of
from meyasubako.tables.schema import ARRIVALS_LAYOUT
from meyasubako.tables.seals import (
    LEAF_START,
    NOTHING_BEFORE,
    SEALED_COLUMNS,
    SEALER_APP,
    SEALS_LAYOUT,
    Head,
    Leaf,
    head_of,
    leaf_of,
    leaves_of,
)
from meyasubako.tables.table import Table

GROUP_ROWS = 500_000
"""Rows whose seals are checked in one reading of the arrivals."""

Rows = list[dict[str, Any]]


class Difference(NamedTuple):
    """The first thing that is not as it was sealed.

    ``what`` is ``chain`` (seals were taken out or altered), ``row missing``, ``row changed``, ``commit`` (no single
    row can be named), ``row added`` or ``head`` (a head held outside is not in the chain). ``sequence`` and
    ``arrivals_version`` name the seal, ``arrival_id`` the row; None where there is none.
    """

    what: str
    sequence: int | None
    arrivals_version: int | None
    arrival_id: str | None


class Verified(NamedTuple):
    """What was checked: seals and rows under them, rows that came since, the end of the chain, and what differs."""

    seals: int
    rows: int
    unsealed: int
    head: Head
    difference: Difference | None


def verify_seals(home: Home, *, anchored: Sequence[Head] = ()) -> Verified:
    """Recompute the chain from the arrivals; ``anchored`` are heads held outside, which must be in it."""
    arrivals, seals = Table.open(home, ARRIVALS_LAYOUT), Table.open(home, SEALS_LAYOUT)
    with reading(home):
        arrivals.refresh()
        seals.refresh()
        wanted = {head.sequence: head.head for head in anchored if head.sequence}
        count = rows = 0
        end = Head(0, NOTHING_BEFORE, 0)
        difference: Difference | None = None
        with _arrivals_view(home, arrivals) as connection:
            for group in _groups(seals):
                difference = _broken_link(group, end, wanted) or _changed_row(connection, group)
                if difference is not None:
                    break
                count += len(group)
                rows += sum(seal["rows"] for seal in group)
                end = Head(group[-1]["sequence"], group[-1]["head"], group[-1]["arrivals_version"])
            if difference is None and any(sequence > end.sequence for sequence in wanted):
                difference = Difference("chain", end.sequence, end.arrivals_version, None)
            unsealed = 0
            if difference is None:
                unsealed = arrivals.count() - rows
                difference = _added_row(connection, arrivals, seals, unsealed)
    return Verified(count, rows, unsealed, end, difference)


class _arrivals_view:  # noqa: N801 - used as a function
    """A connection to DuckDB in which ``arrivals`` are the rows of the snapshot."""

    def __init__(self, home: Home, arrivals: Table) -> None:
        self._home, self._arrivals = home, arrivals

    def __enter__(self) -> duckdb.DuckDBPyConnection:
        self._connection = duckdb.connect(config={"temp_directory": str(self._home.scratch)})
        self._connection.execute("SET TimeZone = 'UTC'")
        files = [file.path for file in self._arrivals.files()]
        if files:
            self._connection.read_parquet(files, hive_partitioning=False).create_view("arrivals")
        else:
            self._connection.register("arrivals", ARRIVALS_LAYOUT.schema.empty_table())
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _groups(seals: Table) -> Iterator[Rows]:
    """Seals in the order of the chain, so many rows of arrivals at a time."""
    files = sorted(seals.files(), key=lambda file: int(file.least.get("sequence", 0)))
    group: Rows = []
    held = 0
    pending: Rows = []
    for place, file in enumerate(files):
        pending = sorted(
            [*pending, *pq.read_table(file.path).to_pylist()], key=lambda seal: int(seal["sequence"])
        )
        next_least = int(files[place + 1].least.get("sequence", 0)) if place + 1 < len(files) else None
        while pending and (next_least is None or pending[0]["sequence"] < next_least):
            group.append(pending.pop(0))
            held += group[-1]["rows"]
            if held >= GROUP_ROWS:
                yield group
                group, held = [], 0
    if group:
        yield group


def _broken_link(group: Rows, end: Head, wanted: dict[int, str]) -> Difference | None:
    """The first seal that does not follow from the one before, or is not what somebody outside holds."""
    for seal in group:
        sequence, previous = end.sequence + 1, end.head
        made = head_of(sequence, seal["rows"], seal["root"], previous)
        if seal["sequence"] != sequence or seal["previous"] != previous or seal["head"] != made:
            return Difference("chain", seal["sequence"], seal["arrivals_version"], None)
        if wanted.get(sequence, made) != made:
            return Difference("head", sequence, seal["arrivals_version"], None)
        end = Head(sequence, made, seal["arrivals_version"])
    return None


def _changed_row(connection: duckdb.DuckDBPyConnection, group: Rows) -> Difference | None:
    """The first row under these seals that is gone or says something else."""
    owners: dict[str, list[Leaf]] = {}
    ids = pa.table({"arrival_id": pa.array([one for seal in group for one in seal["ids"]], pa.string())})
    connection.register("asked", ids)
    found = connection.sql(
        f"SELECT {', '.join(SEALED_COLUMNS)} FROM arrivals SEMI JOIN asked USING (arrival_id)"  # noqa: S608
    ).to_arrow_table()
    connection.unregister("asked")
    for leaf in leaves_of(found):
        owners.setdefault(leaf.arrival_id, []).append(leaf)
    for seal in group:
        difference = _seal_difference(seal, owners)
        if difference is not None:
            return difference
    return None


def _seal_difference(seal: dict[str, Any], owners: dict[str, list[Leaf]]) -> Difference | None:
    """What differs under one seal. ``owners`` gives the leaves of the arrivals as they are now."""
    where = (seal["sequence"], seal["arrivals_version"])
    leaves: list[bytes] = []
    for place, arrival_id in enumerate(seal["ids"]):
        start = seal["leaf_starts"][place * LEAF_START : (place + 1) * LEAF_START]
        now = owners.get(arrival_id)
        if now is None:
            return Difference("row missing", *where, arrival_id)
        fitting = [leaf.hash for leaf in now if leaf.hash.startswith(start)]
        if not fitting:
            return Difference("row changed", *where, arrival_id)
        leaves.append(fitting[0])
    if seal["rows"] != len(leaves) or root_of(leaves).hex() != seal["root"]:
        return Difference("commit", *where, None)
    return None


def _added_row(
    connection: duckdb.DuckDBPyConnection, arrivals: Table, seals: Table, unsealed: int
) -> Difference | None:
    """An arrival that no seal covers and no commit above the sealer's cursor brought."""
    cursor = seals.transaction_version(SEALER_APP) or 0
    pending = sum(piece.rows.num_rows for piece in arrivals.feed(cursor, columns=("arrival_id",)))
    if unsealed == pending:
        return None
    paths = [file.path for file in seals.files()]
    newer = pa.table(
        {
            "arrival_id": pa.array(
                [
                    one
                    for piece in arrivals.feed(cursor, columns=("arrival_id",))
                    for one in piece.rows.column("arrival_id").to_pylist()
                ],
                pa.string(),
            )
        }
    )
    connection.register("newer", newer)
    sealed = (
        "SELECT unnest(ids) AS arrival_id FROM read_parquet($paths)" if paths else "SELECT NULL WHERE 1 = 0"
    )
    row = connection.execute(
        f"""SELECT arrival_id FROM arrivals GROUP BY arrival_id
            HAVING COUNT(*) > (SELECT COUNT(*) FROM ({sealed} UNION ALL SELECT arrival_id FROM newer) AS s(one)
                               WHERE one = arrival_id)
            ORDER BY arrival_id LIMIT 1""",  # noqa: S608 - our own text
        {"paths": paths} if paths else {},
    ).fetchone()
    return Difference("row added", None, None, row[0] if row else None)


def prove(home: Home, arrival_id: str) -> dict[str, Any]:
    """The proof that an arrival lies under the head: its row, its path, and every seal from its own to the last.

    ``{arrival_id, sha256, received_at (microseconds since 1970), index, rows, path[hex], sequence, previous,
    links[[root, rows]], head}``. Raises UsageError for an arrival that is unknown or not sealed yet.
    """
    seals = Table.open(home, SEALS_LAYOUT)
    arrivals = Table.open(home, ARRIVALS_LAYOUT)
    with reading(home):
        seal = _seal_of(seals, arrival_id)
        if seal is None:
            raise UsageError(
                arrival_id, "is under no seal: unknown, or not sealed yet (meyasu follow --once)"
            )
        with _arrivals_view(home, arrivals) as connection:
            connection.register("asked", pa.table({"arrival_id": pa.array(seal["ids"], pa.string())}))
            found = connection.sql(
                f"SELECT {', '.join(SEALED_COLUMNS)} FROM arrivals SEMI JOIN asked USING (arrival_id)"  # noqa: S608
            ).to_arrow_table()
        links = sorted(
            (row["sequence"], row["root"], row["rows"], row["head"])
            for file in seals.files()
            for row in pq.read_table(
                file.path,
                columns=["sequence", "root", "rows", "head"],
                filters=[("sequence", ">=", seal["sequence"])],
            ).to_pylist()
        )
    leaves = leaves_of(found)
    index = seal["ids"].index(arrival_id)
    own = found.slice(found["arrival_id"].to_pylist().index(arrival_id), 1)
    return {
        "arrival_id": arrival_id,
        "sha256": own["sha256"][0].as_py(),
        "received_at": own["received_at"].cast(pa.int64())[0].as_py(),
        "index": index,
        "rows": seal["rows"],
        "path": [step.hex() for step in path_to([leaf.hash for leaf in leaves], index)],
        "sequence": seal["sequence"],
        "previous": seal["previous"],
        "links": [[root, rows] for _, root, rows, _ in links],
        "head": links[-1][3],
    }


def _seal_of(seals: Table, arrival_id: str) -> dict[str, Any] | None:
    for file in seals.files():
        if str(file.least.get("first_id", "")) <= arrival_id <= str(file.greatest.get("last_id", "~")):
            near = (pa.compute.field("first_id") <= arrival_id) & (pa.compute.field("last_id") >= arrival_id)
            for seal in pq.read_table(file.path, filters=near).to_pylist():
                if arrival_id in seal["ids"]:
                    found: dict[str, Any] = seal
                    return found
    return None


def check_proof(proof: dict[str, Any]) -> bool:
    """Whether a proof leads from its arrival to the head it names. Needs nothing but the proof.

    That the head itself is the one held or signed outside is for the caller to compare. False for what is no proof.
    """
    try:
        leaf = leaf_of(str(proof["arrival_id"]), str(proof["sha256"]), int(proof["received_at"])).hash
        path = [bytes.fromhex(step) for step in proof["path"]]
        root = root_by_path(leaf, int(proof["index"]), int(proof["rows"]), path)
        links = [(str(root_hex), int(rows)) for root_hex, rows in proof["links"]]
        if root is None or not links or links[0] != (root.hex(), int(proof["rows"])):
            return False
        head, sequence = str(proof["previous"]), int(proof["sequence"])
        for place, (root_hex, rows) in enumerate(links):
            head = head_of(sequence + place, rows, root_hex, head)
        return head == str(proof["head"])
    except (KeyError, TypeError, ValueError):
        return False

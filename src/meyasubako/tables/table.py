"""One Delta table: make it, append to it durably and exactly once, follow it, list its files.

``append`` keeps this order: data files written and fsynced, their folder fsynced, the log entry made by Delta,
the log entry and its folder fsynced, then it returns. So a log entry never outlives its data, and nothing
that was reported as committed can be taken back by a power cut. A commit seen by somebody else is made
durable by ``settle`` before anything is built on it.

Delta panics in a forked child: processes that use this module are spawned, never forked. Not here: keys that
must be unique (``unique``), compaction (``compaction``), removal of old files (``vacuum``).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from meyasubako.errors import StorageError
from meyasubako.tables.durable import sync_file, sync_folder
from meyasubako.tables.files import WrittenFile, conform, write_file
from meyasubako.tables.home import Home
from meyasubako.tables.schema import Layout

ATTEMPTS = 50
UNSETTLED = 1_000
BATCH_ROWS = 10_000
BATCH_BYTES = 32 * 1024 * 1024

CONFIGURATION = {
    "delta.enableChangeDataFeed": "true",
    "delta.logRetentionDuration": "interval 3650 days",
    "delta.deletedFileRetentionDuration": "interval 3650 days",
    "delta.enableExpiredLogCleanup": "false",
    "delta.checkpointInterval": "100",
}


class AppTransaction(NamedTuple):
    """A Delta application transaction: whoever ``app`` is, this is its commit number ``version``.

    A commit with a version that is not above the one recorded for ``app`` has been made already.
    """

    app: str
    version: int


class Commit(NamedTuple):
    """The table's version after an append; ``already`` when the transaction had been committed before."""

    version: int
    rows: int
    already: bool = False


class FeedBatch(NamedTuple):
    """Rows that one version inserted; ``last`` when the version holds no further batch."""

    version: int
    rows: pa.RecordBatch
    last: bool


class DataFile(NamedTuple):
    """One live file: when it was added (ms since 1970), absolute path, rows, bytes, column ranges."""

    added: int
    path: str
    rows: int
    size: int
    least: dict[str, str | int]
    greatest: dict[str, str | int]


class StaleTransactionError(StorageError):
    """Another writer kept committing under the same application id until the attempts ran out."""


class OvertakenError(StorageError):
    """What the rows rest on was changed by another process before they were committed."""


class Table:
    """A handle on one table, seeing the snapshot of its last :meth:`refresh`. Not for use by two threads."""

    def __init__(self, layout: Layout, delta: DeltaTable, folder: Path) -> None:
        """Use :meth:`open`."""
        self.layout = layout
        self.folder = folder
        self.log = folder / "_delta_log"
        self._delta = delta
        self._settled = -1

    @classmethod
    def open(cls, home: Home, layout: Layout) -> Table:
        """The table of this layout in the home, created when it is missing. Raises StorageError."""
        location = home.table(layout.name)
        try:
            delta = DeltaTable(location)
        except TableNotFoundError:
            delta = cls._create(location, layout)
        except DeltaError as error:
            raise StorageError(location, f"cannot be opened: {error}") from error
        return cls(layout, delta, Path(location))

    @staticmethod
    def _create(location: str, layout: Layout) -> DeltaTable:
        """Create the table; when another process does so at the same time, take theirs."""
        try:
            DeltaTable.create(
                location,
                layout.schema,
                mode="ignore",
                name=layout.name,
                configuration={**CONFIGURATION, **layout.configuration},
            )
        except DeltaError as error:
            if not DeltaTable.is_deltatable(location):
                raise StorageError(location, f"cannot be created: {error}") from error
        folder = Path(location)
        for place in (folder / "_delta_log", folder, folder.parent, folder.parent.parent):
            sync_folder(place)
        return DeltaTable(location)

    # Snapshots

    @property
    def name(self) -> str:
        """Name of the table."""
        return self.layout.name

    @property
    def version(self) -> int:
        """Version of the snapshot seen."""
        return self._delta.version()

    @property
    def identity(self) -> str:
        """The table's own id: another one after the table was made anew."""
        return str(self._delta.metadata().id)

    def refresh(self) -> int:
        """See the newest snapshot; its version."""
        self._delta.update_incremental()
        return self.version

    def transaction_version(self, app: str) -> int | None:
        """The last version committed by ``app`` in the snapshot seen; None where it never committed."""
        return self._delta.transaction_version(app)

    def files(self) -> list[DataFile]:
        """The live files of the snapshot seen, oldest first."""
        actions = pa.table(self._delta.get_add_actions(flatten=False)).to_pylist()
        found = []
        for action in actions:
            least = {name: value for name, value in (action.get("min") or {}).items() if value is not None}
            greatest = {name: value for name, value in (action.get("max") or {}).items() if value is not None}
            path = str(self.folder / action["path"])
            rows, size, added = action["num_records"] or 0, action["size_bytes"], action["modification_time"]
            found.append(DataFile(added, path, rows, size, least, greatest))
        return sorted(found, key=lambda file: (file.added, file.path))

    def count(self) -> int:
        """Rows in the snapshot seen."""
        return sum(file.rows for file in self.files())

    def scan(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Every row of the snapshot seen, file by file, in batches of at most 10,000 rows."""
        wanted = list(columns) if columns is not None else self.layout.schema.names
        schema = pa.schema([self.layout.schema.field(name) for name in wanted])
        for file in self.files():
            with pq.ParquetFile(file.path) as parquet:
                for batch in parquet.iter_batches(BATCH_ROWS, columns=wanted):
                    yield conform(batch, schema)

    # Appending

    def append(
        self, batches: pa.RecordBatch | Iterable[pa.RecordBatch], *, transaction: AppTransaction | None = None
    ) -> Commit:
        """Append the rows as one durable commit, in as many files as ``Layout.file_bytes`` asks for.

        With a transaction the commit is made once however often it is asked for: ``already`` says that an
        earlier one stands (which is durable too when this returns). No row and no transaction: no commit.
        Raises ValueError for rows that do not fit the schema, StorageError when the disk refuses or other
        writers win fifty times.
        """
        self.refresh()
        if transaction is not None and self._is_committed(transaction):
            self.settle()
            return Commit(self.version, 0, already=True)
        files = self.write(batches)
        return self.commit(files, transaction=transaction)

    def write(self, batches: pa.RecordBatch | Iterable[pa.RecordBatch]) -> list[WrittenFile]:
        """Write rows to new files and sync them, without making them part of the table."""
        source = iter((batches,)) if isinstance(batches, pa.RecordBatch) else iter(batches)
        files: list[WrittenFile] = []
        try:
            while (file := write_file(self.folder, self.layout, _portion(source, self.layout))) is not None:
                files.append(file)
            if files:
                sync_folder(self.folder)
        except OSError as error:
            self.discard(files)
            raise StorageError(str(self.folder), error.strerror or str(error)) from error
        return files

    def discard(self, files: Iterable[WrittenFile]) -> None:
        """Remove files that were written and never committed."""
        for file in files:
            (self.folder / file.name).unlink(missing_ok=True)

    def commit(
        self,
        files: Sequence[WrittenFile],
        *,
        transaction: AppTransaction | None = None,
        unless: AppTransaction | None = None,
    ) -> Commit:
        """Make written files part of the table in one durable commit; see :meth:`append`.

        ``unless`` is a state that the rows rest on: the commit is refused (OvertakenError) when its application has
        gone beyond that version, also when it does so at the same moment.
        """
        rows = sum(file.rows for file in files)
        if not files and transaction is None:
            return Commit(self.version, 0)
        for attempt in range(ATTEMPTS):
            if transaction is not None and self._is_committed(transaction):
                self.settle()
                self.discard(files)
                return Commit(self.version, 0, already=True)
            if unless is not None and (self.transaction_version(unless.app) or 0) > unless.version:
                self.discard(files)
                raise OvertakenError(str(self.folder), f"{unless.app} is beyond {unless.version} meanwhile")
            if self._try_commit(files, (), transaction, unless):
                return Commit(self._version_of(files), rows)
            time.sleep(min(0.005 * 2**attempt, 0.2))
        raise StaleTransactionError(str(self.folder), "other writers kept committing first")

    def try_commit(self, files: Sequence[WrittenFile], *transactions: AppTransaction) -> bool:
        """One attempt on the snapshot seen: False when somebody else committed as one of these apps since.

        The snapshot is refreshed either way; the files stay on the disk for another attempt.
        """
        return self._try_commit(files, (), *transactions)

    def replace(
        self, removed: Sequence[str], files: Sequence[WrittenFile], transaction: AppTransaction
    ) -> bool:
        """Put files in the place of live files that hold the same rows; False when the snapshot was stale.

        The feed does not report it. Delta checks nothing between two such commits (seen: a file removed twice
        doubled its rows), so every rewriter must commit as the same app, with a version above the last.
        """
        live = {Path(file.path).name for file in self.files()}
        if not live.issuperset(removed):
            return False
        now = time.time_ns() // 1_000_000
        actions = [
            RemoveAction(name, data_change=False, deletion_timestamp=now, partition_values={})
            for name in removed
        ]
        return self._try_commit(files, actions, transaction)

    def _try_commit(
        self,
        files: Sequence[WrittenFile],
        removed: Sequence[RemoveAction],
        *said: AppTransaction | None,
    ) -> bool:
        now = time.time_ns() // 1_000_000
        actions: list[AddAction | RemoveAction] = [
            AddAction(file.name, file.size, {}, now, not removed, file.statistics) for file in files
        ]
        actions += removed
        transactions = [Transaction(*one) for one in said if one is not None] or None
        try:
            self._delta.create_write_transaction(
                actions,
                "append",
                self.layout.schema,
                commit_properties=CommitProperties(app_transactions=transactions),
            )
        except CommitFailedError:
            self.refresh()
            return False
        except (DeltaError, OSError) as error:
            raise StorageError(str(self.folder), f"commit refused: {error}") from error
        self.refresh()
        self.settle()
        return True

    def _is_committed(self, transaction: AppTransaction) -> bool:
        last = self.transaction_version(transaction.app)
        return last is not None and last >= transaction.version

    def _version_of(self, files: Sequence[WrittenFile]) -> int:
        """The version that holds these files: the newest log entry naming the first of them."""
        if not files:
            return self.version
        mark = files[0].name.encode()
        for version in range(self.version, -1, -1):
            if mark in self.entry_path(version).read_bytes():
                return version
        raise StorageError(str(self.folder), f"no log entry names {files[0].name}")

    def entry_path(self, version: int) -> Path:
        """The log entry of a version."""
        return self.log / f"{version:020d}.json"

    def settle(self) -> None:
        """Make every commit of the snapshot seen durable, whoever made it.

        Whoever commits settles what came before, so that only the last few entries of a table, those of writers that
        died, can be unsynced: a new handle looks at the last thousand.
        """
        version = self.version
        if version <= self._settled:
            return
        for number in range(max(self._settled + 1, version - UNSETTLED), version + 1):
            path = self.entry_path(number)
            if path.exists():
                sync_file(path)
        self._settle_checkpoint()
        sync_folder(self.log)
        self._settled = version

    def _settle_checkpoint(self) -> None:
        """Sync the newest checkpoint, if it is newer than what this handle has settled."""
        pointer = self.log / "_last_checkpoint"
        if not pointer.exists():
            return
        newest = int(json.loads(pointer.read_bytes())["version"])
        if newest > self._settled:
            for path in (self.log / f"{newest:020d}.checkpoint.parquet", pointer):
                sync_file(path)

    # Following

    def feed(
        self,
        after: int,
        *,
        columns: Sequence[str] | None = None,
        max_rows: int = BATCH_ROWS,
        max_bytes: int = BATCH_BYTES,
    ) -> Iterator[FeedBatch]:
        """Rows inserted by the versions above ``after``, up to the snapshot seen, version by version.

        Rows that compaction or erasure rewrote are not inserts and do not come again. A version without
        inserts gives nothing. Every version given is durable. Batches stay within ``max_rows`` and, for rows
        of even size, ``max_bytes``. Raises StorageError when a file the cursor still needs is gone.
        """
        self.settle()
        wanted = list(columns) if columns is not None else self.layout.schema.names
        schema = pa.schema([self.layout.schema.field(name) for name in wanted])
        for version in range(after + 1, self.version + 1):
            held: pa.RecordBatch | None = None
            for batch in self._inserts(version, wanted, schema):
                for piece in slices(batch, max_rows, max_bytes):
                    if held is not None:
                        yield FeedBatch(version, held, last=False)
                    held = piece
            if held is not None:
                yield FeedBatch(version, held, last=True)

    def _inserts(self, version: int, columns: list[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        try:
            appended = self._appended(version)
            if appended is None:
                yield from self._changes(version, columns, schema)
                return
            for path in appended:
                with pq.ParquetFile(path) as parquet:
                    for batch in parquet.iter_batches(BATCH_ROWS, columns=columns):
                        yield conform(batch, schema)
        except (DeltaError, OSError, pa.ArrowException) as error:
            raise StorageError(
                str(self.folder), f"version {version} cannot be read again: {error}"
            ) from error

    def _appended(self, version: int) -> list[Path] | None:
        """The files of a version that only appended rows, whose inserts they are; None: Delta must tell them."""
        path = self.entry_path(version)
        if not path.exists():
            return None
        files = []
        for line in path.read_bytes().splitlines():
            action = json.loads(line)
            if "remove" in action or "cdc" in action:
                return None
            added = action.get("add")
            if added is not None:
                if not added["dataChange"] or added.get("deletionVector") or "%" in added["path"]:
                    return None
                files.append(self.folder / added["path"])
        return files

    def _changes(self, version: int, columns: list[str], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """What Delta's change feed calls inserts."""
        changes = self._delta.load_cdf(
            starting_version=version, ending_version=version, columns=[*columns, "_change_type"]
        )
        for batch in pa.RecordBatchReader.from_stream(changes):
            inserted = pc.equal(batch.column("_change_type").cast(pa.string()), pa.scalar("insert"))
            rows = conform(batch, schema)
            if not pc.all(inserted).as_py():
                rows = rows.filter(inserted)
            if rows.num_rows:
                yield rows


def slices(batch: pa.RecordBatch, max_rows: int, max_bytes: int) -> Iterator[pa.RecordBatch]:
    """The batch in pieces of at most so many rows and, for rows of even size, bytes; one row at the least."""
    if not batch.num_rows:
        return
    by_bytes = max(1, int(max_bytes * batch.num_rows / max(batch.nbytes, 1)))
    step = min(max_rows, by_bytes)
    for start in range(0, batch.num_rows, step):
        yield batch.slice(start, step)


def _portion(source: Iterator[pa.RecordBatch], layout: Layout) -> Iterator[pa.RecordBatch]:
    """Batches from the source until one file is full."""
    rows = size = 0
    for batch in source:
        yield batch
        rows += batch.num_rows
        size += batch.nbytes
        if rows >= layout.file_rows or size >= layout.file_bytes:
            return

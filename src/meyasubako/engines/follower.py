"""The follower: the one ordered step between arrivals and observations.

It reads the change feed of ``arrivals`` from its cursor, joins the answers of the DNS and the bytes, has them analysed
by an engine - unless they were observed while they were taken in (``ahead``) -, marks the first arrival of each
sequence of bytes, drops what it has seen, and commits ``observations`` with the arrivals' version as application
transaction: that transaction is the cursor. Whatever dies, and whenever, each arrival is observed once. A version is
never cut: however large, it becomes several files and one commit. Then the roll-ups and the seals follow. Only one
follower works at a time (a lease); a second one's commit would be refused all the same.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meyasubako.engines.ahead import Ahead
from meyasubako.engines.blanking import blank_erased
from meyasubako.engines.generations import Generations, following_step
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.engines.rollups import START, RollUpKeeper
from meyasubako.engines.types import Engine
from meyasubako.errors import StorageError
from meyasubako.tables.answers import AnswersJoin
from meyasubako.tables.bytes import EvidenceJoin
from meyasubako.tables.files import WrittenFile
from meyasubako.tables.home import Home
from meyasubako.tables.keys import Hashes, KeyIndex
from meyasubako.tables.leases import exclusive, reading
from meyasubako.tables.schema import ARRIVALS_LAYOUT
from meyasubako.tables.seals import Sealer
from meyasubako.tables.table import BATCH_BYTES, BATCH_ROWS, AppTransaction, Table
from meyasubako.tables.tombstones import Tombstones

FOLLOWER_APP = "follower"
FOLLOWER_LEASE = "follower"
COMMITS_BETWEEN_ROLLUPS = 20
POLL_SECONDS = 1.0

Progress = Callable[[int], None]


class Followed(NamedTuple):
    """What one pass did: arrivals observed, arrivals dropped because they had been, and where the cursor is."""

    observed: int
    dropped: int
    cursor: int


class _Tag(NamedTuple):
    """Where a batch of observations came from: its version, and whether the version ends with it."""

    version: int
    last: bool


class _Fresh(NamedTuple):
    """Arrivals not observed yet, with their observations where those were made ahead."""

    tag: _Tag
    arrivals: pa.RecordBatch
    observations: pa.RecordBatch | None


class Follower:
    """Follows the arrivals of one home. Use it in one process, under the lease that :func:`follow` takes."""

    def __init__(self, home: Home, engine: Engine) -> None:
        """Open tables and indexes; nothing is read yet."""
        self._home = home
        self._engine = engine
        self.arrivals = Table.open(home, ARRIVALS_LAYOUT)
        self.observations = Table.open(home, OBSERVATIONS_LAYOUT)
        self.rollups = RollUpKeeper(home, self.observations)
        self._generations = Generations(home, self.observations)
        self._sealer = Sealer(home)
        self._tombstones = Tombstones(home)
        self._erasures = self._tombstones.refresh()
        self._erased = pa.array(sorted(self._tombstones.hashes), pa.string())
        self._took_erased = False
        self._answers = AnswersJoin(home)
        self._join = EvidenceJoin(home)
        self._seen_bytes = KeyIndex(home, self.observations, ("sha256",))
        self._seen_arrivals = KeyIndex(home, self.observations, ("arrival_id",))
        self.ahead = Ahead()
        self._unkept = 0
        self._files: list[WrittenFile] = []
        self._rows: list[pa.RecordBatch] = []
        self._new_bytes: set[int] = set()
        self._new_arrivals: set[int] = set()
        self._in_flight: set[int] = set()
        self._held_rows = self._held_bytes = self._dropped = 0

    @property
    def cursor(self) -> int:
        """The version of ``arrivals`` that has been observed: what the last commit says."""
        return self.observations.transaction_version(FOLLOWER_APP) or START

    def step(self, progress: Progress | None = None) -> Followed:
        """Observe everything that has arrived until now, and bring roll-ups and seals up to it; see the parts."""
        followed = self.observe(progress)
        self.keep()
        return followed

    def observe(self, progress: Progress | None = None) -> Followed:
        """Observe everything that has arrived until now, commit by commit; roll-ups lag a few commits behind.

        ``progress`` is told the arrivals done with each commit. Raises StorageError when another follower
        committed meanwhile.
        """
        observed = 0
        self._start()
        with following_step(self._home), reading(self._home):
            self.arrivals.refresh()
            self._generations.refresh()
            self._seen_bytes.refresh()
            self._seen_arrivals.refresh()
            for tag, seen in self._seen():
                self._take(seen)
                if tag.last and (self._held_rows >= BATCH_ROWS or self._held_bytes >= BATCH_BYTES):
                    observed += self._commit(tag.version, progress)
            if self._held_rows or self._dropped:
                observed += self._commit(self.arrivals.version, progress)
        self.ahead.clear()
        erasures = self._tombstones.refresh()
        if self._took_erased or erasures != self._erasures:
            blank_erased(self._home)  # mails in hand were read before they were erased
            self._erasures = erasures
            self._erased = pa.array(sorted(self._tombstones.hashes), pa.string())
            self._took_erased = False
        return Followed(observed, self._dropped, self.cursor)

    def keep(self) -> None:
        """Bring roll-ups and seals up to what is observed."""
        with following_step(self._home), reading(self._home):
            self.rollups.keep()
            self._sealer.keep()
        self._unkept = 0

    def _start(self) -> None:
        """Forget what an earlier step that failed had in hand."""
        self.observations.discard(self._files)
        self._files, self._rows = [], []
        self._new_bytes, self._new_arrivals, self._in_flight = set(), set(), set()
        self._held_rows = self._held_bytes = self._dropped = 0

    def _seen(self) -> Iterator[tuple[_Tag, pa.RecordBatch]]:
        """Observations of everything above the cursor, in order: those made ahead, and the engine's of the rest."""
        for is_ahead, run in groupby(self._fresh(), key=lambda fresh: fresh.observations is not None):
            if is_ahead:
                yield from (
                    (fresh.tag, fresh.observations) for fresh in run if fresh.observations is not None
                )
            else:
                tags: deque[_Tag] = deque()
                for seen in self._engine.analyse(self._pieces(run, tags)):
                    yield tags.popleft(), seen

    def _fresh(self) -> Iterator[_Fresh]:
        """Arrivals above the cursor that are not observed yet."""
        for batch in self.arrivals.feed(self.cursor):
            rows = self._drop_seen(batch.rows)
            if rows.num_rows:
                ahead = self.ahead.of(rows.column("arrival_id"))
                yield _Fresh(_Tag(batch.version, batch.last), rows, ahead)

    def _pieces(self, run: Iterable[_Fresh], tags: deque[_Tag]) -> Iterator[pa.RecordBatch]:
        """Arrivals with their answers and bytes, in pieces for the engine; each leaves a tag."""
        for fresh in run:
            held: pa.RecordBatch | None = None
            for piece in self._join.pieces(self._answers.beside(fresh.arrivals)):
                if held is not None:
                    tags.append(fresh.tag._replace(last=False))
                    yield held
                held = piece
            if held is not None:
                tags.append(fresh.tag)
                yield held

    def _drop_seen(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        hashes = self._seen_arrivals.hashes(rows)
        fresh = self._seen_arrivals.fresh(hashes) & ~_within(hashes, self._in_flight)
        self._in_flight.update(hashes[fresh].tolist())
        if fresh.all():
            return rows
        self._dropped += int((~fresh).sum())
        return rows.filter(pa.array(fresh))

    def _take(self, rows: pa.RecordBatch) -> None:
        """Hold observations for the next commit, first arrivals of their bytes marked; write full files."""
        hashes = self._seen_bytes.hashes(rows)
        first = self._seen_bytes.fresh(hashes) & ~_within(hashes, self._new_bytes)
        self._new_bytes.update(hashes[first].tolist())
        self._new_arrivals.update(self._seen_arrivals.hashes(rows).tolist())
        if len(self._erased):
            self._took_erased |= (
                pc.any(pc.is_in(rows.column("sha256"), value_set=self._erased)).as_py() or False
            )
        rows = self._generations.stamp(rows)
        place = rows.schema.get_field_index("first_of_bytes")
        self._rows.append(rows.set_column(place, rows.schema.field(place), pa.array(first)))
        self._held_rows += rows.num_rows
        self._held_bytes += rows.nbytes
        if sum(held.num_rows for held in self._rows) >= BATCH_ROWS:
            self._write()

    def _write(self) -> None:
        if self._rows:
            self._files += self.observations.write(self._rows)
            self._rows = []

    def _commit(self, version: int, progress: Progress | None) -> int:
        """Commit what is held as everything up to ``version``; the rows committed."""
        self._write()
        commit = self.observations.commit(
            self._files,
            transaction=AppTransaction(FOLLOWER_APP, version),
            unless=self._generations.marker,
        )
        if commit.already:
            raise StorageError(str(self.observations.folder), "another follower committed first")
        self._seen_bytes.add(self._new_bytes, commit.version)
        self._seen_arrivals.add(self._new_arrivals, commit.version)
        self._in_flight -= self._new_arrivals
        rows = self._held_rows
        self._files, self._held_rows, self._held_bytes = [], 0, 0
        self._new_bytes, self._new_arrivals = set(), set()
        if progress is not None:
            progress(rows)
        self._sealer.keep()  # here, while workers are busy, and not at the end, when all wait for it
        self._unkept += 1
        if self._unkept >= COMMITS_BETWEEN_ROLLUPS:
            self.rollups.keep()
            self._unkept = 0
        return rows

    def close(self) -> None:
        """Keep the indexes for the next follower."""
        self._seen_bytes.save()
        self._seen_arrivals.save()


def _within(hashes: Hashes, known: set[int]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if not known:
        return np.zeros(len(hashes), np.bool_)
    return np.fromiter((value in known for value in hashes.tolist()), np.bool_, len(hashes))


def follow_once(
    home: Home, engine: Engine, *, progress: Progress | None = None, wait: float = 60.0
) -> Followed:
    """Observe what has arrived until now, when no other follower does within ``wait`` seconds.

    Raises UnavailableError when the lease is not free in time.
    """
    with exclusive(home, FOLLOWER_LEASE, wait=wait):
        follower = Follower(home, engine)
        try:
            return follower.step(progress)
        finally:
            follower.close()


def follow_forever(
    home: Home, engine: Engine, *, progress: Progress | None = None, wait: float = math.inf
) -> None:
    """Follow until the process is ended, looking for arrivals every second; first wait for the lease."""
    with exclusive(home, FOLLOWER_LEASE, wait=wait):
        follower = Follower(home, engine)
        looked_at = kept_at = START
        try:
            while True:
                if follower.arrivals.refresh() > looked_at:
                    follower.step(progress)
                    looked_at, kept_at = follower.arrivals.version, follower.observations.version
                elif follower.observations.refresh() > kept_at:
                    follower.keep()  # another generation is being written
                    kept_at = follower.observations.version
                time.sleep(POLL_SECONDS)
        finally:
            follower.close()

"""``reobserve``: another generation of observations beside the old, made with the analysis as it is now.

Arrivals that were observed, of all months or from one on, are analysed again with the answers of the DNS kept at
their receipt, and committed under the next number. Figures keep to the old generation until the new one is complete;
roll-ups have the generation among their keys and follow by themselves. What arrives meanwhile is observed as always and
taken in at the end, while the follower stands still for a moment (the lease ``steps``); the commit that makes the
generation complete is then also what tells the follower to write it from now on.

Killed anywhere it goes on where it was: what a generation has is read off its rows, and each commit carries the next
number of the application ``reobserve-N``. Of erased mails the old row is kept: there is nothing left to look at.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xxhash

from meyasubako.analysis.observe import ERASED
from meyasubako.analysis.schema import OBSERVATIONS
from meyasubako.engines.blanking import blank_erased
from meyasubako.engines.figures import check_month
from meyasubako.engines.generations import (
    NEWEST_APP,
    STEPS_LEASE,
    Generation,
    Generations,
    complete_app,
    counted,
)
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.engines.rollups import RollUpKeeper
from meyasubako.engines.types import Engine
from meyasubako.errors import StorageError, UnavailableError
from meyasubako.tables.answers import AnswersJoin
from meyasubako.tables.bytes import EvidenceJoin
from meyasubako.tables.files import WrittenFile, conform
from meyasubako.tables.home import Home
from meyasubako.tables.leases import exclusive, reading
from meyasubako.tables.schema import ARRIVALS_LAYOUT
from meyasubako.tables.table import BATCH_BYTES, BATCH_ROWS, AppTransaction, Table

LEASE = "reobserve"
PASSES = 3
"""Passes beside the follower before the last, for which it stands still."""
FEW = 1_000
"""Arrivals left over by a pass that are few enough for the last."""
COMMITS_BETWEEN_ROLLUPS = 20

Hashes = npt.NDArray[np.uint64]
Progress = Callable[[int], None]


class Reobserved(NamedTuple):
    """What was done: the generation, from which month on (None: all), and arrivals observed by this run."""

    generation: int
    since: str | None
    observed: int


class _Plan:
    """Which arrivals are still to be observed, by a hash of their ids: ten bytes an arrival."""

    def __init__(self, ids: Hashes, first: npt.NDArray[np.bool_], done: Hashes) -> None:
        order = np.argsort(ids, kind="stable")
        self._ids, self._first = ids[order], first[order]
        self._taken = np.zeros(len(ids), np.bool_)
        if len(ids) and len(done):
            self._taken |= np.isin(self._ids, done)
        self.left = int((~self._taken).sum())

    def take(self, hashes: Hashes) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Which of these are still to be observed, and which of those are the first of their bytes; they are taken."""
        wanted = np.zeros(len(hashes), np.bool_)
        first = np.zeros(len(hashes), np.bool_)
        if not len(self._ids):
            return wanted, first
        places = np.searchsorted(self._ids, hashes)
        places[places == len(self._ids)] = 0
        wanted[np.unique(hashes, return_index=True)[1]] = True
        wanted &= (self._ids[places] == hashes) & ~self._taken[places]
        first = wanted & self._first[places]
        self._taken[places[wanted]] = True
        self.left -= int(wanted.sum())
        return wanted, first


class Reobserver:
    """Makes one generation. For one process at a time: use :func:`reobserve`."""

    def __init__(self, home: Home, engine: Engine, progress: Progress | None) -> None:
        """Open the tables."""
        self._home = home
        self._engine = engine
        self._progress = progress
        self._arrivals = Table.open(home, ARRIVALS_LAYOUT)
        self._observations = Table.open(home, OBSERVATIONS_LAYOUT)
        self._generations = Generations(home, self._observations)
        self._rollups = RollUpKeeper(home, Table.open(home, OBSERVATIONS_LAYOUT))
        self._answers = AnswersJoin(home)
        self._join = EvidenceJoin(home)
        self._seed = secrets.randbits(64)

    def begin(self, since: str | None, analysis_version: str, now: datetime) -> Generation:
        """The generation to make: the last one begun, where it is unfinished and the same; else the next."""
        self._generations.refresh()
        last = self._generations.begun[-1] if self._generations.begun else None
        if (
            last is not None
            and not self._generations.is_complete(last.generation)
            and (last.since, last.analysis_version) == (since, analysis_version)
        ):
            return last
        number = last.generation + 1 if last is not None else 2
        generation = Generation(number, since, analysis_version, now)
        self._generations.begin(generation)
        return generation

    def run(self, generation: Generation) -> int:
        """Observe, beside the follower at first, and make the generation complete; the arrivals observed."""
        observed = 0
        for _ in range(PASSES):
            with reading(self._home):
                done = self._pass(generation)
            observed += done
            self._keep_rollups(wait=0.0)
            if done <= FEW:
                break
        with exclusive(self._home, STEPS_LEASE, wait=math.inf):
            with reading(self._home):
                observed += self._pass(generation)
                self._rollups.keep()
            self._complete(generation)
        return observed

    def _complete(self, generation: Generation) -> None:
        self._observations.refresh()
        said = (
            AppTransaction(NEWEST_APP, generation.generation),
            AppTransaction(complete_app(generation.generation), 1),
        )
        if not self._observations.try_commit((), *said):
            raise StorageError(
                str(self._observations.folder), "the generation changed meanwhile; start again"
            )

    def _keep_rollups(self, *, wait: float) -> None:
        """Bring the roll-ups up to here, unless the follower is at work: it does so itself."""
        try:
            with exclusive(self._home, STEPS_LEASE, wait=wait), reading(self._home):
                self._rollups.keep()
        except UnavailableError:
            return

    # One pass

    def _pass(self, generation: Generation) -> int:
        """Observe what the counted generations have and this one lacks, as of now."""
        self._generations.refresh()
        self._arrivals.refresh()
        plan = self._plan(generation)
        rows: list[pa.RecordBatch] = []
        held = size = observed = commits = 0
        firsts: list[pa.Array[Any]] = []
        for seen in self._engine.analyse(self._todo(generation, plan, firsts)):
            rows.append(self._finished(seen, generation, firsts.pop(0)))
            held += seen.num_rows
            size += seen.nbytes
            if held >= BATCH_ROWS or size >= BATCH_BYTES:
                observed += self._commit(self._observations.write(rows), generation)
                rows, held, size = [], 0, 0
                commits += 1
                if commits % COMMITS_BETWEEN_ROLLUPS == 0:
                    self._keep_rollups(wait=0.0)
        if rows:
            observed += self._commit(self._observations.write(rows), generation)
        return observed

    def _plan(self, generation: Generation) -> _Plan:
        ids: list[Hashes] = []
        first: list[npt.NDArray[np.bool_]] = []
        done: list[Hashes] = []
        spans = self._generations.spans()
        for file in self._observations.files():
            with pq.ParquetFile(file.path) as parquet:
                names = ["arrival_id", "generation", "month", "first_of_bytes"]
                for batch in parquet.iter_batches(100_000, columns=names):
                    rows = pa.Table.from_batches([batch])
                    own = rows.filter(
                        pc.equal(rows["generation"], pa.scalar(generation.generation, pa.int32()))
                    )
                    done.append(self._hashes(own["arrival_id"]))
                    base = counted(rows, spans)
                    if generation.since is not None:
                        base = base.filter(pc.greater_equal(base["month"], pa.scalar(generation.since)))
                    ids.append(self._hashes(base["arrival_id"]))
                    first.append(base["first_of_bytes"].to_numpy())
        nothing = np.zeros(0, np.uint64)
        return _Plan(
            np.concatenate([nothing, *ids]),
            np.concatenate([np.zeros(0, np.bool_), *first]),
            np.concatenate([nothing, *done]),
        )

    def _hashes(self, ids: pa.Array[Any] | pa.ChunkedArray[Any]) -> Hashes:
        digest, seed = xxhash.xxh3_64_intdigest, self._seed
        values: list[Any] = ids.cast(pa.binary()).to_pylist()
        return np.fromiter((digest(value, seed) for value in values), np.uint64, len(values))

    def _todo(
        self, generation: Generation, plan: _Plan, firsts: list[pa.Array[Any]]
    ) -> Iterator[pa.RecordBatch]:
        """Arrivals to observe with answers and bytes, newest files first: what came last is found at once."""
        for file in reversed(self._arrivals.files()):
            if not plan.left:
                return
            if generation.since is not None and str(file.greatest.get("month", "~")) < generation.since:
                continue
            with pq.ParquetFile(file.path) as parquet:
                for batch in parquet.iter_batches(BATCH_ROWS):
                    batch = conform(batch, ARRIVALS_LAYOUT.schema)
                    wanted, first = plan.take(self._hashes(batch.column("arrival_id")))
                    if not wanted.any():
                        continue
                    rows = batch.filter(pa.array(wanted))
                    marks = pa.array(first[wanted])
                    start = 0
                    for piece in self._join.pieces(self._answers.beside(rows)):
                        firsts.append(marks.slice(start, piece.num_rows))
                        start += piece.num_rows
                        yield piece

    def _finished(self, seen: pa.RecordBatch, generation: Generation, first: pa.Array[Any]) -> pa.RecordBatch:
        """Observations of this generation: what was decided at receipt stays, and so do rows of erased mails."""
        number = pa.repeat(pa.scalar(generation.generation, pa.int32()), seen.num_rows)
        for name, column in (("generation", number), ("first_of_bytes", first)):
            place = OBSERVATIONS.get_field_index(name)
            seen = seen.set_column(place, OBSERVATIONS.field(place), column)
        empty: Any = pc.equal(seen.column("size"), pa.scalar(0, pa.int64()))
        if not pc.any(empty).as_py():
            return seen
        old = self._old_rows(seen.filter(empty).column("arrival_id"), generation)
        kept = seen.filter(pc.invert(pc.is_in(seen.column("arrival_id"), value_set=old["arrival_id"])))
        together = pa.concat_tables([pa.Table.from_batches([kept]), old.cast(kept.schema)])
        return together.combine_chunks().to_batches()[0]

    def _old_rows(self, ids: pa.Array[Any], generation: Generation) -> pa.Table:
        """Rows of the counted generation of mails that are erased, under the new number."""
        paths = [file.path for file in self._observations.files()]
        found = pq.read_table(paths, filters=[("arrival_id", "in", ids.to_pylist())]).select(
            OBSERVATIONS.names
        )
        old = counted(found, self._generations.spans())
        defects: list[Any] = old["defects"].to_pylist()
        is_erased = [any(one["code"] == ERASED for one in found) for found in defects]
        old = old.filter(pa.array(is_erased, pa.bool_()))
        place = OBSERVATIONS.get_field_index("generation")
        number = pa.repeat(pa.scalar(generation.generation, pa.int32()), old.num_rows)
        return old.set_column(place, OBSERVATIONS.field(place), number)

    def _commit(self, files: list[WrittenFile], generation: Generation) -> int:
        app = f"reobserve-{generation.generation}"
        self._observations.refresh()
        number = (self._observations.transaction_version(app) or 0) + 1
        commit = self._observations.commit(files, transaction=AppTransaction(app, number))
        if commit.already:
            raise StorageError(str(self._observations.folder), "another process writes this generation")
        if self._progress is not None:
            self._progress(commit.rows)
        return commit.rows


def reobserve(
    home: Home,
    engine: Engine,
    *,
    analysis_version: str,
    now: datetime,
    since: str | None = None,
    progress: Progress | None = None,
) -> Reobserved:
    """Make the next generation, or go on with the one that was begun, and make it complete.

    ``since`` is the first month (YYYY-MM, Japan) to observe again; None takes all. ``analysis_version`` is that of the
    engine's analysis. Raises UsageError for what is no month, UnavailableError while another process does this.
    """
    if since is not None:
        check_month(since)
    with exclusive(home, LEASE):
        worker = Reobserver(home, engine, progress)
        generation = worker.begin(since, analysis_version, now)
        observed = worker.run(generation)
        blank_erased(home)
    return Reobserved(generation.generation, since, observed)

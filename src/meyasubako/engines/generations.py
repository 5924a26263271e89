"""Generations of observations: which there are, which are complete, and which one a month is counted from.

A generation is one run of the analysis over arrivals that are there already (``reobserve``), all of them or those from
some month on; 1 is what the follower wrote from the start. Figures, campaigns and the follower take, for each
month, the newest generation that is complete and covers it.

That a generation is complete stands as an application transaction in ``observations`` itself: the same commit that
makes it so is in the way of a follower that still writes the one before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from meyasubako.tables.home import Home
from meyasubako.tables.leases import shared
from meyasubako.tables.schema import TIMESTAMP, Layout, described
from meyasubako.tables.table import AppTransaction, Table

FIRST = 1
NEWEST_APP = "generation"
STEPS_LEASE = "steps"
FIRST_MONTH, LAST_MONTH = "0000-00", "9999-99"

GENERATIONS = pa.schema(
    [
        described("generation", pa.int32(), "Key: the generation, from 2.", nullable=False),
        described("since", pa.string(), "First month (YYYY-MM) that it covers; null = all of them."),
        described("analysis_version", pa.string(), "The analysis it is made with.", nullable=False),
        described("started_at", TIMESTAMP, "When it was begun, UTC.", nullable=False),
    ]
)
GENERATIONS_LAYOUT = Layout("generations", GENERATIONS, order=("generation",))


class Generation(NamedTuple):
    """A generation that was begun: number, first month covered (None: all), its analysis, and when it was begun."""

    generation: int
    since: str | None
    analysis_version: str
    started_at: datetime


class Span(NamedTuple):
    """Months from ``first`` to ``last``, both included, and the generation they are counted from."""

    first: str
    last: str
    generation: int


def complete_app(generation: int) -> str:
    """The application whose transaction says that a generation is complete."""
    return f"{NEWEST_APP}-{generation}"


class Generations:
    """The generations of a home, as of the last :meth:`refresh`."""

    def __init__(self, home: Home, observations: Table) -> None:
        """``observations`` is the caller's handle; its snapshot decides what is complete."""
        self._home = home
        self._observations = observations
        self._table: Table | None = None
        self._read = -1
        self.begun: tuple[Generation, ...] = ()

    def refresh(self) -> None:
        """See the newest generations and observations."""
        self._observations.refresh()
        self.read()

    def read(self) -> None:
        """See generations that were begun before the snapshot of the observations was taken."""
        if self._table is None:
            if not (Path(self._home.table(GENERATIONS_LAYOUT.name)) / "_delta_log").is_dir():
                return
            self._table = Table.open(self._home, GENERATIONS_LAYOUT)
        if self._table.refresh() != self._read:
            paths = [file.path for file in self._table.files()]
            rows = pq.read_table(paths, columns=GENERATIONS.names).to_pylist() if paths else []
            self.begun = tuple(sorted(Generation(**row) for row in rows))
            self._read = self._table.version

    def begin(self, generation: Generation) -> None:
        """Write down that a generation is begun; durable, once."""
        table = Table.open(self._home, GENERATIONS_LAYOUT)
        rows = pa.RecordBatch.from_pylist([generation._asdict()], schema=GENERATIONS)
        table.append(rows, transaction=AppTransaction("begun", generation.generation))
        self.read()

    def is_complete(self, generation: int) -> bool:
        """Whether a generation is complete in the snapshot of the observations."""
        return (
            generation == FIRST
            or self._observations.transaction_version(complete_app(generation)) is not None
        )

    @property
    def newest(self) -> int:
        """The newest complete generation."""
        return max([FIRST, *(one.generation for one in self.begun if self.is_complete(one.generation))])

    @property
    def marker(self) -> AppTransaction:
        """What a commit must carry to be refused when another generation became the newest meanwhile."""
        return AppTransaction(NEWEST_APP, self.newest)

    def spans(self) -> tuple[Span, ...]:
        """Which months are counted from which generation, without gap or overlap, oldest months first."""
        spans: list[Span] = []
        end = LAST_MONTH
        for one in sorted(self.begun, reverse=True):
            since = one.since or FIRST_MONTH
            if self.is_complete(one.generation) and since <= end:
                spans.append(Span(since, end, one.generation))
                if one.since is None:
                    return tuple(reversed(spans))
                end = _month_before(since)
        spans.append(Span(FIRST_MONTH, end, FIRST))
        return tuple(reversed(spans))

    def of(self, month: str) -> int:
        """The generation that a month is counted from."""
        return next(span.generation for span in self.spans() if span.first <= month <= span.last)

    def stamp(self, observations: pa.RecordBatch) -> pa.RecordBatch:
        """Observations with the generation that is theirs as of this snapshot."""
        spans = self.spans()
        if len(spans) == 1:
            numbers: pa.Array[Any] = pa.repeat(
                pa.scalar(spans[0].generation, pa.int32()), observations.num_rows
            )
        else:
            months: list[Any] = observations.column("month").to_pylist()
            known = {month: self.of(month) for month in set(months)}
            numbers = pa.array([known[month] for month in months], pa.int32())
        place = observations.schema.get_field_index("generation")
        return observations.set_column(place, observations.schema.field(place), numbers)


def _month_before(month: str) -> str:
    """The month before, as text; the bound of a span."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year - (number == 1):04}-{(number - 2) % 12 + 1:02}"


def counted(observations: pa.Table, spans: tuple[Span, ...]) -> pa.Table:
    """Rows of the generation that their month is counted from (columns ``generation`` and ``month``)."""
    wanted: Any = None
    for span in spans:
        rows = pc.and_(
            pc.equal(observations["generation"], pa.scalar(span.generation, pa.int32())),
            pc.and_(
                pc.greater_equal(observations["month"], pa.scalar(span.first)),
                pc.less_equal(observations["month"], pa.scalar(span.last)),
            ),
        )
        wanted = rows if wanted is None else pc.or_(wanted, rows)
    return observations.filter(wanted)


@contextmanager
def following_step(home: Home) -> Iterator[None]:
    """Around a step of the follower: no generation becomes the newest meanwhile."""
    with shared(home, STEPS_LEASE):
        yield

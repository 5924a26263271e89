"""The engine of one machine: worker processes for analyses, DuckDB for queries.

Workers are spawned, never forked (Delta and Arrow panic after a fork). With one worker the work is done in this
process. Analysis and DuckDB are imported where they run, so that neither a worker nor a mere query waits for what it
does not use. Batches travel as Arrow streams; a window of them in flight keeps the workers busy while the caller
commits, and bounds the memory.
"""

from __future__ import annotations

import gc
import os
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from meyasubako.errors import StorageError, UsageError

if TYPE_CHECKING:
    import duckdb

    from meyasubako.analysis.context import Context, ContextSpec

Item = TypeVar("Item")
Result = TypeVar("Result")

WINDOW = 4
CRASHES = 2
COLLECT = (50_000, 20, 20)
"""Thresholds of the garbage collector where mails are read."""
PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)\b")

_worker: list[Context] = []
"""The context of this worker process, opened once by ``_open_worker``."""


def workers_from_environment(environment: Mapping[str, str] = os.environ) -> int:
    """Worker processes: ``MEYASU_WORKERS``, else the cores this process may use. Raises UsageError."""
    said = environment.get("MEYASU_WORKERS")
    if not said:
        return len(os.sched_getaffinity(0))
    if not said.isdecimal() or not 1 <= int(said) <= 1024:
        raise UsageError("MEYASU_WORKERS", f"{said!r} is not a number from 1 to 1024")
    return int(said)


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """Look for cycles of objects seldom: mails are read into many objects and next to no cycles, and every look goes
    through all those of the portion in hand."""
    before = gc.get_threshold()
    gc.set_threshold(*COLLECT)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _open_worker(spec: ContextSpec) -> None:
    from meyasubako.analysis.context import Context

    gc.set_threshold(*COLLECT)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker[:] = [Context(spec)]


def _end_with_parent() -> None:
    """End this worker when the process that started it is gone: killed, it could not tell its workers to stop."""
    parent = parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _do(task: Callable[[Any, Context], Any], item: Any) -> Any:
    """In a worker: the task, with the context of the process."""
    return task(item, _worker[0])


def _analyse_stream(stream: bytes, context: Context) -> bytes:
    """An Arrow stream of one batch of arrivals in, one of observations out."""
    from meyasubako.analysis.batch import analyse_batch

    return to_stream(analyse_batch(from_stream(stream), context))


def to_stream(batch: pa.RecordBatch) -> bytes:
    """A batch as it travels between processes."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def from_stream(stream: bytes) -> pa.RecordBatch:
    """The batch of a stream; its columns are views into the bytes."""
    with pa.ipc.open_stream(stream) as reader:
        return reader.read_next_batch()


class LocalEngine:
    """``Engine`` on this machine; see the module."""

    def __init__(self, spec: ContextSpec | None = None, *, workers: int | None = None) -> None:
        """``workers`` is the number of processes, by default what the environment says."""
        self._spec = spec
        self._workers = workers or workers_from_environment()
        self._pool: ProcessPoolExecutor | None = None
        self._context: Context | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None

    # Analyses

    def analyse(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """One batch of observations for each batch of arrivals, in order.

        Raises StorageError when the worker processes die again and again on the same batches.
        """
        if self._workers == 1:
            from meyasubako.analysis.batch import analyse_batch

            return self.work(analyse_batch, batches)
        return map(from_stream, self.work(_analyse_stream, map(to_stream, batches)))

    def work(self, task: Callable[[Item, Context], Result], items: Iterable[Item]) -> Iterator[Result]:
        """What a task makes of each item, in order; drawn only a little ahead of what has been taken.

        Task (a function of a module), items and results travel between processes. Work that was with workers that
        died is done again. Raises StorageError when they die again and again on the same items.
        """
        if self._workers == 1:
            for item in items:
                yield task(item, self._own_context())
            return
        source = iter(items)
        flight: deque[tuple[Item, Future[Result]]] = deque()
        crashes = 0
        while True:
            while len(flight) < WINDOW * self._workers:
                for item in source:
                    flight.append((item, self._submit(task, item)))
                    break
                else:
                    break
            if not flight:
                return
            try:
                result = flight[0][1].result()
            except BrokenProcessPool as error:
                crashes += 1
                if crashes > CRASHES:
                    raise StorageError("analysis", "worker processes keep dying; is there memory?") from error
                self._restart()
                flight = deque((item, self._submit(task, item)) for item, _ in flight)
                continue
            flight.popleft()
            crashes = 0
            yield result

    def _own_context(self) -> Context:
        if self._context is None:
            from meyasubako.analysis.context import Context

            self._context = Context(self._context_spec())
        return self._context

    def _context_spec(self) -> ContextSpec:
        from meyasubako.analysis.context import ContextSpec

        return self._spec or ContextSpec()

    def _submit(self, task: Callable[[Item, Context], Result], item: Item) -> Future[Result]:
        """The result to come; of a pool whose workers died meanwhile it is their death, met in its turn."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._workers,
                mp_context=get_context("spawn"),
                initializer=_open_worker,
                initargs=(self._context_spec(),),
            )
        try:
            return self._pool.submit(_do, task, item)
        except BrokenProcessPool as error:
            lost: Future[Result] = Future()
            lost.set_exception(error)
            return lost

    def _restart(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    # Queries

    def query(
        self, sql: str, views: Mapping[str, str], files: Mapping[str, list[str]], values: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Rows of the query; see ``Engine.query``. A relation without files must not be asked for."""
        connection = self._duckdb()
        for name, paths in files.items():
            listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
            connection.execute(
                f'CREATE OR REPLACE TEMP VIEW "{name}" AS SELECT * FROM read_parquet([{listed}], hive_partitioning = false)'  # noqa: S608 - our own paths
            )
        for name, select in views.items():
            connection.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {select}')
        asked = set(PARAMETER.findall(sql))
        cursor = connection.execute(PARAMETER.sub(r"$\1", sql), {name: values[name] for name in asked})
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _duckdb(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            import duckdb

            self._connection = duckdb.connect(
                config={
                    "threads": str(self._workers),
                    "autoinstall_known_extensions": "false",
                    "autoload_known_extensions": "false",
                }
            )
            self._connection.execute("SET parquet_metadata_cache = true")
        return self._connection

    def close(self) -> None:
        """Stop the workers and close DuckDB."""
        self._restart()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

"""Waiting for observations: this process follows the arrivals itself, or waits for whoever does.

While the follower's lease is ours, mails are observed by the workers that take them in, and the follower has only to
put them in order: their observations are held for it until it comes to their arrivals. What others committed it
observes as always. While the lease is another's, nobody observes here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType

import pyarrow as pa

from meyasubako.engines.follower import FOLLOWER_APP, FOLLOWER_LEASE, Follower
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.engines.types import Engine
from meyasubako.errors import UnavailableError
from meyasubako.tables.home import Home
from meyasubako.tables.leases import exclusive
from meyasubako.tables.table import BATCH_BYTES, BATCH_ROWS, Table

POLL_SECONDS = 0.2

Observed = Callable[[int], None]
"""Told the number of arrivals that each commit of observations brought."""


class Following:
    """Follows what is taken in, commit by commit, when the lease is to be had.

    Use as a context manager around the taking, in the thread that takes; :meth:`reach` waits for the rest.
    """

    def __init__(self, home: Home, engine: Engine, observed: Observed) -> None:
        """Nothing is opened yet."""
        self._home = home
        self._engine = engine
        self._observed = observed
        self._follower: Follower | None = None
        self._lease = ExitStack()

    def __enter__(self) -> Following:
        self._try_lease()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lease.close()

    @property
    def is_ours(self) -> bool:
        """Whether the arrivals are followed here."""
        return self._follower is not None

    def _try_lease(self) -> Follower | None:
        """The follower, where the lease is ours or free."""
        if self._follower is None:
            try:
                self._lease.enter_context(exclusive(self._home, FOLLOWER_LEASE))
            except UnavailableError:
                return None
            self._follower = Follower(self._home, self._engine)
            self._lease.callback(self._follower.close)
        return self._follower

    def committed(self, observations: pa.RecordBatch | None) -> None:
        """Arrivals were committed, whose observations are these, in their order; None: not made yet."""
        follower = self._try_lease()
        if follower is None:
            return
        if observations is not None:
            follower.ahead.hold(observations)
            if follower.ahead.rows < BATCH_ROWS and follower.ahead.bytes < BATCH_BYTES:
                return
        follower.observe(self._observed)

    def reach(self, version: int) -> None:
        """Return when every arrival up to this version of ``arrivals`` is observed and counted."""
        observations = Table.open(self._home, OBSERVATIONS_LAYOUT)
        while True:
            follower = self._try_lease()
            if follower is not None:
                follower.step(self._observed)
                return
            observations.refresh()
            if (observations.transaction_version(FOLLOWER_APP) or 0) >= version:
                return
            time.sleep(POLL_SECONDS)

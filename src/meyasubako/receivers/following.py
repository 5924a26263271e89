"""Waiting for observations: this process follows the arrivals itself, or waits for whoever does.

With worker processes the follower runs in a thread beside the reading of archives, so that taking and observing
share the cores; with one worker it runs when all is taken, in the main thread, where the analysis can cap its time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack

from meyasubako.engines.follower import FOLLOWER_APP, FOLLOWER_LEASE, Follower
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.engines.types import Engine
from meyasubako.errors import UnavailableError
from meyasubako.tables.home import Home
from meyasubako.tables.leases import exclusive
from meyasubako.tables.table import Table

POLL_SECONDS = 0.2

Observed = Callable[[int], None]
"""Told the number of arrivals that each commit of observations brought."""


class Following:
    """Follows what has arrived until it is told up to which version, and has observed it.

    Use as a context manager around the taking; :meth:`reach` waits and raises what went wrong.
    """

    def __init__(self, home: Home, engine: Engine, *, beside: bool, observed: Observed) -> None:
        """``beside``: follow in a thread from now on, not only in :meth:`reach`."""
        self._home = home
        self._engine = engine
        self._observed = observed
        self._wake = threading.Event()
        self._target: int | None = None
        self._given_up = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run_beside, name="follower") if beside else None

    def __enter__(self) -> Following:
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._given_up = True
        self._wake.set()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join()

    def notice(self) -> None:
        """There is something new to follow."""
        self._wake.set()

    def reach(self, version: int) -> None:
        """Return when every arrival up to this version of ``arrivals`` is observed."""
        self._target = version
        self._wake.set()
        if self._thread is None:
            self._run()
            return
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run_beside(self) -> None:
        try:
            self._run()
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits, which raises it
            self._error = error

    def _run(self) -> None:
        """Follow under the lease; while another process holds it, watch how far that one has come."""
        observations = Table.open(self._home, OBSERVATIONS_LAYOUT)
        while not self._is_reached(observations):
            with ExitStack() as held:
                try:
                    held.enter_context(exclusive(self._home, FOLLOWER_LEASE))
                except UnavailableError:
                    self._wake.wait(POLL_SECONDS)
                    self._wake.clear()
                else:
                    self._follow()

    def _follow(self) -> None:
        follower = Follower(self._home, self._engine)
        try:
            while not self._is_reached(follower.observations):
                self._wake.clear()
                if follower.arrivals.refresh() > follower.cursor:
                    follower.step(self._observed)
                elif self._target is None:
                    self._wake.wait()
        finally:
            follower.close()

    def _is_reached(self, observations: Table) -> bool:
        if self._given_up and self._target is None:
            return True
        if self._target is None:
            return False
        observations.refresh()
        return (observations.transaction_version(FOLLOWER_APP) or 0) >= self._target

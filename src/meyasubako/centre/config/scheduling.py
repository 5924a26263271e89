"""The scheduler: runs each step of ``schedule`` when it is due, each alone, none in the way of another.

A timer, and no queue: what is to be done stands in the steps' own tables, so that there is nothing to lose
(docs/adr/0007). A step that fails is run again when it is next due. What each did last stands in
``schedule/<name>.json`` of the data folder, for whoever watches.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import connections

from meyasubako.centre.config.schedule import STEPS, Step
from meyasubako.errors import MeyasuError, UnavailableError
from meyasubako.tables.durable import write_durably
from meyasubako.tables.home import Home
from meyasubako.tables.leases import exclusive

AT_ONCE = 4
TURN_SECONDS = 0.5
FOLDER = "schedule"

_log = logging.getLogger(__name__)


class Ran(NamedTuple):
    """What a step did last: when it began (UTC), seconds, how much it did; ``error`` is a kind of error or None."""

    began: datetime
    seconds: float
    done: int
    error: str | None


def last_run(home: Home, step: Step) -> Ran | None:
    """What a step did last; None where it never ran."""
    try:
        said = json.loads((home.path / FOLDER / f"{step.name}.json").read_bytes())
        return Ran(datetime.fromisoformat(said["began"]), said["seconds"], said["done"], said["error"])
    except (OSError, ValueError, KeyError):
        return None


def run_step(home: Home, step: Step) -> Ran | None:
    """Run a step under its lease and write down what it did; None where another process is at it."""
    began, started = datetime.now(UTC), time.monotonic()
    done, error = 0, None
    try:
        with exclusive(home, f"schedule-{step.name}"):
            try:
                done = step.load()(began)
            except UnavailableError as unavailable:
                error = type(unavailable).__name__
                _log.info("step put off: %s", unavailable, extra={"step": step.name})
            except MeyasuError as refused:
                error = type(refused).__name__
                _log.error("step failed: %s", refused, extra={"step": step.name})
            except Exception as mistake:  # noqa: BLE001 - one step's mistake must not stop the others
                error = type(mistake).__name__
                _log.exception("step failed", extra={"step": step.name})
            ran = Ran(began, round(time.monotonic() - started, 3), done, error)
            _write(home, step, ran)
            if done:
                _log.info("step done", extra={"step": step.name, "done": done, "seconds": ran.seconds})
            return ran
    except UnavailableError:
        return None
    finally:
        connections.close_all()


def _write(home: Home, step: Step, ran: Ran) -> None:
    folder = home.path / FOLDER
    folder.mkdir(exist_ok=True)
    said = {**ran._asdict(), "began": ran.began.isoformat()}
    write_durably(folder / f"{step.name}.json", json.dumps(said).encode())


class Scheduler:
    """Runs steps until told to stop."""

    def __init__(self, home: Home, steps: Iterable[Step] = STEPS) -> None:
        """Every step is due at once."""
        self._home = home
        self._due = dict.fromkeys(steps, 0.0)
        self._running: dict[Step, Future[Ran | None]] = {}

    def run_all(self) -> dict[str, Ran | None]:
        """Each step once, one after the other, in the order of the list."""
        return {step.name: run_step(self._home, step) for step in self._due}

    def run(self, stop: threading.Event) -> None:
        """Run each step whenever it is due; steps under way are waited for at the end."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="step") as pool:
            while not stop.is_set():
                for step, future in tuple(self._running.items()):
                    if future.done():
                        future.result()
                        del self._running[step]
                now = time.monotonic()
                for step, due in self._due.items():
                    if due <= now and step not in self._running:
                        self._due[step] = now + step.every_seconds
                        self._running[step] = pool.submit(run_step, self._home, step)
                stop.wait(TURN_SECONDS)

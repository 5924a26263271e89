"""Processes under watch: started, started again when they end, stopped in order. For ``meyasu serve``."""

from __future__ import annotations

import logging
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from types import FrameType

from meyasubako.errors import UnavailableError

TURN_SECONDS = 0.2
STOP_SECONDS = 15.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
SETTLED_SECONDS = 60.0
"""A process that ran so long is started again at once when it ends: what made it end before is over."""

_log = logging.getLogger(__name__)


class Child:
    """A process that is started again when it ends: at once at first, then after ever longer pauses."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: dict[str, str],
        *,
        keep: int | None = None,
        stops_first: bool = False,
    ) -> None:
        """Start it. ``keep`` is a file descriptor it inherits; ``stops_first`` says that others take what it leaves."""
        self.name = name
        self.stops_first = stops_first
        self._command, self._environment = list(command), environment
        self._keep = () if keep is None else (keep,)
        self._pause = FIRST_PAUSE
        self._again: float | None = None
        self._started = 0.0
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        self._started = time.monotonic()
        return subprocess.Popen(
            self._command,
            env=self._environment,
            pass_fds=self._keep,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
        )

    def tend(self, now: float) -> None:
        """Start it again when it has ended and its pause is over."""
        if self.process.poll() is None:
            return
        if self._again is None:
            if now - self._started > SETTLED_SECONDS:
                self._pause = FIRST_PAUSE
            _log.warning(
                "%s ended with code %d, started again in %.0f s",
                self.name,
                self.process.returncode,
                self._pause,
            )
            self._again = now + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        elif now >= self._again:
            self._again = None
            self.process = self._start()

    def ask_to_stop(self) -> None:
        """Ask it to end."""
        if self.process.poll() is None:
            self.process.terminate()

    def stop(self) -> None:
        """Wait for its end, and end it when it takes too long."""
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def watch(children: Sequence[Child], *, ready: Callable[[], bool], announce: Callable[[], None]) -> None:
    """Tend the children until a signal asks to stop; say so once they are ready.

    Raises UnavailableError when one ends before that: it cannot start, and trying again would not help.
    """
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    announced = False
    try:
        while not stopping:
            time.sleep(TURN_SECONDS)
            if announced:
                for child in children:
                    child.tend(time.monotonic())
                continue
            for child in children:
                if child.process.poll() is not None:
                    raise UnavailableError(child.name, f"ended with code {child.process.returncode}")
            if ready():
                announced = True
                announce()
    finally:
        for first in (True, False):
            part = [child for child in children if child.stops_first is first]
            for child in part:
                child.ask_to_stop()
            for child in part:
                child.stop()

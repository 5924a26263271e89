"""``meyasu serve``: the public site on this machine, with a follower beside it.

This process only watches. The data folder is made ready in a process of its own, the site runs in gunicorn, new
arrivals are analysed by ``meyasu follow``; each is a fresh process, so none of them forks with libraries
loaded that a fork breaks (Delta, Arrow, the script engine that draws charts).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from threading import Thread
from types import FrameType
from typing import Annotated

import typer

from meyasubako.errors import MeyasuError, UnavailableError, UsageError

TURN_SECONDS = 0.2
STOP_SECONDS = 10.0
FIRST_PAGE_SECONDS = 60.0
LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what listens everywhere is asked on loopback
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0


def command(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Analyse new arrivals while serving.")
    ] = True,
) -> None:
    """Serve until interrupted."""
    from meyasubako.tables.home import Home

    folder = Home.from_environment().path
    environment = {**os.environ, "MEYASU_HOME": str(folder)}
    listener = listen(host, port)
    make_ready(environment)
    site = Child(site_command(listener), environment, keep=listener.fileno())
    children = [site]
    if follow:
        # Errors of the follower are shown, its progress display is not (TTY_COMPATIBLE is Rich's switch).
        quiet = {**environment, "TTY_COMPATIBLE": "0"}
        children.append(Child([sys.executable, "-m", "meyasubako.cli", "follow"], quiet))
    address = listener.getsockname()
    shown = f"[{address[0]}]" if listener.family == socket.AF_INET6 else address[0]

    def announce() -> None:
        """Name the address once the first page has been made: the figures' libraries are loaded by then."""
        typer.echo(f"Site: http://{shown}:{address[1]}/  (data folder {folder}; stop with Ctrl-C)")
        sys.stdout.flush()

    watch(site, children, FirstPage(address[0], address[1], announce))


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises UsageError for a host that is none, UnavailableError for a port that is taken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise UsageError(f"--host {host}", error.strerror or "no such address") from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise UnavailableError(f"{host}:{port}", error.strerror or "cannot be listened on") from error
    return listener


def make_ready(environment: dict[str, str]) -> None:
    """Key, catalogues, chart bundle, database and static files, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "meyasubako.centre.config.prepare"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PreparationError(done.stderr, done.returncode)
    sys.stderr.write(done.stderr)


class PreparationError(MeyasuError):
    """The data folder could not be made ready; the exit code is that of the step."""

    def __init__(self, said: str, exit_code: int) -> None:
        last = said.strip().splitlines()[-1:] or ["no reason given"]
        super().__init__("site", last[0].removeprefix("meyasu: "))
        self.exit_code = exit_code


def site_command(listener: socket.socket) -> list[str]:
    """Gunicorn on the open socket: one process of threads, the application imported after the fork."""
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind=fd://" + str(listener.fileno()),
        "--workers=1",
        "--threads=8",
        "--worker-class=gthread",
        "--timeout=60",
        "--graceful-timeout=5",
        "--log-level=warning",
        "--no-control-socket",
        "meyasubako.centre.config.wsgi:application",
    ]


class Child:
    """A process that is started again when it ends: at once at first, then after ever longer pauses."""

    def __init__(self, command: list[str], environment: dict[str, str], *, keep: int | None = None) -> None:
        """Start it; ``keep`` is a file descriptor it inherits."""
        self._command, self._environment = command, environment
        self._keep = () if keep is None else (keep,)
        self._pause = FIRST_PAUSE
        self._again: float | None = None
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command, env=self._environment, pass_fds=self._keep, start_new_session=True
        )

    def tend(self, now: float) -> None:
        """Start it again when it has ended and its pause is over."""
        if self.process.poll() is None:
            return
        if self._again is None:
            self._again = now + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        elif now >= self._again:
            self._again = None
            self.process = self._start()

    def stop(self) -> None:
        """Ask it to end, and end it when it does not."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class FirstPage(Thread):
    """Asks for the first page in the background and calls ``announce`` when it came, whatever it says."""

    def __init__(self, host: str, port: int, announce: Callable[[], None]) -> None:
        super().__init__(name="first page", daemon=True)
        self._host = LOOPBACK.get(host, host)
        self._port, self._announce = port, announce

    def run(self) -> None:
        """Ask once; the site's socket is open already, so the answer comes when the worker is ready."""
        connection = HTTPConnection(self._host, self._port, timeout=FIRST_PAGE_SECONDS)
        try:
            connection.request("GET", "/ja/", headers={"Host": "localhost"})
            connection.getresponse().read()
        except OSError:
            # A site that cannot start ends, and the watch says so; a slow one is announced all the same.
            pass
        finally:
            connection.close()
        self._announce()


def watch(site: Child, children: list[Child], first_page: FirstPage) -> None:
    """Tend the children until a signal asks to stop, or the site ends: without it there is nothing to watch.

    Raises UnavailableError when the site ended by itself.
    """
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    first_page.start()
    try:
        while not stopping:
            time.sleep(TURN_SECONDS)
            if site.process.poll() is not None:
                raise UnavailableError("site", f"the server ended with code {site.process.returncode}")
            for child in children:
                child.tend(time.monotonic())
    finally:
        for child in children:
            child.stop()

"""``meyasu serve``: a whole centre on this machine, on embedded defaults.

Public site, staff site, mail view, SMTP, LMTP, the spool's committer, the follower and the scheduler, each a process of
its own, each left out or run alone at will. This process only watches: it opens the sites' sockets, makes the
data folder ready in a process of its own, starts the others and starts them again when they end. None forks with
libraries loaded that a fork breaks (Delta, Arrow, the script engine that draws charts).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from threading import Thread
from typing import Annotated

import typer

from meyasubako.cli.children import Child, watch
from meyasubako.cli.services import (
    BY_NAME,
    LOOPBACK,
    METRICS_PORT,
    SERVICES,
    Service,
    environment_of,
    verb_command,
    web_command,
)
from meyasubako.errors import MeyasuError, UnavailableError, UsageError

ANSWER_SECONDS = 60.0
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what listens everywhere is asked on loopback

Place = tuple[str, int]


def command(
    host: Annotated[str, typer.Option("--host", help="Address of the public site.")] = LOOPBACK,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Its port; 0 takes free ones for all.")
    ] = 8000,
    staff_host: Annotated[str, typer.Option(help="Address of the staff site.")] = LOOPBACK,
    staff_port: Annotated[int | None, typer.Option(min=0, max=65535, help="Its port (8001).")] = None,
    mailview_host: Annotated[str, typer.Option(help="Address of the mail view.")] = LOOPBACK,
    mailview_port: Annotated[int | None, typer.Option(min=0, max=65535, help="Its port (8002).")] = None,
    smtp_host: Annotated[str, typer.Option(help="Address for SMTP.")] = LOOPBACK,
    smtp_port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port for SMTP (2525).")] = None,
    lmtp_host: Annotated[str, typer.Option(help="Address for LMTP.")] = LOOPBACK,
    lmtp_port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port for LMTP (2424).")] = None,
    metrics_port: Annotated[
        int | None,
        typer.Option(min=0, max=65500, help="First port for metrics, on loopback (9460); 0: none."),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help=f"Only this service; repeatable: {', '.join(BY_NAME)}.")
    ] = None,
    without: Annotated[list[str] | None, typer.Option(help="Not this service; repeatable.")] = None,
) -> None:
    """Serve until interrupted."""
    from meyasubako import logs
    from meyasubako.centre.config.listening import ports_keep
    from meyasubako.tables.home import Home

    chosen = _chosen(only or [], without or [], os.environ)
    hosts = {
        "site": host,
        "staff": staff_host,
        "mailview": mailview_host,
        "smtp": smtp_host,
        "lmtp": lmtp_host,
    }
    said = {
        "site": port,
        "staff": staff_port,
        "mailview": mailview_port,
        "smtp": smtp_port,
        "lmtp": lmtp_port,
    }
    folder = Home.from_environment().path
    logs.configure("serve", level="WARNING")
    listeners: dict[str, socket.socket] = {}
    places: dict[str, Place] = {}
    for service in chosen:
        if service.port is not None:
            number = said[service.name]
            wanted = number if number is not None else (service.port if port else 0)
            listener = listen(hosts[service.name], wanted, option=service.name)
            places[service.name] = listener.getsockname()[:2]
            if service.web:
                listeners[service.name] = listener
            else:
                listener.close()  # the service opens it itself
    base = {**os.environ, **_origins(places, os.environ)}
    make_ready({**base, "MEYASU_HOME": str(folder)})
    ports_keep(folder, {name: place[1] for name, place in places.items()})
    metrics = _metrics_places(chosen, METRICS_PORT if metrics_port is None and port else metrics_port)
    children = []
    for service in chosen:
        environment = environment_of(service, base, folder, metrics.get(service.name))
        if service.web:
            kept = listeners[service.name].fileno()
            children.append(
                Child(service.name, web_command(service, kept), environment, keep=kept, stops_first=True)
            )
        else:
            words = verb_command(service, places.get(service.name))
            children.append(Child(service.name, words, environment, stops_first=service.port is not None))
    answers = [Answers(service, places[service.name]) for service in chosen if service.name in places]
    for one in answers:
        one.start()

    def announce() -> None:
        for line in table(chosen, places, metrics, str(folder)):
            typer.echo(line)
        sys.stdout.flush()

    watch(children, ready=lambda: not any(one.is_alive() for one in answers), announce=announce)


def _chosen(only: list[str], without: list[str], environment: Mapping[str, str]) -> list[Service]:
    """The services to run. A site that shows a file of figures needs nothing beside it. Raises UsageError."""
    for name in (*only, *without):
        if name not in BY_NAME:
            raise UsageError(name, f"no such service; there are {', '.join(BY_NAME)}")
    if not only and environment.get("MEYASU_FIGURES_FILE"):
        only = ["site"]
    chosen = [
        service for service in SERVICES if (not only or service.name in only) and service.name not in without
    ]
    if not chosen:
        raise UsageError("serve", "no service is left to run")
    return chosen


def _origins(places: Mapping[str, Place], environment: Mapping[str, str]) -> dict[str, str]:
    """Where the sites find each other, where the operator does not say: on this machine.

    The mail view is asked for as ``localhost``: another host than the staff site's, so that no cookie is shared.
    """
    told = {}
    if "staff" in places:
        number = places["staff"][1]
        told["MEYASU_STAFF_URL"] = f"http://127.0.0.1:{number}"
        told["MEYASU_STAFF_ORIGINS"] = f"http://127.0.0.1:{number},http://localhost:{number}"
    if "mailview" in places:
        told["MEYASU_MAILVIEW_ORIGIN"] = f"http://localhost:{places['mailview'][1]}"
    return {name: value for name, value in told.items() if not environment.get(name)}


def _metrics_places(chosen: list[Service], first: int | None) -> dict[str, Place]:
    """Where each service shows its metrics: a port each, in the order of the list; nowhere for 0 or None."""
    if not first:
        return {}
    return {service.name: (LOOPBACK, first + SERVICES.index(service)) for service in chosen}


def listen(host: str, port: int, *, option: str = "host") -> socket.socket:
    """A listening socket. Raises UsageError for a host that is none, UnavailableError for a port that is taken."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise UsageError(f"{option} {host}", error.strerror or "no such address") from error
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
    """Keys, catalogues, chart bundle, database and static files, in a process of its own."""
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


class Answers(Thread):
    """Waits in the background until a service answers: a page of a site, the greeting of a receiver."""

    def __init__(self, service: Service, place: Place) -> None:
        super().__init__(name=f"first answer of {service.name}", daemon=True)
        self._service = service
        self._host, self._port = EVERYWHERE.get(place[0], place[0]), place[1]

    def run(self) -> None:
        """Ask until there is an answer, whatever it says; a slow one is announced all the same."""
        from time import monotonic, sleep

        until = monotonic() + ANSWER_SECONDS
        while monotonic() < until and not self._has_answered():
            sleep(0.1)

    def _has_answered(self) -> bool:
        try:
            if self._service.web is None:
                with socket.create_connection((self._host, self._port), ANSWER_SECONDS) as connection:
                    return connection.recv(3) == b"220"
            # The public site is asked for its first page: the figures' libraries are loaded by then.
            page = "/ja/" if self._service.name == "site" else "/healthz"
            with closing(HTTPConnection(self._host, self._port, timeout=ANSWER_SECONDS)) as web:
                web.request("GET", page, headers={"Host": "localhost"})
                web.getresponse().read()
        except (OSError, HTTPException):
            return False
        return True


def table(
    chosen: list[Service], places: Mapping[str, Place], metrics: Mapping[str, Place], folder: str
) -> list[str]:
    """What listens where, and what to do first."""
    lines = []
    if "site" in places:
        lines.append(f"Site: {_shown('http', places['site'])}/  (data folder {folder}; stop with Ctrl-C)")
    else:
        lines.append(f"Data folder {folder}; stop with Ctrl-C")
    for service in chosen:
        where = "-"
        if service.name in places:
            scheme = "http" if service.web else service.name
            where = _shown(scheme, places[service.name]) + ("/" if service.web else "")
        if service.name == "mailview" and service.name in places:
            where = f"http://localhost:{places['mailview'][1]}/"
        shown = (
            f"   metrics {_shown('http', metrics[service.name])}/metrics" if service.name in metrics else ""
        )
        lines.append(f"  {service.name:9} {where:28} {service.ja} / {service.en}{shown}")
    if "staff" in places:
        lines.append("最初の管理者 / the first administrator:")
        lines.append("  meyasu account add you@example.jp --name 名前 --role administrator")
    if "smtp" in places:
        host, number = places["smtp"]
        lines.append("試しの一通 / a mail to try it:")
        lines.append(
            f"  swaks --server {EVERYWHERE.get(host, host)}:{number} --from a@example.com --to b@example.jp"
        )
    return lines


def _shown(scheme: str, place: Place) -> str:
    host = f"[{place[0]}]" if ":" in place[0] else place[0]
    return f"{scheme}://{host}:{place[1]}"

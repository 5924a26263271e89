"""What a process tells about itself on loopback: ``/metrics`` for Prometheus, ``/healthz``, ``/readyz``.

Each process listens for itself, where ``MEYASU_METRICS`` says (``127.0.0.1:9464``); without it nothing listens. The
registry is our own, so that no library adds to it. Labels hold words of ours alone: protocols, tables, steps, reasons;
never an address, a host or a name that came from outside.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import os
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from meyasubako.errors import UsageError

VARIABLE = "MEYASU_METRICS"

registry = CollectorRegistry(auto_describe=False)
ProcessCollector(registry=registry)

Check = Callable[[], str | None]
"""What a process needs to do its work: None when it is there, else one line that says what is missing."""

_checks: dict[str, Check] = {}
_log = logging.getLogger(__name__)


class Collector(Protocol):
    """Gives metrics as they are now."""

    def collect(self) -> list[Metric]:
        """Everything, with its value of this moment."""


def needs(name: str, check: Check) -> None:
    """Have ``/readyz`` say whether this is there."""
    _checks[name] = check


def place_of(environment: Mapping[str, str] = os.environ) -> tuple[str, int] | None:
    """Where to listen; None for nowhere. Raises UsageError for what is no loopback address and port."""
    said = environment.get(VARIABLE, "")
    if not said:
        return None
    host, _, port = said.rpartition(":")
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        raise UsageError(VARIABLE, f"{said!r} is no address and port, as in 127.0.0.1:9464") from None
    if not address.is_loopback:
        raise UsageError(VARIABLE, f"{said!r}: only loopback; let a proxy of your own show it to others")
    if not port.isdecimal() or int(port) > 65535:
        raise UsageError(VARIABLE, f"{said!r}: {port!r} is no port")
    return str(address), int(port)


class _Handler(BaseHTTPRequestHandler):
    """Answers the three pages; writes no log of its own."""

    def do_GET(self) -> None:
        """One of the pages, else 404."""
        if self.path == "/metrics":
            self._answer(200, CONTENT_TYPE_LATEST, generate_latest(registry))
        elif self.path == "/healthz":
            self._answer(200, "text/plain; charset=utf-8", b"ok\n")
        elif self.path == "/readyz":
            status, content = readiness()
            self._answer(status, "application/json", content)
        else:
            self._answer(404, "text/plain; charset=utf-8", b"not found\n")

    def _answer(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server uses
        """Nothing: a scrape is no event."""


def readiness() -> tuple[int, bytes]:
    """200 when everything this process needs is there, else 503, and what each check says."""
    said = {name: check() for name, check in _checks.items()}
    status = 503 if any(said.values()) else 200
    return status, json.dumps({name: text or "ok" for name, text in said.items()}).encode() + b"\n"


def listen() -> ThreadingHTTPServer | None:
    """Answer in a thread of its own for as long as the process runs; None where nothing is asked for.

    A port that is taken is an error in the log and no more: nothing stops for want of being measured.
    """
    place = place_of()
    if place is None:
        return None
    try:
        server = ThreadingHTTPServer(place, _Handler)
    except OSError as error:
        _log.error("%s %s:%d: %s; nothing is shown", VARIABLE, *place, error.strerror)
        return None
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server

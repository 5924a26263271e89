"""The server around the core: sockets, clocks and the spool. asyncio, on uvloop.

Everything that waits for the disk does so in the spool's thread; nothing here blocks the loop. One sweep a second
looks at all connections, instead of a timer for each. SIGTERM and SIGINT drain: no new connection, a mail that is
coming in may end, everything else is told 421 (RFC 5321 section 3.8).
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from pathlib import Path

import uvloop

from meyasubako.errors import MeyasuError, StorageError, UnavailableError
from meyasubako.receivers.smtp.admission import Admission, Network, Quotas
from meyasubako.receivers.smtp.connection import Connection
from meyasubako.receivers.smtp.desk import Desk
from meyasubako.receivers.smtp.limits import LIMITS, Limits, Patience
from meyasubako.receivers.smtp.protocol import Dialect
from meyasubako.receivers.smtp.room import Depths, Room
from meyasubako.receivers.smtp.tls import Certificates
from meyasubako.receivers.unknown import Attempt
from meyasubako.tables.home import Home

SWEEP_SECONDS = 1.0
TALLY_SWEEPS = 10
REPORT_SWEEPS = 60
COUNTED = (
    "connections",
    "turned_away",
    "mails",
    "put_off",
    "recipients_refused",
    "handshakes_failed",
)
"""What is counted, in this order: ``put_off`` are mails told to come again (452, 450)."""
WARN_SECONDS = 10.0
BACKLOG = 1_024

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """What one server is. ``proxies`` must say, ``forwarders`` may say, who their client is."""

    hostname: str
    dialect: Dialect = Dialect.SMTP
    limits: Limits = LIMITS
    patience: Patience = field(default_factory=Patience)
    quotas: Quotas = field(default_factory=Quotas)
    depths: Depths = field(default_factory=Depths)
    proxies: tuple[Network, ...] = ()
    forwarders: tuple[Network, ...] = ()
    certificates: Certificates | None = None


class Server:
    """All connections of one process, and what they share."""

    def __init__(self, settings: Settings, desk: Desk, room: Room) -> None:
        """Make it in a running loop."""
        self.settings = settings
        self.desk = desk
        self.room = room
        self.admission = Admission(settings.quotas)
        self.loop = asyncio.get_running_loop()
        self.connections: set[Connection] = set()
        self.counts = dict.fromkeys(COUNTED, 0)
        self.ends: Counter[str] = Counter()
        self.is_draining = False
        self._emptied = asyncio.Event()
        self._warned = -WARN_SECONDS
        self._reported: Counter[str] = Counter()

    def believes_proxy(self, ip: str | None) -> bool:
        """Whether this peer must send a PROXY header."""
        return ip is not None and _lies_in(ip, self.settings.proxies)

    def believes_forwarder(self, ip: str | None) -> bool:
        """Whether this peer may say who its client was. Who reaches our Unix socket may."""
        return bool(self.settings.forwarders) and (ip is None or _lies_in(ip, self.settings.forwarders))

    def enter(self, connection: Connection) -> None:
        """A connection was made."""
        self.connections.add(connection)

    def leave(self, connection: Connection) -> None:
        """A connection is gone."""
        self.connections.discard(connection)
        if not self.connections:
            self._emptied.set()

    @property
    def why_not_ready(self) -> str | None:
        """None while mail can be taken, else why not."""
        if self.is_draining:
            return "draining"
        return None if self.room.is_there(0) else "no room: spool, disk or memory are full"

    def note_end(self, reason: str) -> None:
        """A session ended for this reason."""
        self.ends[reason] += 1

    def warn_of(self, error: StorageError) -> None:
        """The spool refused a mail: say so, but not for each of a thousand."""
        now = self.loop.time()
        if now - self._warned > WARN_SECONDS:
            self._warned = now
            _log.error("mails are put off: %s", error)

    async def keep(self, stop: asyncio.Event) -> None:
        """Sweep until told to stop, then drain."""
        sweeps = 0
        while not stop.is_set():
            now = self.loop.time()
            for connection in tuple(self.connections):
                connection.check(now)
            sweeps += 1
            if sweeps % REPORT_SWEEPS == 0:
                self._report()
            counts = self.desk.tally.take() if sweeps % TALLY_SWEEPS == 0 else Counter()
            await asyncio.to_thread(self._look, counts)
            try:
                await asyncio.wait_for(stop.wait(), SWEEP_SECONDS)
            except TimeoutError:
                continue
        await self._drain()
        self._report()

    def _report(self) -> None:
        """What was counted since the last time, into the log; nothing where nothing was."""
        now = Counter(self.counts)
        if since := now - self._reported:
            _log.info("served", extra={**since, "open": len(self.connections)})
            self._reported = now

    async def _drain(self) -> None:
        """End every session; those in a mail have some seconds to finish it."""
        self.is_draining = True
        for connection in tuple(self.connections):
            connection.drain()
        ends = self.loop.time() + self.settings.patience.drain
        while self.connections and self.loop.time() < ends:
            for connection in tuple(self.connections):
                connection.check(self.loop.time())
            self._emptied.clear()
            if self.connections:
                try:
                    await asyncio.wait_for(self._emptied.wait(), 0.5)
                except TimeoutError:
                    continue
        for connection in tuple(self.connections):
            connection.abort()

    def _look(self, counts: Counter[Attempt]) -> None:
        """In a thread: what changed on the disk; let the committer have what was laid down; write counts."""
        for look in (self.room.refresh, self._look_at_routes, self._look_at_certificates):
            try:
                look()
            except (MeyasuError, OSError) as error:
                _log.error("%s", error)
        for spool in self.desk.spools.values():
            spool.rotate()
        if counts:
            try:
                self.desk.tally.write(counts, datetime.now(UTC))
            except StorageError as error:
                _log.error("counts of unknown addresses are lost: %s", error.reason)

    def _look_at_routes(self) -> None:
        if self.desk.watch.refresh():
            _log.info("routes read again")
            self.say_register()

    def _look_at_certificates(self) -> None:
        if self.settings.certificates is not None and self.settings.certificates.refresh():
            _log.info("certificate read again")

    def say_register(self) -> None:
        """Say in the log when every address is taken."""
        if self.desk.routes.takes_every_address:
            _log.warning("no monitor is registered: mail is taken for every address")


def _lies_in(ip: str, networks: Sequence[Network]) -> bool:
    address = ip_address(ip)
    return any(address.version == network.version and address in network for network in networks)


def networks_of(said: Sequence[str]) -> tuple[Network, ...]:
    """Networks from their texts. Raises ValueError."""
    return tuple(ip_network(text, strict=False) for text in said)


def listen_tcp(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    """A listening socket; ``is_shared``: with other processes that say so too. Raises UnavailableError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UnavailableError(f"{host}:{port}", error.strerror or "no such address") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6 and host in ("::", ""):
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise UnavailableError(f"{host}:{port}", error.strerror or "cannot be listened on") from error
    return listener


def listen_unix(path: Path) -> socket.socket:
    """A listening Unix socket in the place of a dead one. Raises UnavailableError while another process listens."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.is_socket():
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
                if other.connect_ex(str(path)) == 0:
                    raise UnavailableError(str(path), "another process listens there")
            path.unlink()
        listener.bind(str(path))
        path.chmod(0o660)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise UnavailableError(str(path), error.strerror or "cannot be listened on") from error
    return listener


def serve(
    home: Home,
    listeners: Sequence[socket.socket],
    settings: Settings,
    *,
    started: Callable[[Server], None] = lambda _: None,
) -> dict[str, int]:
    """Serve until SIGTERM or SIGINT; what was counted. Raises MeyasuError for routes that are wrong."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(home, listeners, settings, started))


async def _serve(
    home: Home, listeners: Sequence[socket.socket], settings: Settings, started: Callable[[Server], None]
) -> dict[str, int]:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with Desk(home) as desk:
        server = Server(settings, desk, Room((home.spool, home.report_spool), settings.depths))
        servers = [
            await loop.create_server(lambda: Connection(server), sock=listener, backlog=BACKLOG)
            if listener.family != socket.AF_UNIX
            else await loop.create_unix_server(lambda: Connection(server), sock=listener, backlog=BACKLOG)
            for listener in listeners
        ]
        server.say_register()
        started(server)
        sweeping = asyncio.create_task(server.keep(stop))
        await stop.wait()
        for one in servers:
            one.close()
        await sweeping
        return server.counts

"""One connection: bytes between a socket and the core, and the core's questions put to the desk.

Several clocks run at once: :class:`Patience` says how long for what. A client that fills memory, does not read, or is
too slow costs itself its session and nobody else anything.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Future
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, cast

from meyasubako.errors import MeyasuError, StorageError
from meyasubako.receivers.routes import Destination
from meyasubako.receivers.smtp import replies
from meyasubako.receivers.smtp.admission import Network, source_of
from meyasubako.receivers.smtp.commands import Sender
from meyasubako.receivers.smtp.desk import Peer
from meyasubako.receivers.smtp.protocol import (
    Closed,
    Delivery,
    MailBegins,
    Recipient,
    Session,
    StartTls,
)
from meyasubako.receivers.smtp.proxy import ProxyError, plain_ip, read_proxy
from meyasubako.receivers.smtp.replies import Reply
from meyasubako.receivers.smtp.tls import describe

if TYPE_CHECKING:
    from meyasubako.receivers.smtp.server import Server

_log = logging.getLogger(__name__)

PIPELINED = 64 * 1024
"""Bytes that may come in while a mail waits for the disk; then reading stops until it is there."""


class Connection(asyncio.Protocol):
    """A client of the server."""

    def __init__(self, server: Server) -> None:
        """Made by the loop when somebody connects."""
        self._server = server
        self._transport: asyncio.Transport
        self._session: Session | None = None
        self._proxy: bytearray | None = None
        self._ip: str | None = None
        self._port: int | None = None
        self._source: Network | None = None
        self._has_entered = self._is_gone = self._has_ended = False
        self._peer = Peer(None, None, None, None)
        self._sender: Sender | None = None
        self._destinations: list[Destination] = []
        self._held = self._laid_down = 0
        self._handshake: asyncio.Task[None] | None = None
        self._early: list[bytes] = []
        self._is_reading = self._may_write = True
        self._closing_since: float | None = None
        self._text_since: float | None = None
        self._text_bytes = 0
        self._since_mail = self._since_command = server.loop.time()

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet, unless a proxy must say first whom."""
        self._transport = cast("asyncio.Transport", transport)
        self._server.enter(self)
        peer = transport.get_extra_info("peername")
        if isinstance(peer, tuple):
            self._ip, self._port = plain_ip(ip_address(peer[0].partition("%")[0])), peer[1]
        if self._server.believes_proxy(self._ip):
            self._proxy = bytearray()
        else:
            self._begin()

    def data_received(self, data: bytes) -> None:
        """Bytes of the client, or of the proxy before it."""
        if self._closing_since is not None:
            return
        if self._handshake is not None:
            self._early.append(data)  # decrypted already: the loop was a step ahead of our task
        elif self._proxy is not None:
            self._read_proxy(data)
        elif self._session is not None:
            if self._text_since is not None:
                self._text_bytes += len(data)
            self._session.receive(data)
            self._pump(self._session)

    def eof_received(self) -> bool:
        """The client has said all. One whose mail is on its way to the disk is told so before the end."""
        self._has_ended = True
        is_waiting = self._session is not None and self._session.is_waiting
        return is_waiting and self._session is not None and self._session.tls is None

    def connection_lost(self, _error: Exception | None) -> None:
        """The connection is gone; a mail on its way to the disk gets there all the same."""
        if self._is_gone:
            return
        self._is_gone = True
        self._server.leave(self)
        if self._has_entered:
            self._server.admission.leave(self._source)
        self._server.room.held -= self._held
        self._held = 0

    def pause_writing(self) -> None:
        """The client does not read what it is told: nothing more is read from it."""
        self._may_write = False
        self._choose_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        self._may_write = True
        self._choose_reading()

    # What the server calls

    def check(self, now: float) -> None:
        """Once a second: end what has taken too long."""
        patience = self._server.settings.patience
        if self._closing_since is not None:
            if now - self._closing_since > patience.linger:
                self._transport.abort()
        elif self._session is None:
            if now - self._since_command > patience.proxy:
                self._transport.abort()
        elif self._handshake is not None or self._session.is_waiting:
            return
        elif self._text_since is not None:
            seconds = now - self._text_since
            is_slow = seconds > patience.grace and self._text_bytes < seconds * patience.least_rate
            if is_slow or seconds > patience.text:
                self._end(self._session, replies.TOO_SLOW, "too slow")
        elif now - self._since_command > patience.command or now - self._since_mail > patience.without_mail:
            self._end(self._session, replies.TIMED_OUT, "timed out")

    def drain(self) -> None:
        """Finish the mail that is coming in, if one is, and end."""
        if self._session is None:
            self._transport.close()
        elif self._handshake is None:
            self._session.drain()
            self._pump(self._session)

    def abort(self) -> None:
        """End at once."""
        self._transport.abort()

    # The beginning

    def _read_proxy(self, data: bytes) -> None:
        assert self._proxy is not None
        self._proxy += data
        try:
            header = read_proxy(bytes(self._proxy))
        except ProxyError as error:
            _log.warning("connection from a proxy dropped: %s", error)
            self._transport.abort()
            return
        if header is None:
            return
        rest, self._proxy = bytes(self._proxy[header.size :]), None
        if header.ip is not None:
            self._ip, self._port = header.ip, header.port
        self._begin()
        if rest:
            self.data_received(rest)

    def _begin(self) -> None:
        server, settings = self._server, self._server.settings
        server.counts["connections"] += 1
        self._source = source_of(self._ip)
        self._has_entered = server.admission.enter(self._source)
        if server.is_draining or not self._has_entered:
            reply = replies.SHUTTING_DOWN if server.is_draining else replies.TOO_MANY_CONNECTIONS
            server.counts["turned_away"] += 1
            self._transport.write(reply.encode())
            self._finish()
            return
        self._session = Session(
            settings.hostname,
            settings.dialect,
            settings.limits,
            tls_offered=settings.certificates is not None,
            forwards=server.believes_forwarder(self._ip),
        )
        self._pump(self._session)

    # The core's events

    def _pump(self, session: Session) -> None:
        """Deal with all that the core has to tell, then send what it has to say."""
        while (event := session.next_event()) is not None:
            if isinstance(event, MailBegins):
                session.answer(self._on_mail(event.sender, session))
            elif isinstance(event, Recipient):
                session.answer(self._on_recipient(event.address))
            elif isinstance(event, Delivery):
                self._on_delivery(event, session)
            elif isinstance(event, StartTls):
                self._on_starttls(session)
            else:
                self._on_closed(event, session)
                return
        self._say(session)
        self._count(session)
        self._choose_reading()

    def _say(self, session: Session) -> None:
        output = session.take_output()
        if output and not self._is_gone:
            self._transport.write(output)
            self._since_command = self._server.loop.time()

    def _count(self, session: Session) -> None:
        """Keep the sum of what all hold, and the clock of a mail's text."""
        room = self._server.room
        if not session.is_in_mail:
            self._text_since = None
        elif self._text_since is None:
            self._text_since, self._text_bytes = self._server.loop.time(), 0
        if self._is_gone:
            return
        room.held += session.held - self._held
        self._held = session.held
        if session.is_in_mail and room.is_memory_full:
            session.refuse_mail(replies.NO_ROOM)
            room.held += session.held - self._held
            self._held = session.held

    def _on_mail(self, sender: Sender, session: Session) -> Reply:
        server = self._server
        if not server.admission.may_send(self._source, server.loop.time()):
            server.counts["put_off"] += 1
            return replies.TOO_MANY_MAILS
        if not server.room.is_there(sender.size):
            server.counts["put_off"] += 1
            return replies.NO_ROOM
        self._sender = sender
        self._destinations = []
        self._peer = self._peer_of(session)
        return replies.SENDER_OK

    def _peer_of(self, session: Session) -> Peer:
        """Who sends: our client, or the one of whom the server in front of us speaks."""
        said = session.forwarded
        if said.ip is None:
            return Peer(self._ip, self._port, session.helo, session.tls)
        try:
            return Peer(plain_ip(ip_address(said.ip)), said.port, said.helo, None)
        except ValueError:
            return Peer(None, None, said.helo, None)

    def _on_recipient(self, address: str) -> Reply:
        assert self._sender is not None
        found = self._server.desk.destination_of(
            address, self._destinations, self._sender, self._peer, datetime.now(UTC)
        )
        if isinstance(found, Reply):
            self._server.counts["recipients_refused"] += 1
            return found
        self._destinations.append(found)
        return replies.RECIPIENT_OK

    def _on_delivery(self, delivery: Delivery, session: Session) -> None:
        """Lay the mail down; it is answered for when it is on the disk."""
        server = self._server
        try:
            future = server.desk.lay_down(delivery, self._destinations, self._peer, datetime.now(UTC))
        except (MeyasuError, ValueError) as error:
            _log.error("a mail was put off: %s", error)
            server.counts["put_off"] += 1
            session.answer(replies.NO_ROOM)
            return
        self._laid_down = len(delivery.raw)
        server.room.take(self._laid_down)
        server.room.held += self._laid_down
        future.add_done_callback(self._from_spool)

    def _from_spool(self, done: Future[None]) -> None:
        """In the spool's thread."""
        self._server.loop.call_soon_threadsafe(self._landed, done)

    def _landed(self, done: Future[None]) -> None:
        server, session = self._server, self._session
        server.room.held -= self._laid_down
        error = done.exception()
        if error is None:
            server.counts["mails"] += 1
        elif isinstance(error, StorageError):
            server.counts["put_off"] += 1
            server.warn_of(error)
        else:
            raise error
        if self._is_gone or session is None:
            return
        self._since_mail = server.loop.time()
        session.answer(replies.ACCEPTED if error is None else replies.NO_ROOM)
        self._pump(session)
        if self._has_ended and not session.is_waiting and self._closing_since is None:
            self._transport.close()

    # TLS

    def _on_starttls(self, session: Session) -> None:
        """Nothing is read in the clear from here on: reading stops before the client is told to begin."""
        self._transport.pause_reading()
        self._say(session)
        self._handshake = self._server.loop.create_task(self._shake_hands(session))

    async def _shake_hands(self, session: Session) -> None:
        settings = self._server.settings
        assert settings.certificates is not None
        try:
            transport = await self._server.loop.start_tls(
                self._transport,
                self,
                settings.certificates.context,
                server_side=True,
                ssl_handshake_timeout=settings.patience.handshake,
            )
        except OSError:  # ssl.SSLError, TimeoutError and a client that went away
            transport = None
        if transport is None:
            self._server.counts["handshakes_failed"] += 1
            self._transport.abort()
            self.connection_lost(None)
            return
        self._transport = transport
        self._handshake = None
        self._is_reading = True
        self._since_command = self._server.loop.time()
        session.tls_started(describe(transport.get_extra_info("ssl_object")))
        early, self._early = self._early, []
        for data in early:
            self.data_received(data)
        if self._server.is_draining:
            self.drain()

    # The end

    def _end(self, session: Session, reply: Reply, reason: str) -> None:
        session.close(reply, reason)
        self._pump(session)

    def _on_closed(self, closed: Closed, session: Session) -> None:
        self._server.note_end(closed.reason)
        self._say(session)
        self._count(session)
        self._finish()

    def _finish(self) -> None:
        """Say no more; let the client read the last word, which a reset would take from it."""
        self._closing_since = self._server.loop.time()
        if self._transport.can_write_eof() and not self._has_ended:
            self._transport.write_eof()
        else:
            self._transport.close()

    def _choose_reading(self) -> None:
        session = self._session
        if session is None or self._handshake is not None or self._is_gone:
            return
        wanted = self._may_write and not (session.is_waiting and session.held > PIPELINED)
        if wanted != self._is_reading:
            self._is_reading = wanted
            if wanted:
                self._transport.resume_reading()
            else:
                self._transport.pause_reading()

"""What becomes of a mail: which addresses are ours, which spool it goes to, and the row of ``arrivals`` it will be.

Knows the routes snapshot and the spools; knows no sockets. Monitors' mails and reports go to two spools, so one mail
goes to addresses of one kind: the others are put off to another mail of the same sender, and nothing is half taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, date, datetime
from typing import NamedTuple

from meyasubako.receivers.arrival import JAPAN, ArrivalIds, month_in_japan
from meyasubako.receivers.routes import Destination, Route, Routes, RoutesWatch
from meyasubako.receivers.smtp import replies
from meyasubako.receivers.smtp.commands import Sender
from meyasubako.receivers.smtp.protocol import Delivery
from meyasubako.receivers.smtp.replies import Reply
from meyasubako.receivers.spool import Envelope, Spool
from meyasubako.receivers.unknown import Tally
from meyasubako.tables.home import Home

UNREGISTERED = Destination("")
"""Where other addresses lead while no monitor is registered: to the monitors, but to none of them by name."""
_ANY_MONITOR = Route("pc", None)


class Peer(NamedTuple):
    """Who sends: address and port (None on a Unix socket), its name for itself, version and cipher of TLS."""

    ip: str | None
    port: int | None
    helo: str | None
    tls: str | None


class Desk:
    """Decides about recipients and lays mails down. Use as a context manager; :meth:`close` finishes what waits."""

    def __init__(self, home: Home) -> None:
        """Open spools and routes. Raises MeyasuError for a snapshot that is wrong."""
        self.watch = RoutesWatch(home.path)
        self.tally = Tally(home.unknown)
        self.spools = {"monitor": Spool(home.spool), "report": Spool(home.report_spool)}
        self._ids = ArrivalIds()

    @property
    def routes(self) -> Routes:
        """The snapshot in force."""
        return self.watch.routes

    def destination_of(
        self, address: str, chosen: Sequence[Destination], sender: Sender, peer: Peer, now: datetime
    ) -> Destination | Reply:
        """Where a recipient leads, beside those ``chosen`` for the same mail; or why it is refused."""
        routes = self.watch.routes
        found = routes.find(address, _day_in_japan(now))
        if found is None and routes.takes_every_address:
            found = UNREGISTERED
        if found is None:
            if routes.is_decoy(address):
                self.tally.add(
                    address, client_ip=peer.ip, helo=peer.helo, envelope_from=sender.address, now=now
                )
            return replies.UNKNOWN_RECIPIENT if routes.is_ours(address) else replies.NO_RELAYING
        if chosen and (found.monitor is None) != (chosen[0].monitor is None):
            return replies.OTHER_KIND
        return found

    def lay_down(
        self, delivery: Delivery, destinations: Sequence[Destination], peer: Peer, now: datetime
    ) -> Future[None]:
        """Spool a mail for its recipients: the future is done when it is on the disk, or raises StorageError.

        Raises StorageError or ValueError where it cannot even be tried.
        """
        channel = "report" if destinations[0].monitor is None else "monitor"
        envelopes = [
            self._envelope(delivery.sender.address, recipient, channel, destination, peer, now)
            for recipient, destination in zip(delivery.recipients, destinations, strict=True)
        ]
        said = envelopes[0] if len(envelopes) == 1 else envelopes
        return self.spools[channel].accept(said, delivery.raw)

    def _envelope(
        self, sender: str, recipient: str, channel: str, destination: Destination, peer: Peer, now: datetime
    ) -> Envelope:
        name = destination.monitor or None
        monitor = self.routes.monitors.get(name, _ANY_MONITOR) if name is not None else _ANY_MONITOR
        is_monitor = channel == "monitor"
        return {
            "arrival_id": self._ids.next(),
            "received_at": now.isoformat(timespec="microseconds"),
            "received_at_source": "clock",
            "month": month_in_japan(now),
            "channel": channel,
            "monitor": name,
            "monitor_class": monitor.monitor_class if is_monitor else None,
            "carrier": monitor.carrier if is_monitor else None,
            "envelope_from": sender,
            "envelope_to": recipient,
            "client_ip": peer.ip,
            "client_port": peer.port,
            "helo": peer.helo,
            "tls": peer.tls,
            "report_id": None,
        }

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Finish what waits, let go of the segments, keep the counts."""
        for spool in self.spools.values():
            spool.close()
        self.tally.write(self.tally.take(), datetime.now(UTC))


def _day_in_japan(moment: datetime) -> date:
    return moment.astimezone(JAPAN).date()

"""A receiver's counts as Prometheus metrics: what was taken, put off and refused, and why sessions ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

if TYPE_CHECKING:
    from meyasubako.receivers.smtp.server import Server

REFUSALS = {
    "put_off": "4xx",
    "turned_away": "4xx",
    "recipients_refused": "5xx",
    "handshakes_failed": "tls",
}
"""Counts of the server that are no success, and the class of the answer given."""


class ServerCollector:
    """One server, read at each scrape. Reasons are words of ours."""

    def __init__(self, server: Server) -> None:
        """Read this server."""
        self._server = server

    def collect(self) -> list[Metric]:
        """Everything, as it is now."""
        server = self._server
        protocol = server.settings.dialect.name.lower()
        accepted = CounterMetricFamily(
            "meyasu_mails_accepted", "Mails answered 250: on the disk.", labels=["protocol"]
        )
        accepted.add_metric([protocol], server.counts["mails"])
        connections = CounterMetricFamily(
            "meyasu_connections", "Connections that were made.", labels=["protocol"]
        )
        connections.add_metric([protocol], server.counts["connections"])
        refused = CounterMetricFamily(
            "meyasu_refusals",
            "What was not granted, by class of answer.",
            labels=["protocol", "class", "reason"],
        )
        for reason, answer in REFUSALS.items():
            refused.add_metric([protocol, answer, reason], server.counts.get(reason, 0))
        ended = CounterMetricFamily(
            "meyasu_sessions_ended", "Sessions that ended, by reason.", labels=["protocol", "reason"]
        )
        for reason, count in tuple(server.ends.items()):
            ended.add_metric([protocol, reason], count)
        present = GaugeMetricFamily("meyasu_connections_open", "Connections at present.", labels=["protocol"])
        present.add_metric([protocol], len(server.connections))
        held = GaugeMetricFamily(
            "meyasu_receiver_held_bytes", "Bytes of mail in memory.", labels=["protocol"]
        )
        held.add_metric([protocol], server.room.held)
        return [accepted, connections, refused, ended, present, held]

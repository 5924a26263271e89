"""What goes into an analysis and is not the mail itself."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class Envelope(NamedTuple):
    """One arrival, as ``arrivals`` keeps it: when, how and through what a mail came in.

    ``channel`` is monitor, report, archive or partner; ``monitor_class`` pc, mobile or None.
    ``received_at`` is aware, UTC; ``month`` is its YYYY-MM in Japan (+09:00).
    """

    arrival_id: str
    sha256: str
    received_at: datetime
    received_at_source: str
    month: str
    channel: str
    monitor: str | None = None
    monitor_class: str | None = None
    carrier: str | None = None
    envelope_from: str | None = None
    envelope_to: str | None = None
    client_ip: str | None = None
    client_port: int | None = None
    helo: str | None = None
    tls: str | None = None
    report_id: str | None = None
    origin_path: str | None = None

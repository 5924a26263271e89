"""Asking the DNS about the senders of a batch, and the rows of ``dns_answers`` that go in before its arrivals.

What is asked, and how often, is ``dns_capture``'s; this module knows which connection a mail came over - the one
that the analysis will take - and keeps one event loop and one cache for all batches of an ingest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import TracebackType

import pyarrow as pa

from meyasubako.analysis.batch import envelopes
from meyasubako.analysis.observe import return_path
from meyasubako.analysis.types import Envelope
from meyasubako.errors import UnavailableError
from meyasubako.mail.parse import parse
from meyasubako.origin import Trust, find_origin
from meyasubako.receivers.dns_capture import (
    UNHURRIED,
    Arriving,
    CaptureLimits,
    DnsCapture,
    InProcess,
    Row,
    Upstream,
    system_servers,
)
from meyasubako.sender import Resolver
from meyasubako.tables.schema import DNS_ANSWERS

AT_ONCE = 32


class SenderCapture:
    """Asks for whole batches, in whichever thread commits them. Use as a context manager."""

    def __init__(self, trust: Trust, upstreams: Sequence[Upstream], limits: CaptureLimits) -> None:
        """``trust`` decides which connection a mail came over, as it will when the mail is observed."""
        self._trust = trust
        self._capture = DnsCapture(upstreams, limits)
        self._runner = asyncio.Runner()

    @classmethod
    def of_system(cls, trust: Trust) -> SenderCapture:
        """Ask the resolvers this machine is set up to use. Raises UnavailableError where it names none."""
        servers = system_servers()
        if not servers:
            raise UnavailableError("--ask-dns", "this machine names no DNS resolver")
        return cls(trust, servers, CaptureLimits())

    @classmethod
    def of_resolver(cls, trust: Trust, resolver: Resolver, name: str) -> SenderCapture:
        """Ask a resolver in this process, whose answers are kept under ``name``."""
        return cls(trust, [InProcess(resolver, name)], CaptureLimits(per_second=UNHURRIED))

    def __call__(self, arrivals: pa.RecordBatch, raws: Sequence[bytes]) -> pa.RecordBatch:
        """Rows of ``dns_answers`` for these arrivals, whose bytes stand in the same order."""
        mails = [
            self._arriving(envelope, raw) for envelope, raw in zip(envelopes(arrivals), raws, strict=True)
        ]
        captured = self._runner.run(self._capture.capture_all(mails, at_once=AT_ONCE))
        return as_rows([row for one in captured for row in one.rows])

    def _arriving(self, envelope: Envelope, raw: bytes) -> Arriving:
        """The mail and the connection over the trust boundary, as the observation sees it."""
        mail = parse(raw)
        origin = find_origin(
            mail.received,
            fields=mail.fields,
            trust=self._trust,
            client_ip=envelope.client_ip,
            client_helo=envelope.helo,
        )
        sender = envelope.envelope_from if envelope.envelope_from is not None else return_path(mail)
        return Arriving(
            envelope.arrival_id, mail, origin.ip, envelope.helo or origin.helo, sender, envelope.received_at
        )

    def __enter__(self) -> SenderCapture:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the event loop."""
        self._runner.close()


def as_rows(rows: Sequence[Row]) -> pa.RecordBatch:
    """Answers as the table keeps them."""
    columns = zip(*rows, strict=True) if rows else ([] for _ in DNS_ANSWERS)
    arrays = [pa.array(list(column), field.type) for column, field in zip(columns, DNS_ANSWERS, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=DNS_ANSWERS)

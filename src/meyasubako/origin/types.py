"""The answer to "where did this mail come from", with its reason, and what geography says of an address."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple, Protocol


class Step(NamedTuple):
    """One hop looked at on the way down: its place in ``Message.received`` (-1 for the connection of our own
    receiver) and what was decided, as a code."""

    hop: int
    by: str | None
    ip: str | None
    verdict: str


class Origin(NamedTuple):
    """The address that handed the mail over the trust boundary (RFC 5321 section 4.4 trace read from the top).

    ``ip`` is None for "unknown", which is an answer. ``confidence`` runs from 0 to 1. ``reason`` is a stable
    code; ``hop`` is the index in ``Message.received`` of the field that names the address, None when the
    connection itself did. ``received_at`` is when the boundary took the mail, UTC, None where not written.
    ``direct`` says whether the address itself spoke to the boundary with nobody before it (None: cannot be told).
    ``claimed`` is what webmail fields (X-Originating-IP) say: a claim, never proof.
    """

    ip: str | None
    helo: str | None
    rdns: str | None
    by: str | None
    hop: int | None
    confidence: float
    reason: str
    received_at: datetime | None
    claimed: str | None
    forged: bool
    steps: tuple[Step, ...]
    direct: bool | None = None


class Place(NamedTuple):
    """Country (ISO 3166-1 alpha-2) of an address and the date of the data that says so; None = unknown."""

    country: str | None
    data_date: date | None
    distance_days: int | None


class Network(NamedTuple):
    """Autonomous system of an address; None = unknown."""

    asn: int | None
    name: str | None


class Geography(Protocol):
    """Where an address lies, as of a day. Implementations may cache; they never reach a network."""

    @property
    def version(self) -> str:
        """Which data answer, with their dates, in one word for provenance."""

    def country(self, ip: str, day: date) -> Place:
        """Country from the delegation snapshot nearest the day."""

    def network(self, ip: str, day: date) -> Network:
        """Autonomous system from the table nearest the day."""

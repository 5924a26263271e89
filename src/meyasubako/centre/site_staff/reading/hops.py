"""The way of a mail as rows to draw: each hop's writer and client, the time it took, and what it is worth.

Newest first, as the trace is written (RFC 5321 section 4.4). Above the trust boundary stands what the receiving side
wrote, below it the sending side's word. Where the boundary lies was decided by ``origin``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from meyasubako.mail.types import Received
from meyasubako.origin.types import Origin

MOST = 40
"""Hops that are shown; a longer trace is cut and says so."""
CONNECTION = -1
"""The hop of our own receiver's connection, which stands in no field."""


class Hop(NamedTuple):
    """One hop. ``place`` is the field's place, :data:`CONNECTION` for our receiver's. ``delay`` is the time since the
    hop below it, negative where clocks disagree, None where a date is missing. ``verdict`` is a code of the walk, None
    for a hop it did not come to. ``standing`` is ``trusted``, ``unverified`` or ``forged``."""

    place: int
    by: str | None
    ip: str | None
    helo: str | None
    rdns: str | None
    with_: str | None
    tls: str | None
    date: datetime | None
    delay: timedelta | None
    verdict: str | None
    standing: str
    is_origin: bool


class Way(NamedTuple):
    """Hops newest first. ``boundary`` is how many of them stand above the trust boundary; ``left_out`` how many more
    fields there are."""

    hops: tuple[Hop, ...]
    boundary: int
    left_out: int


def way_of(
    received: Sequence[Received],
    origin: Origin,
    *,
    received_at: datetime | None = None,
    client_ip: str | None = None,
    client_helo: str | None = None,
) -> Way:
    """The rows of a mail; ``client_ip`` and ``client_helo`` are the connection of our own receiver, where one was."""
    verdicts = {step.hop: step.verdict for step in origin.steps}
    shown = list(received[:MOST])
    dates = [field.date for field in shown]
    hops: list[Hop] = []
    last_trusted = max(verdicts, default=CONNECTION)
    if client_ip is not None:
        hops.append(
            Hop(CONNECTION, None, client_ip, client_helo, None, None, None, received_at, _between(received_at, dates[:1]),
                verdicts.get(CONNECTION), "trusted", origin.reason == "connection")
        )  # fmt: skip
    for place, field in enumerate(shown):
        walked = field.index in verdicts and verdicts[field.index] != "foreign-writer"
        standing = "trusted" if walked else "forged" if origin.forged else "unverified"
        hops.append(
            Hop(field.index, field.by, field.ip, field.helo, field.rdns, field.with_, field.tls, field.date,
                _between(field.date, dates[place + 1 : place + 2]), verdicts.get(field.index), standing,
                origin.hop is not None and origin.hop == field.index)
        )  # fmt: skip
    above = sum(hop.place <= last_trusted and hop.standing == "trusted" for hop in hops)
    return Way(tuple(hops), above, max(0, len(received) - MOST))


def _between(later: datetime | None, earlier: Sequence[datetime | None]) -> timedelta | None:
    if later is None or not earlier or earlier[0] is None:
        return None
    return later - earlier[0]

"""The hash chain over events: closed by a step that runs by itself, so that writers never wait for each other.

Link n holds SHA-256 over the digest of link n-1 and the canonical text of its event. Order is the order in which
events were found by the step, which need not be that of their ids: a transaction may commit after a later one.
Without an anchor outside, whoever owns the database could build the whole chain anew; the head is therefore
exported (``meyasu audit head``), and verifying against an exported head proves that it is still in the chain.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from meyasubako.centre.audit.models import ChainLink, Event

BEFORE_THE_FIRST = "0" * 64
LINKS_AT_ONCE = 1000
# A transaction that was open while this many later events were recorded is not looked for by the step;
# verifying finds what it left, and ``chain_seal(now, whole=True)`` takes it in.
LOOKED_BACK = 100_000
SEALED_WITHIN = timedelta(hours=1)
LOCK = 0x6D657961  # PostgreSQL's advisory lock of the step


@dataclass(frozen=True, slots=True)
class Head:
    """The last link: what is anchored outside."""

    sequence: int
    digest: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a link: ``gap``, ``event_missing``, ``altered``, ``unsealed``, ``anchor``."""

    code: str
    sequence: int | None
    event_id: int | None


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying found."""

    events: int
    links: int
    waiting: int
    head: Head
    problems: tuple[Problem, ...]

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def canonical(event: Event) -> bytes:
    """The event as bytes, the same on every database: JSON with sorted keys, the time in UTC to the microsecond."""
    at = event.at.astimezone(UTC)
    said = {
        "id": event.pk,
        "at": f"{at:%Y-%m-%dT%H:%M:%S.%f}Z",
        "action": event.action,
        "subject": event.subject,
        "account": event.account_id,
        "organisation": event.organisation_id,
        "detail": event.detail,
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def linked(before: str, event: Event) -> str:
    """The digest of the link that follows ``before``."""
    return hashlib.sha256(bytes.fromhex(before) + canonical(event)).hexdigest()


def chain_head() -> Head:
    """The last link; sequence 0 where there is none."""
    last = ChainLink.objects.order_by("-sequence").first()
    return Head(last.sequence, last.digest, last.closed_at) if last else Head(0, BEFORE_THE_FIRST, None)


def chain_seal(now: datetime, *, whole: bool = False) -> int:
    """Link every event that has no link yet; gives how many. ``whole`` looks at all events, however old."""
    done = 0
    while True:
        with transaction.atomic():
            made = _seal_some(now, whole)
        done += made
        if made < LINKS_AT_ONCE:
            return done


def _seal_some(now: datetime, whole: bool) -> int:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    head = chain_head()
    digest = head.digest
    links = []
    for place, event in enumerate(unsealed(whole=whole)[:LINKS_AT_ONCE], head.sequence + 1):
        digest = linked(digest, event)
        links.append(ChainLink(sequence=place, event_id=event.pk, digest=digest, closed_at=now))
    ChainLink.objects.bulk_create(links)
    return len(links)


def unsealed(*, whole: bool) -> QuerySet[Event]:
    """Events without a link, by id."""
    found = Event.objects.filter(~Exists(ChainLink.objects.filter(event_id=OuterRef("pk")))).order_by("pk")
    if whole:
        return found
    newest = ChainLink.objects.aggregate(newest=Max("event_id"))["newest"] or 0
    return found.filter(pk__gt=newest - LOOKED_BACK)


def chain_verify(now: datetime, *, anchors: Iterable[Head] = ()) -> Verification:
    """Walk the whole chain. ``anchors``: heads that were exported earlier and must still be in it."""
    problems: list[Problem] = []
    expected, digest = 1, BEFORE_THE_FIRST
    missing = {(anchor.sequence, anchor.digest) for anchor in anchors if anchor.sequence}
    for link, event in _pairs():
        if link.sequence != expected:
            problems.append(Problem("gap", expected, None))
        if event is None:
            problems.append(Problem("event_missing", link.sequence, link.event_id))
        elif linked(digest, event) != link.digest:
            problems.append(Problem("altered", link.sequence, link.event_id))
        missing.discard((link.sequence, link.digest))
        expected, digest = link.sequence + 1, link.digest
    problems.extend(Problem("anchor", sequence, None) for sequence, _ in sorted(missing))
    late = unsealed(whole=True).filter(at__lt=now - SEALED_WITHIN).values_list("pk", flat=True)
    problems.extend(Problem("unsealed", None, pk) for pk in late)
    return Verification(
        events=Event.objects.count(),
        links=ChainLink.objects.count(),
        waiting=unsealed(whole=True).count(),
        head=chain_head(),
        problems=tuple(problems),
    )


def _pairs() -> Iterator[tuple[ChainLink, Event | None]]:
    """Each link with its event, in order, a thousand at a time."""
    after = 0
    while True:
        links = list(ChainLink.objects.filter(sequence__gt=after).order_by("sequence")[:LINKS_AT_ONCE])
        events = Event.objects.in_bulk([link.event_id for link in links])
        for link in links:
            yield link, events.get(link.event_id)
        if len(links) < LINKS_AT_ONCE:
            return
        after = links[-1].sequence

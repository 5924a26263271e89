"""Counting attempts at names that do not exist: added to what is known, in the transaction of whoever read them.

A name at a decoy domain is nobody's and stays as it is. Any other may be somebody's old or mistyped address, and lies
sealed. Rows go after ``MEYASU_UNKNOWN_DAYS``.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import F

from meyasubako.centre.accounts.sealed import fingerprint
from meyasubako.centre.monitors.models import ReadFile, UnknownAttempt
from meyasubako.receivers.arrival import month_in_japan
from meyasubako.receivers.unknown import Attempt

CHUNK = 400
LONGEST = 255
FILES_KEPT = timedelta(days=400)


def attempts_add(counts: Counter[Attempt], *, origin: str, owner: int, decoys: frozenset[str]) -> int:
    """Add counts to the rows there are, inside a transaction; how many mails. ``owner`` is the organisation's id."""
    rows = {_key(origin, attempt): (attempt, count) for attempt, count in counts.items()}
    for keys in _chunks(rows):
        there = dict(UnknownAttempt.objects.filter(key__in=keys).values_list("key", "pk"))
        new = []
        for key in keys:
            attempt, count = rows[key]
            if key in there:
                UnknownAttempt.objects.filter(pk=there[key]).update(count=F("count") + count)
            else:
                new.append(_row(key, attempt, count, origin, owner, decoys))
        UnknownAttempt.objects.bulk_create(new)
    return sum(counts.values())


def attempts_forget(*, now: datetime) -> int:
    """Drop rows whose retention is over, and what was noted of files read long ago; how many rows."""
    with transaction.atomic():
        dropped, _each = UnknownAttempt.objects.filter(
            hour__lt=now - timedelta(days=settings.UNKNOWN_DAYS)
        ).delete()
        ReadFile.objects.filter(
            read_at__lt=now - max(FILES_KEPT, timedelta(days=settings.UNKNOWN_DAYS))
        ).delete()
    return dropped


def step_attempts_forget(now: datetime) -> int:
    """A step: retention."""
    return attempts_forget(now=now)


def known_address(text: str | None) -> str | None:
    """An IP address in its one form; None for what is none."""
    try:
        address = ip_address(text or "")
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def cut(text: str | None) -> str:
    """A claim of a client as it is kept: printable, not long."""
    return "".join(sign if sign.isprintable() else "?" for sign in (text or "")[:LONGEST])


def _key(origin: str, attempt: Attempt) -> str:
    parts = (origin, attempt.hour.isoformat(), *(part or "" for part in attempt[1:]))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _row(
    key: str, attempt: Attempt, count: int, origin: str, owner: int, decoys: frozenset[str]
) -> UnknownAttempt:
    name = cut(attempt.local_part)
    is_decoy = attempt.domain in decoys
    return UnknownAttempt(
        key=key,
        organisation_id=owner,
        origin=origin,
        hour=attempt.hour,
        month=month_in_japan(attempt.hour),
        source=known_address(attempt.client_ip),
        helo=cut(attempt.helo),
        from_domain=cut(attempt.from_domain),
        domain=cut(attempt.domain),
        name=name if is_decoy else "",
        sealed_name=name if name and not is_decoy else None,
        name_key=fingerprint(f"{name}@{attempt.domain}", "monitors.unknown") if name else "",
        count=count,
    )


def _chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(keys)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk

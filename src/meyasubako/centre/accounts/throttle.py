"""Lock-out: after too many failures for an account or from a source nothing is tried for a while.

Counted for names that do not exist as well, so that a lock tells nobody which do. The first lock lasts 15 minutes,
each further one within a day twice as long, at most a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from meyasubako.centre.accounts.models import LoginThrottle
from meyasubako.centre.accounts.sealed import fingerprint

FAILURES = {LoginThrottle.Kind.ACCOUNT: 5, LoginThrottle.Kind.SOURCE: 20}
COUNTED_FOR = timedelta(minutes=15)
FIRST_LOCK, LONGEST_LOCK = timedelta(minutes=15), timedelta(days=1)
FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Tried:
    """Who tries to log in and from where, as keyed hashes."""

    account: str
    source: str

    @classmethod
    def by(cls, email: str, source: str) -> Tried:
        """The hashes of a login name, in small letters, and of a client's address."""
        return cls(fingerprint(email.strip().lower(), "login.account"), fingerprint(source, "login.source"))

    @property
    def keys(self) -> tuple[tuple[LoginThrottle.Kind, str], ...]:
        """What is counted: the account first."""
        return (LoginThrottle.Kind.ACCOUNT, self.account), (LoginThrottle.Kind.SOURCE, self.source)


def locked_until(tried: Tried, now: datetime) -> datetime | None:
    """Until when nothing may be tried; None when it may be."""
    until = [
        row.locked_until
        for kind, key in tried.keys
        for row in LoginThrottle.objects.filter(kind=kind, fingerprint=key, locked_until__gt=now)
        if row.locked_until
    ]
    return max(until, default=None)


def failure_count(tried: Tried, now: datetime) -> list[LoginThrottle.Kind]:
    """Count one failure for both; gives what has been locked by it. Runs in the caller's transaction."""
    with transaction.atomic():
        return [kind for kind, key in tried.keys if _count_one(kind, key, now)]


def _count_one(kind: LoginThrottle.Kind, key: str, now: datetime) -> bool:
    LoginThrottle.objects.get_or_create(kind=kind, fingerprint=key, defaults={"last_failure_at": now})
    row = LoginThrottle.objects.select_for_update().get(kind=kind, fingerprint=key)
    if now - row.last_failure_at > FORGOTTEN_AFTER:
        row.locks = 0
    if now - row.last_failure_at > COUNTED_FOR:
        row.failures = 0
    row.failures += 1
    row.last_failure_at = now
    locked = row.failures >= FAILURES[kind]
    if locked:
        row.locked_until = now + min(FIRST_LOCK * 2 ** min(row.locks, 10), LONGEST_LOCK)
        row.failures = 0
        row.locks += 1
    row.save()
    return locked


def refusal_note(tried: Tried, now: datetime) -> bool:
    """Whether this is the first try that a lock refuses. Runs in the caller's transaction."""
    locked = (
        LoginThrottle.objects.filter(kind=kind, fingerprint=key, locked_until__gt=now, failures=0)
        for kind, key in tried.keys
    )
    return sum(rows.update(failures=1) for rows in locked) > 0


def success_note(tried: Tried) -> None:
    """Forget the account's failures. The source's stay: one good login does not clear a guessing machine."""
    LoginThrottle.objects.filter(kind=LoginThrottle.Kind.ACCOUNT, fingerprint=tried.account).delete()


def account_locked_until(email: str, now: datetime) -> datetime | None:
    """Until when the account is locked, whatever the source; None when it is not."""
    row = _account_rows(email).filter(locked_until__gt=now).first()
    return row.locked_until if row else None


def lock_lift(email: str) -> None:
    """Forget the failures and the lock of an account."""
    _account_rows(email).delete()


def _account_rows(email: str) -> QuerySet[LoginThrottle]:
    key = fingerprint(email.strip().lower(), "login.account")
    return LoginThrottle.objects.filter(kind=LoginThrottle.Kind.ACCOUNT, fingerprint=key)


def step_forget(now: datetime) -> int:
    """Drop what is a day old; gives how many rows."""
    old = LoginThrottle.objects.filter(last_failure_at__lt=now - FORGOTTEN_AFTER)
    return old.exclude(locked_until__gt=now).delete()[0]

"""Many threads of one process on the database that the environment names; prints what came of it as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Event as Flag

from meyasubako.centre.config.startup import start

start()

from django.db import connections, transaction  # noqa: E402 - after the start

from meyasubako.centre.accounts import services, signing_in, totp  # noqa: E402
from meyasubako.centre.accounts.models import Account, LoginThrottle, SecondFactor  # noqa: E402
from meyasubako.centre.accounts.types import SYSTEM  # noqa: E402
from meyasubako.centre.audit.chain import chain_seal, chain_verify  # noqa: E402
from meyasubako.centre.audit.models import Event  # noqa: E402
from meyasubako.centre.audit.services import event_record  # noqa: E402

THREADS, EVENTS_EACH = 6, 30
NOW = datetime.now(UTC)


def together(work: Callable[[int], object]) -> list[object]:
    """The work in every thread at once; each closes its connection."""

    def one(number: int) -> object:
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def record(number: int) -> None:
    for count in range(EVENTS_EACH):
        with transaction.atomic():
            event_record(
                action="test.done",
                subject=f"test:{number}-{count}",
                by_account=None,
                organisation=None,
                now=NOW,
            )


def write_while_sealing() -> dict[str, object]:
    """Every thread records events while two sealers run without a pause."""
    ended = Flag()

    def seal() -> None:
        try:
            while not ended.is_set():
                chain_seal(NOW)
                ended.wait(0.01)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as sealers:
        running = [sealers.submit(seal) for _ in range(2)]
        together(record)
        ended.set()
        for one in running:
            one.result()
    chain_seal(NOW)
    found = chain_verify(NOW)
    return {
        "recorded": Event.objects.filter(action="test.done").count(),
        "good": found.good,
        "waiting": found.waiting,
    }


def one_code_many_times(account: Account) -> int:
    """How many of the threads are let in with one and the same code."""
    secret = totp.new_secret()
    SecondFactor.objects.create(account=account, secret=secret, made_at=NOW, confirmed_at=NOW)
    code = totp.code_at(secret, totp.step_of(NOW))

    def enter(number: int) -> bool:
        try:
            signing_in.code_check(account=account, code=code, source=f"192.0.2.{number}", now=NOW)
        except signing_in.LoginRefusedError:
            return False
        return True

    return sum(map(bool, together(enter)))


def one_invitation_many_times(account: Account) -> int:
    """How many of the threads can use one invitation."""
    token = services.invitation_make(account=account, by=SYSTEM, now=NOW)

    def accept(number: int) -> bool:
        try:
            services.invitation_accept(token=token, password=f"a password of its own {number}", now=NOW)
        except services.ValidationError:
            return False
        return True

    return sum(map(bool, together(accept)))


def failures_counted(account: Account) -> int:
    """What the counters say after one wrong password in each thread."""
    LoginThrottle.objects.all().delete()

    def fail(_number: int) -> None:
        with suppress(signing_in.LoginRefusedError):
            signing_in.password_check(email=account.email, password="wrong", source="192.0.2.1", now=NOW)

    together(fail)
    source = LoginThrottle.objects.get(kind=LoginThrottle.Kind.SOURCE)
    assert source.last_failure_at - NOW < timedelta(seconds=1)
    return source.failures


def main() -> None:
    """Do all of it."""
    from meyasubako.centre.accounts.owners import organisation_of

    account, _ = services.account_invite(
        email="a@centre.example",
        name="A",
        organisation=organisation_of("centre", NOW),
        roles=["officer"],
        by=SYSTEM,
        now=NOW,
    )
    said = {
        "chain": write_while_sealing(),
        "entered": one_code_many_times(account),
        "accepted": one_invitation_many_times(account),
        "failures": failures_counted(account),
    }
    sys.stdout.write(json.dumps(said))


main()

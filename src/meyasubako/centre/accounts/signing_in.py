"""Logging in: password, then a code of the second factor; every try is counted, and recorded but for those
that a lock refuses after the first.

No other way in exists: Django's ``authenticate`` finds no backend that knows passwords. What a try answers never
tells whether the account exists.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import NoReturn

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from meyasubako.centre.accounts import throttle, totp
from meyasubako.centre.accounts.models import Account, RecoveryCode, SecondFactor
from meyasubako.centre.accounts.sealed import fingerprint
from meyasubako.centre.accounts.throttle import Tried
from meyasubako.centre.audit.services import event_record

RECOVERY_CODES = 10
RECOVERY_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
RECOVERY_LENGTH = 12
NOBODY = "login:unknown"


class LoginRefusedError(Exception):
    """A try that failed; ``locked_until`` says until when the next one is refused unseen."""

    def __init__(self, locked_until: datetime | None = None) -> None:
        super().__init__("locked" if locked_until else "refused")
        self.locked_until = locked_until


def password_check(*, email: str, password: str, source: str, now: datetime) -> Account:
    """The active account with this password; the second factor is still to come. Raises LoginRefusedError."""
    tried = Tried.by(email, source)
    account = Account.objects.filter(email=email.strip().lower()).select_related("organisation").first()
    _refuse_when_locked(tried, account, now)
    if account is None or not account.is_active or not account.has_usable_password():
        make_password(password)  # takes as long as checking one
        _fail(tried, account, "password", now)
    if not check_password(password, account.password):
        _fail(tried, account, "password", now)
    return account


def code_check(*, account: Account, code: str, source: str, now: datetime) -> None:
    """Take a code of the authenticator or a recovery code, once. Raises LoginRefusedError."""
    tried = Tried.by(account.email, source)
    _refuse_when_locked(tried, account, now)
    plain = re.sub(r"[\s-]", "", code).lower()
    taken = _totp_take(account, plain, now) if plain.isdigit() else _recovery_take(account, plain, now)
    if not (taken and account.is_active):
        _fail(tried, account, "code", now)


def session_begin(*, account: Account, source: str, now: datetime) -> str:
    """The token of the one session that now counts for the account; what was open before ends."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        throttle.success_note(Tried.by(account.email, source))
        Account.objects.filter(pk=account.pk).update(session_token=token, last_login=now)
        _record("login.done", account, now)
    return token


def session_end(*, account: Account, now: datetime, reason: str = "logout") -> None:
    """Close the account's session. ``reason`` is a code: logout, idle, expired."""
    with transaction.atomic():
        Account.objects.filter(pk=account.pk).update(session_token="")
        _record("login.ended", account, now, reason=reason)


def second_factor_begin(*, account: Account, now: datetime) -> bytes:
    """A secret for an account that has no confirmed factor: the one begun, while it is fresh, else a new one."""
    with transaction.atomic():
        begun = SecondFactor.objects.select_for_update().filter(account=account).first()
        if begun is None:
            begun = SecondFactor.objects.create(account=account, secret=totp.new_secret(), made_at=now)
        elif begun.confirmed_at is None and now - begun.made_at > timedelta(hours=1):
            begun.secret, begun.made_at = totp.new_secret(), now
            begun.save()
        if begun.confirmed_at is not None:
            raise LoginRefusedError
        return bytes(begun.secret)


def second_factor_confirm(*, account: Account, code: str, source: str, now: datetime) -> list[str]:
    """Let the factor count when its first code is right; gives the recovery codes, shown this once."""
    tried = Tried.by(account.email, source)
    _refuse_when_locked(tried, account, now)
    factor = SecondFactor.objects.filter(account=account, confirmed_at=None).first()
    plain = re.sub(r"[\s-]", "", code)
    step = factor and totp.matching_step(bytes(factor.secret), plain, now, after=0)
    if factor is None or step is None:
        _fail(tried, account, "first_code", now)
    with transaction.atomic():
        SecondFactor.objects.filter(account=account, confirmed_at=None).update(
            confirmed_at=now, last_step=step
        )
        _record("second_factor.confirmed", account, now)
        return recovery_codes_make(account=account, now=now)


def recovery_codes_make(*, account: Account, now: datetime) -> list[str]:
    """New recovery codes in place of the old ones; they are told once."""
    codes = [
        "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    with transaction.atomic():
        RecoveryCode.objects.filter(account=account).delete()
        RecoveryCode.objects.bulk_create(
            RecoveryCode(account=account, digest=_recovery_digest(account, code), made_at=now)
            for code in codes
        )
        _record("second_factor.recovery_codes_made", account, now)
    return ["-".join(code[at : at + 4] for at in range(0, RECOVERY_LENGTH, 4)) for code in codes]


def has_second_factor(account: Account) -> bool:
    """Whether the account has a factor that counts."""
    return SecondFactor.objects.filter(account=account, confirmed_at__isnull=False).exists()


def _totp_take(account: Account, code: str, now: datetime) -> bool:
    factor = SecondFactor.objects.filter(account=account, confirmed_at__isnull=False).first()
    if factor is None:
        return False
    step = totp.matching_step(bytes(factor.secret), code, now, after=factor.last_step)
    if step is None:
        return False
    # Compare and set: of two requests with one code, one wins.
    return SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step).update(last_step=step) == 1


def _recovery_take(account: Account, code: str, now: datetime) -> bool:
    with transaction.atomic():
        taken = RecoveryCode.objects.filter(
            account=account, digest=_recovery_digest(account, code), used_at=None
        ).update(used_at=now)
        if taken:
            left = RecoveryCode.objects.filter(account=account, used_at=None).count()
            _record("second_factor.recovery_code_used", account, now, left=left)
    return bool(taken)


def _recovery_digest(account: Account, code: str) -> str:
    return fingerprint(f"{account.pk} {code}", "recovery_code")


def _refuse_when_locked(tried: Tried, account: Account | None, now: datetime) -> None:
    until = throttle.locked_until(tried, now)
    if until is not None:
        with transaction.atomic():
            # Once a lock: the log is for good, and nobody who only knocks is to fill it.
            if throttle.refusal_note(tried, now):
                _record("login.refused", account, now, reason="locked", source=tried.source[:16])
        raise LoginRefusedError(until)


def _fail(tried: Tried, account: Account | None, step: str, now: datetime) -> NoReturn:
    with transaction.atomic():
        _record("login.failed", account, now, step=step, source=tried.source[:16])
        for kind in throttle.failure_count(tried, now):
            _record("login.locked", account, now, kind=str(kind), source=tried.source[:16])
    raise LoginRefusedError(throttle.locked_until(tried, now))


def _record(action: str, account: Account | None, now: datetime, **detail: str | int) -> None:
    event_record(
        action=action,
        subject=f"account:{account.pk}" if account else NOBODY,
        by_account=account.pk if account else None,
        organisation=account.organisation_id if account else None,
        now=now,
        detail=detail,
    )

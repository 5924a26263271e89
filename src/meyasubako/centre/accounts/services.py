"""What is done to organisations and accounts: each in one transaction with its audit event."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email, validate_slug
from django.db import transaction
from django.utils.translation import gettext as _

from meyasubako.centre.accounts import throttle
from meyasubako.centre.accounts.models import (
    Account,
    Invitation,
    Organisation,
    RecoveryCode,
    RoleGrant,
    SecondFactor,
)
from meyasubako.centre.accounts.permissions import Denied, check_can_manage_accounts
from meyasubako.centre.accounts.roles import ADMINISTRATOR, ROLES
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.audit.services import event_record

INVITATION_LASTS = timedelta(hours=72)


def denial_record(denied: Denied, *, now: datetime, place: str = "") -> None:
    """Record that somebody tried what they may not. ``place`` is the name of the page or operation."""
    with transaction.atomic():
        _record("permission.denied", f"permission:{denied.permission}", denied.viewer, now, place=place)


def organisation_add(
    *, kind: str, slug: str, name_ja: str, name_en: str, by: Viewer, now: datetime
) -> Organisation:
    """Add an organisation. Raises ValidationError for an unknown kind, a slug that is taken, an empty name."""
    check_can_manage_accounts(by)
    if kind not in Organisation.Kind.values:
        raise ValidationError({"kind": _("There is no such kind of organisation.")})
    validate_slug(slug)
    organisation = Organisation(kind=kind, slug=slug, name_ja=name_ja, name_en=name_en, created_at=now)
    organisation.full_clean()
    with transaction.atomic():
        organisation.save()
        _record("organisation.added", f"organisation:{organisation.pk}", by, now, kind=kind)
    return organisation


def organisation_rename(
    *, organisation: Organisation, name_ja: str, name_en: str, by: Viewer, now: datetime
) -> None:
    """Give an organisation other names; its kind stays, because permissions rest on it."""
    check_can_manage_accounts(by)
    organisation.name_ja, organisation.name_en = name_ja, name_en
    organisation.full_clean()
    with transaction.atomic():
        organisation.save(update_fields=["name_ja", "name_en"])
        _record("organisation.renamed", f"organisation:{organisation.pk}", by, now)


def account_invite(
    *, email: str, name: str, organisation: Organisation, roles: Iterable[str], by: Viewer, now: datetime
) -> tuple[Account, str]:
    """Make an account without a password; gives it and the token of its invitation, which is told this once.

    Raises ValidationError for an address that is none or has an account, and for unknown roles.
    """
    check_can_manage_accounts(by)
    wanted = _known_roles(roles)
    email = email.strip().lower()
    validate_email(email)
    if Account.objects.filter(email=email).exists():
        raise ValidationError({"email": _("There is an account with this address.")})
    account = Account(email=email, name=name.strip(), organisation=organisation, created_at=now)
    account.set_unusable_password()
    account.full_clean()
    with transaction.atomic():
        account.save()
        _record("account.added", f"account:{account.pk}", by, now, organisation=organisation.pk)
        _grant(account, wanted, by, now)
        return account, _invite(account, by, now)


def invitation_make(*, account: Account, by: Viewer, now: datetime) -> str:
    """A new invitation in place of open ones: for a person whose link ran out or who forgot the password."""
    check_can_manage_accounts(by)
    with transaction.atomic():
        return _invite(account, by, now)


def invitation_find(*, token: str, now: datetime) -> Invitation | None:
    """The open invitation with this token."""
    found = Invitation.objects.select_related("account__organisation").filter(
        digest=_digest(token), used_at=None, expires_at__gt=now, account__is_active=True
    )
    return found.first()


def invitation_accept(*, token: str, password: str, now: datetime) -> Account:
    """Set the password that the invited person chose. Raises ValidationError for a weak one or a closed link."""
    invitation = invitation_find(token=token, now=now)
    if invitation is None:
        raise ValidationError(_("This invitation is not open any more. Ask an administrator for a new one."))
    account = invitation.account
    validate_password(password, account)
    with transaction.atomic():
        if not Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=now):
            raise ValidationError(
                _("This invitation is not open any more. Ask an administrator for a new one.")
            )
        _password_set(account, password, now)
        _record("account.password_set", f"account:{account.pk}", account.viewer(), now)
    return account


def password_change(*, account: Account, old: str, new: str, source: str, now: datetime) -> None:
    """A person changes the own password. Raises ValidationError for a wrong old one or a weak new one.

    A wrong old one counts as a failed login from ``source``: with the lock the session ends, so that whoever found it
    open does not guess on.
    """
    if not account.check_password(old):
        with transaction.atomic():
            _record("account.password_refused", f"account:{account.pk}", account.viewer(), now)
            if throttle.failure_count(throttle.Tried.by(account.email, source), now):
                Account.objects.filter(pk=account.pk).update(session_token="")
                _record("login.locked", f"account:{account.pk}", account.viewer(), now)
        raise ValidationError({"old": _("This is not your password.")})
    validate_password(new, account)
    with transaction.atomic():
        _password_set(account, new, now)
        _record("account.password_set", f"account:{account.pk}", account.viewer(), now)


def account_roles_set(*, account: Account, roles: Iterable[str], by: Viewer, now: datetime) -> None:
    """Give the account these roles and no others.

    Raises ValidationError for the own account, for unknown roles, and when no administrator would be left.
    """
    check_can_manage_accounts(by)
    wanted = _known_roles(roles)
    if by.account_id == account.pk:
        raise ValidationError(_("Nobody changes the own roles; another administrator does."))
    with transaction.atomic():
        if ADMINISTRATOR not in wanted:
            _keep_an_administrator(account)
        lost = account.roles - wanted
        RoleGrant.objects.filter(account=account, role__in=lost).delete()
        for role in sorted(lost):
            _record("account.role_taken", f"account:{account.pk}", by, now, role=role)
        _grant(account, wanted - account.roles, by, now)
    account._prefetched_objects_cache = {}  # type: ignore[attr-defined]  # noqa: SLF001 - roles are read anew


def account_disable(*, account: Account, by: Viewer, now: datetime) -> None:
    """Close an account and its session; its rows and events stay. Raises ValidationError for the last administrator."""
    check_can_manage_accounts(by)
    with transaction.atomic():
        _keep_an_administrator(account)
        account.is_active, account.disabled_at, account.session_token = False, now, ""
        account.save(update_fields=["is_active", "disabled_at", "session_token"])
        Invitation.objects.filter(account=account, used_at=None).delete()
        _record("account.disabled", f"account:{account.pk}", by, now)


def account_enable(*, account: Account, by: Viewer, now: datetime) -> None:
    """Open a closed account again."""
    check_can_manage_accounts(by)
    with transaction.atomic():
        account.is_active, account.disabled_at = True, None
        account.save(update_fields=["is_active", "disabled_at"])
        _record("account.enabled", f"account:{account.pk}", by, now)


def account_unlock(*, account: Account, by: Viewer, now: datetime) -> None:
    """Lift the lock that failures of logging in brought; the source's stays."""
    check_can_manage_accounts(by)
    with transaction.atomic():
        throttle.lock_lift(account.email)
        _record("account.unlocked", f"account:{account.pk}", by, now)


def second_factor_reset(*, account: Account, by: Viewer, now: datetime) -> str:
    """Take away a lost second factor with the password and the session; gives the token of a new invitation.

    The password goes too: else whoever knows it could set up a factor of their own in the owner's place.
    """
    check_can_manage_accounts(by)
    with transaction.atomic():
        SecondFactor.objects.filter(account=account).delete()
        RecoveryCode.objects.filter(account=account).delete()
        account.set_unusable_password()
        account.session_token = ""
        account.save(update_fields=["password", "session_token"])
        throttle.lock_lift(account.email)
        _record("second_factor.reset", f"account:{account.pk}", by, now)
        return _invite(account, by, now)


def _invite(account: Account, by: Viewer, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    Invitation.objects.filter(account=account, used_at=None).delete()
    Invitation.objects.create(
        account=account, digest=_digest(token), made_at=now, expires_at=now + INVITATION_LASTS
    )
    _record("account.invited", f"account:{account.pk}", by, now)
    return token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _password_set(account: Account, password: str, now: datetime) -> None:
    account.set_password(password)
    account.password_set_at, account.session_token = now, ""
    account.save(update_fields=["password", "password_set_at", "session_token"])


def _known_roles(roles: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(roles)
    if not wanted <= frozenset(ROLES):
        raise ValidationError({"roles": _("There is no such role.")})
    return wanted


def _grant(account: Account, roles: frozenset[str], by: Viewer, now: datetime) -> None:
    for role in sorted(roles):
        RoleGrant.objects.create(
            account=account, organisation_id=account.organisation_id, role=role, granted_at=now
        )
        _record("account.role_given", f"account:{account.pk}", by, now, role=role)


def _keep_an_administrator(leaving: Account) -> None:
    """Refuse to lose the last administrator of the centre."""
    if ADMINISTRATOR not in leaving.roles or leaving.organisation.kind != Organisation.Kind.CENTRE:
        return
    others = RoleGrant.objects.select_for_update().filter(
        role=ADMINISTRATOR, account__is_active=True, account__organisation__kind=Organisation.Kind.CENTRE
    )
    if not others.exclude(account=leaving).exists():
        raise ValidationError(_("This is the last administrator; name another one first."))


def _record(action: str, subject: str, by: Viewer, now: datetime, **detail: str | int) -> None:
    event_record(
        action=action,
        subject=subject,
        by_account=by.by_account,
        organisation=by.by_organisation,
        now=now,
        detail=detail,
    )

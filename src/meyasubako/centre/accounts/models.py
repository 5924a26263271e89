"""Organisations, accounts and the roles they hold.

Every account belongs to one organisation, and every row of the other apps to the organisation that owns it. What
is personal in a model is named in its ``PersonalData``; a test asks every model of the centre for it.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.accounts import roles
from meyasubako.centre.accounts.sealed import SealedBinaryField
from meyasubako.centre.accounts.types import Viewer


class Organisation(models.Model):
    """The centre itself, a ministry, a carrier, a sender or a partner abroad."""

    class Kind(models.TextChoices):
        """What kind of organisation it is; permissions rest on it."""

        CENTRE = "centre", _("Anti-spam centre")
        MIC = "mic", _("Ministry of Internal Affairs and Communications")
        CAA = "caa", _("Consumer Affairs Agency")
        CARRIER = "carrier", _("Carrier")
        SENDER = "sender", _("Sender")
        PARTNER = "partner", _("Partner authority")

    class PersonalData:
        """Organisations are no persons."""

        fields: ClassVar[dict[str, str]] = {}

    kind = models.CharField(max_length=16, choices=Kind.choices)
    slug = models.SlugField(max_length=64, unique=True)
    name_ja = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["slug"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="organisation_kind_known",
                condition=models.Q(kind__in=["centre", "mic", "caa", "carrier", "sender", "partner"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the language of the page."""
        return self.name_ja if (get_language() or "ja").startswith("ja") else self.name_en


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts by their address whatever its case."""

    def get_by_natural_key(self, username: str | None) -> Account:
        """The account with this address; Account.DoesNotExist when there is none."""
        return self.get(email=(username or "").strip().lower())


class Account(AbstractBaseUser):
    """A person of an organisation who may log in to the staff site. Made by invitation, never by sign-up."""

    class PersonalData:
        """Kept while the person works with the centre; the audit log holds the id alone."""

        fields: ClassVar[dict[str, str]] = {
            "email": "login name",
            "name": "shown to colleagues",
            "last_login": "when the person worked",
        }

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "organisation"]

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="accounts")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True, blank=True)
    password_set_at = models.DateTimeField(null=True, blank=True)
    # The one session that counts: a new login replaces it, an empty one ends what is open.
    session_token = models.CharField(max_length=64, blank=True, default="")

    objects = AccountManager()

    class Meta:
        ordering: ClassVar[list[str]] = ["email"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="account_email_in_small_letters",
                condition=models.Q(email=Lower("email")),
            ),
            models.CheckConstraint(
                name="account_disabled_when_inactive",
                condition=models.Q(is_active=True, disabled_at__isnull=True)
                | models.Q(is_active=False, disabled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"account:{self.pk}"

    @property
    def roles(self) -> frozenset[str]:
        """The roles the account holds now."""
        return frozenset(grant.role for grant in self.grants.all())

    def viewer(self) -> Viewer:
        """The account as selectors and services take it."""
        return Viewer(
            account_id=self.pk,
            organisation_id=self.organisation_id,
            organisation_kind=self.organisation.kind,
            roles=self.roles if self.is_active else frozenset(),
        )


class RoleGrant(models.Model):
    """One role of one account; given and taken back by an administrator."""

    class PersonalData:
        """Ids and codes."""

        fields: ClassVar[dict[str, str]] = {}

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="grants")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=24)
    granted_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["account_id", "role"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "role"], name="role_granted_once"),
            models.CheckConstraint(name="role_known", condition=models.Q(role__in=list(roles.ROLES))),
        ]

    def __str__(self) -> str:
        return f"{self.role} of account:{self.account_id}"


class SecondFactor(models.Model):
    """The secret of an account's authenticator app (RFC 6238); counts once its owner has shown a first code."""

    class PersonalData:
        """A secret; it lies sealed."""

        fields: ClassVar[dict[str, str]] = {"secret": "authenticator's secret, sealed"}

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="second_factor")
    secret = SealedBinaryField(purpose="second_factor.secret")
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # The newest time step of which a code was taken: no code is taken twice (RFC 6238 section 5.2).
    last_step = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"second factor of account:{self.account_id}"


class RecoveryCode(models.Model):
    """A code that stands in for the authenticator once. Only its keyed hash is kept."""

    class PersonalData:
        """A hash under a key."""

        fields: ClassVar[dict[str, str]] = {}

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["account", "digest"], name="recovery_code_once"),
        ]

    def __str__(self) -> str:
        return f"recovery code of account:{self.account_id}"


class Invitation(models.Model):
    """A link with which a person chooses a password: once, and not for long. Only the token's digest is kept."""

    class PersonalData:
        """Ids and a digest."""

        fields: ClassVar[dict[str, str]] = {}

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"invitation of account:{self.account_id}"


class LoginThrottle(models.Model):
    """Failures of one account name or of one source, and until when nothing is tried for it."""

    class Kind(models.TextChoices):
        """What is counted."""

        ACCOUNT = "account"
        SOURCE = "source"

    class PersonalData:
        """Names and addresses are kept as keyed hashes, and dropped after a day."""

        fields: ClassVar[dict[str, str]] = {}

    kind = models.CharField(max_length=8, choices=Kind.choices)
    fingerprint = models.CharField(max_length=64)
    failures = models.PositiveIntegerField(default=0)
    locks = models.PositiveIntegerField(default=0)
    last_failure_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "fingerprint"], name="throttle_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.fingerprint[:8]}"

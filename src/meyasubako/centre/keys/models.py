"""Keys of the API, and what they were used for. Others use ``services``, ``scopes`` and :class:`ApiKey` as a value."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class ApiKey(models.Model):
    """A key of an organisation. Its secret is shown once; kept is a hash of its 192 random bits."""

    class PersonalData:
        """None."""

        fields: ClassVar[dict[str, str]] = {}

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    public_id = models.CharField(max_length=12, unique=True)
    secret_hash = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    requests_per_hour = models.PositiveIntegerField()
    mails_per_hour = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    # Kept to the minute: a key that is used all the time does not write a row for each request.
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["organisation_id", "made_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="api_key_named", condition=~Q(name="") & ~Q(public_id="")),
            models.CheckConstraint(
                name="api_key_expires_later",
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("made_at")),
            ),
            models.CheckConstraint(
                name="api_key_limited", condition=Q(requests_per_hour__gt=0, mails_per_hour__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def subject(self) -> str:
        """The key as the audit log names it."""
        return f"api_key:{self.pk}"


class KeyUse(models.Model):
    """How much a key was used within one hour: what its limits are counted by."""

    class PersonalData:
        """None."""

        fields: ClassVar[dict[str, str]] = {}

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="uses")
    hour = models.DateTimeField(db_index=True)
    requests = models.PositiveIntegerField(default=0)
    mails = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["key_id", "hour"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["key", "hour"], name="api_key_use_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key_id} {self.hour:%Y-%m-%dT%HZ}"

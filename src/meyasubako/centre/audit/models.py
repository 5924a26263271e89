"""Events and the chain over them; both are only ever added to.

No foreign keys: an event outlives what it speaks of. It holds ids and codes, never personal data, because it
cannot be erased. The database itself refuses UPDATE, DELETE and TRUNCATE (:mod:`.append_only`).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Event(models.Model):
    """One thing that was done: when, by whom (ids), what (a code), to what (``report:123``)."""

    class PersonalData:
        """None by construction: the service takes ids and codes alone."""

        fields: ClassVar[dict[str, str]] = {}

    at = models.DateTimeField(db_index=True)
    action = models.CharField(max_length=64)
    subject = models.CharField(max_length=160)
    account_id = models.BigIntegerField(null=True)
    organisation_id = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject", "id"], name="event_by_subject"),
            models.Index(fields=["account_id", "id"], name="event_by_account"),
            models.Index(fields=["action", "id"], name="event_by_action"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"


class ChainLink(models.Model):
    """The place of one event in the chain: the digest covers the event and the digest before it."""

    class PersonalData:
        """Digests of events, which hold none."""

        fields: ClassVar[dict[str, str]] = {}

    sequence = models.BigIntegerField(primary_key=True)
    event_id = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    closed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["sequence"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="chain_starts_at_one", condition=models.Q(sequence__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.digest}"

"""Answers kept so that a request sent twice is answered alike, and by what a sender may ask for its reports."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from meyasubako.centre.accounts.sealed import SealedTextField


class KeptAnswer(models.Model):
    """A request with an idempotency key: what it held, and its answer once there is one (it bears secret links)."""

    class PersonalData:
        """The answer holds links with which a report can be seen and withdrawn."""

        fields: ClassVar[dict[str, str]] = {"answer": "receipts with their secret links"}

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    key = models.ForeignKey("keys.ApiKey", on_delete=models.CASCADE, related_name="answers")
    operation = models.CharField(max_length=24)
    idempotency_key = models.CharField(max_length=64)
    body_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    answer = SealedTextField(purpose="api.answer", null=True)
    made_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["key", "operation", "idempotency_key"], name="api_answer_once"),
            models.CheckConstraint(
                name="api_answer_with_status",
                condition=Q(status__isnull=True, answer__isnull=True)
                | Q(status__isnull=False, answer__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.idempotency_key[:8]}"


class SentReport(models.Model):
    """A report that came by the API, so that the organisation that sent it can ask what became of it."""

    class PersonalData:
        """The secret of the reporter's link, sealed."""

        fields: ClassVar[dict[str, str]] = {"secret": "the link's secret, sealed"}

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    key = models.ForeignKey("keys.ApiKey", on_delete=models.PROTECT, related_name="reports")
    number = models.CharField(max_length=20, unique=True)
    secret = SealedTextField(purpose="api.report.secret")
    sent_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return self.number

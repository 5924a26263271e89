"""Reports as the relational database keeps them: receipts, what lies sealed, and the way of their mails to the tables.

A report's own row names nobody. Who reported, what they typed and the mail they wrote lie sealed in tables of
their own, each with its own retention; what a mail said stays out of every row that is not sealed. Others use
``services``, ``selectors`` and ``types``. Petitions: :mod:`.petition_models`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models

from meyasubako.centre.accounts.sealed import SealedBinaryField, SealedTextField
from meyasubako.centre.reports.domain.kinds import Channel, Kind, Outcome, Place
from meyasubako.centre.reports.domain.states import Action, Actor, State
from meyasubako.centre.reports.petition_models import (
    Petition,
    PetitionerIdentity,
    PetitionNotice,
    PetitionStatement,
)

__all__ = [
    "Cursor",
    "DeliveryBatch",
    "ErasureRequest",
    "OuterMail",
    "OutgoingMail",
    "Petition",
    "PetitionNotice",
    "PetitionStatement",
    "PetitionerIdentity",
    "RateWindow",
    "Report",
    "ReportMail",
    "ReportOutcome",
    "ReportStep",
    "ReporterIdentity",
    "Statement",
]


def known(name: str, field: str, values: type[StrEnum]) -> models.CheckConstraint:
    """A constraint that a column holds one of an enumeration's values."""
    return models.CheckConstraint(
        name=name, condition=models.Q(**{f"{field}__in": [str(value) for value in values]})
    )


class Report(models.Model):
    """One report (情報提供): a receipt, what it is about and where it is. Names nobody, and stays when all else goes."""

    class PersonalData:
        """None: the link is kept as a hash, the reporter in :class:`ReporterIdentity`."""

        fields: ClassVar[dict[str, str]] = {}

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=24)
    channel = models.CharField(max_length=8)
    state = models.CharField(max_length=12, default=State.RECEIVED.value)
    language = models.CharField(max_length=2, default="ja")
    received_at = models.DateTimeField()
    # The day in Japan on which the centre received it: what S1 counts by.
    day = models.DateField()
    changed_at = models.DateTimeField()
    mails = models.PositiveIntegerField(default=0)
    # Whether it was ever taken: what only lies in the holding pen (a bounce, a notice) is no report yet.
    counted = models.BooleanField(default=False)
    # Whether a mail of it is in the tables: then they count the report, else this row does.
    delivered = models.BooleanField(default=False)
    wrapped_as = models.CharField(max_length=16, blank=True, default="")
    held_reason = models.CharField(max_length=40, blank=True, default="")
    filing_attempts = models.PositiveSmallIntegerField(default=0)
    erased_at = models.DateTimeField(null=True)
    link_hash = models.CharField(max_length=64, null=True, unique=True)
    # What makes a second sending of the same thing known: a form's token, a place in the spool, a key of the API.
    submission = models.CharField(max_length=100, unique=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-received_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "received_at"], name="report_by_state"),
            models.Index(fields=["day", "kind"], name="report_by_day"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            known("report_kind_known", "kind", Kind),
            known("report_channel_known", "channel", Channel),
            known("report_state_known", "state", State),
            models.CheckConstraint(
                name="report_held_with_reason",
                condition=~models.Q(state=State.HELD.value) | ~models.Q(held_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> str:
        """The report as the audit log names it."""
        return f"report:{self.pk}"


class OuterMail(models.Model):
    """The mail that brought a report, sealed: it carries the reporter. Gone after its own retention."""

    class PersonalData:
        """The reporter's own mail."""

        fields: ClassVar[dict[str, str]] = {
            "raw": "the mail as the reporter wrote it",
            "envelope": "who sent it and from where",
        }

    report = models.OneToOneField(Report, on_delete=models.CASCADE, related_name="outer_mail")
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    raw = SealedBinaryField(purpose="reports.outer_mail.raw")
    envelope = SealedTextField(purpose="reports.outer_mail.envelope")
    size = models.PositiveIntegerField()
    delete_after = models.DateTimeField(db_index=True)
    auth_spf = models.CharField(max_length=12, blank=True, default="")
    auth_dkim = models.CharField(max_length=12, blank=True, default="")
    auth_dmarc = models.CharField(max_length=12, blank=True, default="")

    def __str__(self) -> str:
        return f"outer mail of {self.report_id}"


class Statement(models.Model):
    """What the reporter typed into the form, sealed: remarks, an SMS, a text that is no source of a mail."""

    class PersonalData:
        """Whatever a person writes into a box."""

        fields: ClassVar[dict[str, str]] = {"boxes": "what was typed, box by box"}

    report = models.OneToOneField(Report, on_delete=models.CASCADE, related_name="statement")
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    boxes = SealedTextField(purpose="reports.statement.boxes")
    delete_after = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"statement of {self.report_id}"


class ReporterIdentity(models.Model):
    """Who reported, sealed, apart from the report; each look is recorded, and it goes after its own retention."""

    class PersonalData:
        """Name and address of the reporter."""

        fields: ClassVar[dict[str, str]] = {
            "particulars": "name and address",
            "address_fingerprint": "keyed hash of the address",
        }

    report = models.OneToOneField(Report, on_delete=models.CASCADE, related_name="identity")
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    particulars = SealedTextField(purpose="reports.identity.particulars")
    address_fingerprint = models.CharField(max_length=64, blank=True, default="", db_index=True)
    delete_after = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"identity of {self.report_id}"


class DeliveryBatch(models.Model):
    """Mails that go to the tables together. (writer, number) is their application transaction: they never change.

    A writer is one process: numbers of a database that was restored from a copy are not given out again.
    """

    class PersonalData:
        """None."""

        fields: ClassVar[dict[str, str]] = {}

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    writer = models.UUIDField()
    number = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["writer", "number"], name="delivery_batch_once"),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=models.Q(done_at__isnull=True),
                name="delivery_batch_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.writer}.{self.number}"


class ReportMail(models.Model):
    """One mail in a report, on its way to the tables: the outbox. Its bytes lie here until they lie there."""

    class PersonalData:
        """A mail to the reporter bears the reporter's address."""

        fields: ClassVar[dict[str, str]] = {
            "raw": "the mail, until the tables hold it; a reporter's own opt-out, until it is purged",
            "notes": "what the report said of it",
        }

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="held_mails")
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    place = models.CharField(max_length=12, default=Place.REPORTED.value)
    how = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveIntegerField()
    arrival_id = models.CharField(max_length=36, unique=True)
    lost = models.JSONField(default=list)
    raw = SealedBinaryField(purpose="reports.mail.raw", null=True)
    notes = SealedTextField(purpose="reports.mail.notes", null=True)
    batch = models.ForeignKey(DeliveryBatch, on_delete=models.PROTECT, null=True, related_name="mails")
    delivered_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    campaign = models.CharField(max_length=36, blank=True, default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["report_id", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["report", "position"], name="report_mail_once"),
            known("report_mail_place_known", "place", Place),
            models.CheckConstraint(
                name="report_mail_batched_before_delivered",
                condition=models.Q(delivered_at__isnull=True) | models.Q(batch__isnull=False),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["id"],
                name="report_mail_waiting",
                condition=models.Q(batch__isnull=True, raw__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.arrival_id


class ReportStep(models.Model):
    """One change of a report's state, as the reporter and the officers see it."""

    class PersonalData:
        """Codes and ids."""

        fields: ClassVar[dict[str, str]] = {}

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="steps")
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    action = models.CharField(max_length=12)
    actor = models.CharField(max_length=12)
    state = models.CharField(max_length=12)
    reason = models.CharField(max_length=40, blank=True, default="")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            known("report_step_action_known", "action", Action),
            known("report_step_actor_known", "actor", Actor),
            known("report_step_state_known", "state", State),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.report_id}"


class ReportOutcome(models.Model):
    """What became of a report: joined to a campaign, used in a case, action taken. Each (outcome, reference) once."""

    class PersonalData:
        """Codes and ids."""

        fields: ClassVar[dict[str, str]] = {}

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="outcomes")
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=8)
    reference = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["report", "outcome", "reference"], name="report_outcome_once"),
            known("report_outcome_known", "outcome", Outcome),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.report_id}"


class OutgoingMail(models.Model):
    """A mail of the centre to a reporter: an acknowledgement or an officer's answer. Sent once or not at all."""

    class Purpose(models.TextChoices):
        """What it is."""

        ACKNOWLEDGEMENT = "acknowledgement"
        ANSWER = "answer"

    class State(models.TextChoices):
        """Where it is. ``SENDING`` after a crash is unsure, and never sent again."""

        UNCHECKED = "unchecked"
        WAITING = "waiting"
        SENDING = "sending"
        SENT = "sent"
        REFUSED = "refused"

    class PersonalData:
        """The address it goes to, and what it says."""

        fields: ClassVar[dict[str, str]] = {
            "recipient": "the reporter's address",
            "recipient_fingerprint": "keyed hash of the address",
            "text": "what an officer wrote",
        }

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="outgoing")
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    state = models.CharField(max_length=12, choices=State.choices)
    reason = models.CharField(max_length=40, blank=True, default="")
    recipient = SealedTextField(purpose="reports.outgoing.recipient", null=True)
    recipient_fingerprint = models.CharField(max_length=64, db_index=True)
    text = SealedTextField(purpose="reports.outgoing.text", null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "not_before"], name="outgoing_by_state"),
            models.Index(fields=["recipient_fingerprint", "sent_at"], name="outgoing_by_recipient"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["report"],
                condition=models.Q(purpose="acknowledgement"),
                name="report_acknowledged_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.report_id}"


class ErasureRequest(models.Model):
    """A reporter's wish that the mails of a report be erased from evidence: a supervisor decides."""

    class State(models.TextChoices):
        """Where the request is."""

        REQUESTED = "requested"
        DONE = "done"
        REFUSED = "refused"

    class PersonalData:
        """Codes and ids."""

        fields: ClassVar[dict[str, str]] = {}

    report = models.OneToOneField(Report, on_delete=models.CASCADE, related_name="erasure")
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=State.choices, default=State.REQUESTED)
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        ordering: ClassVar[list[str]] = ["requested_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="erasure_decided_when_not_requested",
                condition=models.Q(state="requested", decided_at__isnull=True)
                | (~models.Q(state="requested") & models.Q(decided_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"erasure of {self.report_id}"


class RateWindow(models.Model):
    """How often one source used one door within one window. The source is a keyed hash that changes daily."""

    class PersonalData:
        """A keyed hash of a network address, for a day."""

        fields: ClassVar[dict[str, str]] = {"source": "keyed hash of the source's network"}

    source = models.CharField(max_length=64)
    starts_at = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["starts_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "starts_at"], name="rate_window_once"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at}: {self.count}"


class Cursor(models.Model):
    """How far a step of this app has read a table, moved in the transaction of what it wrote."""

    class PersonalData:
        """None."""

        fields: ClassVar[dict[str, str]] = {}

    name = models.CharField(max_length=40, primary_key=True)
    table = models.CharField(max_length=64)
    version = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.name}: {self.version}"

"""Petitions as the relational database keeps them; see :mod:`.domain.petitions` for what a petition is."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from meyasubako.centre.accounts.sealed import SealedTextField


class Petition(models.Model):
    """One petition (申出): its receipt, its matters and its addressees. Names nobody."""

    class PersonalData:
        """None: the petitioner lies in :class:`PetitionerIdentity`."""

        fields: ClassVar[dict[str, str]] = {}

    # The (first) addressee: the petition is the authority's, not the centre's.
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    # The carrier whose account made it; null for recipients.
    made_by = models.ForeignKey(
        "accounts.Organisation", on_delete=models.PROTECT, null=True, related_name="+"
    )
    number = models.CharField(max_length=20, unique=True)
    petitioner = models.CharField(max_length=12)
    matters = models.JSONField()
    to_mic = models.BooleanField()
    to_caa = models.BooleanField()
    language = models.CharField(max_length=2, default="ja")
    received_at = models.DateTimeField()
    day = models.DateField(db_index=True)
    reports = models.ManyToManyField("reports.Report", related_name="petitions")
    # Set by casework, which owns deadlines: a petition must be looked into (Act Art 8(4), Act Art 8(5)).
    investigate_by = models.DateField(null=True)
    investigated_at = models.DateTimeField(null=True)
    link_hash = models.CharField(max_length=64, null=True, unique=True)
    submission = models.CharField(max_length=100, unique=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-received_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="petitioner_known", condition=models.Q(petitioner__in=["recipient", "carrier"])
            ),
            models.CheckConstraint(
                name="petition_addressed", condition=models.Q(to_mic=True) | models.Q(to_caa=True)
            ),
            # Act Art 8(3): what a carrier petitions is the Minister's alone.
            models.CheckConstraint(
                name="petition_of_carrier_to_mic_alone",
                condition=~models.Q(petitioner="carrier") | models.Q(to_mic=True, to_caa=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def addressees(self) -> tuple[str, ...]:
        """The authorities it is made to."""
        chosen = (("mic", self.to_mic), ("caa", self.to_caa))
        return tuple(authority for authority, addressed in chosen if addressed)

    @property
    def subject(self) -> str:
        """The petition as the audit log names it."""
        return f"petition:{self.pk}"


class PetitionStatement(models.Model):
    """The particulars of the form but those of the petitioner, sealed."""

    class PersonalData:
        """Whatever a person writes into a box."""

        fields: ClassVar[dict[str, str]] = {"particulars": "facts, contents and reasons"}

    petition = models.OneToOneField(Petition, on_delete=models.CASCADE, related_name="statement")
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    particulars = SealedTextField(purpose="reports.petition.particulars")

    def __str__(self) -> str:
        return f"statement of {self.petition_id}"


class PetitionerIdentity(models.Model):
    """Who petitions, sealed; each look is recorded."""

    class PersonalData:
        """The petitioner, as the ordinance's form asks."""

        fields: ClassVar[dict[str, str]] = {"particulars": "name, representative, address, contact"}

    petition = models.OneToOneField(Petition, on_delete=models.CASCADE, related_name="identity")
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    particulars = SealedTextField(purpose="reports.petitioner.particulars")
    delete_after = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"identity of {self.petition_id}"


class PetitionNotice(models.Model):
    """That the other authority must be told of a petition (Act Art 8(2)), and when it was; each once."""

    class PersonalData:
        """The letter names the petition by its number."""

        fields: ClassVar[dict[str, str]] = {}

    petition = models.ForeignKey(Petition, on_delete=models.CASCADE, related_name="notices")
    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    sent_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    letter_ja = models.TextField()
    letter_en = models.TextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["petition", "organisation"], name="petition_notice_once"),
        ]

    def __str__(self) -> str:
        return f"notice of {self.petition_id}"

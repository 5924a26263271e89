"""Monitor mailboxes and attempts at addresses that never existed, as the relational database keeps them.

Others of the centre use ``services``, ``selectors`` and ``types`` of this app, never its models.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from meyasubako.centre.accounts.sealed import SealedTextField
from meyasubako.centre.monitors.entry import LONGEST_CARRIER, Entry


class Monitor(models.Model):
    """A mailbox that nobody uses: its mail is counted by class. Retired ones stay, since arrivals name them."""

    class PersonalData:
        """None: nobody uses such an address."""

        fields: ClassVar[dict[str, str]] = {}

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=64, unique=True)
    address = models.CharField(max_length=320)
    monitor_class = models.CharField(max_length=8)
    carrier = models.CharField(max_length=LONGEST_CARRIER, blank=True, default="")
    # The first and last day in service, in Japan; null: open.
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    decoy = models.BooleanField(default=False)
    note = models.TextField(blank=True, default="")
    added_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="monitor_class_known", condition=Q(monitor_class__in=["pc", "mobile"])
            ),
            models.CheckConstraint(
                name="monitor_in_small_letters", condition=Q(address=Lower("address"), name=Lower("name"))
            ),
            models.CheckConstraint(
                name="monitor_named",
                condition=~Q(name="") & Q(address__contains="@") & ~Q(address__endswith="@"),
            ),
            models.CheckConstraint(
                name="monitor_service_in_order",
                condition=Q(since__isnull=True) | Q(until__isnull=True) | Q(until__gte=F("since")),
            ),
            # An address has one monitor at a time: the days between two are the services' to check.
            models.UniqueConstraint(
                fields=["address"], condition=Q(until__isnull=True), name="monitor_address_open_once"
            ),
            models.UniqueConstraint(
                fields=["address"], condition=Q(since__isnull=True), name="monitor_address_begun_once"
            ),
            models.UniqueConstraint(fields=["address", "since"], name="monitor_address_since_once"),
        ]

    def __str__(self) -> str:
        return self.name

    def entry(self) -> Entry:
        """What it says."""
        return Entry(
            self.name,
            self.address,
            self.monitor_class,
            self.carrier,
            self.since,
            self.until,
            self.decoy,
            self.note,
        )

    @property
    def subject(self) -> str:
        """The monitor as the audit log names it."""
        return f"monitor:{self.pk}"


class UnknownAttempt(models.Model):
    """Mails of one hour, by one source as one sender, to one name that does not exist (Act Art 6).

    At a decoy domain no name is a person's, and it is kept as it was tried. At any other domain it may be a person's
    old or mistyped address: there it lies sealed. ``name_key`` tells equal names by a keyed hash.
    """

    class Origin(models.TextChoices):
        """Who counted: a receiver of the centre, or a log that somebody gave."""

        RECEIVER = "receiver"
        LOG = "log"

    class PersonalData:
        """A name at a domain where people are, and the sender's claims."""

        fields: ClassVar[dict[str, str]] = {
            "sealed_name": "a name at a domain where people have addresses",
            "name_key": "keyed hash of the name",
            "source": "the network address that tried",
        }

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=8, choices=Origin.choices)
    hour = models.DateTimeField()
    month = models.CharField(max_length=7)
    source = models.GenericIPAddressField(null=True)
    helo = models.CharField(max_length=255, blank=True, default="")
    from_domain = models.CharField(max_length=255, blank=True, default="")
    domain = models.CharField(max_length=255)
    name = models.CharField(max_length=255, blank=True, default="")
    sealed_name = SealedTextField(purpose="monitors.unknown.name", null=True)
    name_key = models.CharField(max_length=64, blank=True, default="")
    count = models.PositiveBigIntegerField()
    # A hash over all that tells one row from another, so that one index keeps them apart.
    key = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["month", "source"], name="unknown_by_month"),
            models.Index(fields=["hour"], name="unknown_by_hour"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(name="unknown_counted", condition=Q(count__gt=0)),
            models.CheckConstraint(name="unknown_origin_known", condition=Q(origin__in=["receiver", "log"])),
            models.CheckConstraint(
                name="unknown_name_plain_or_sealed", condition=Q(name="") | Q(sealed_name__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.hour:%Y-%m-%dT%HZ}"


class ReadFile(models.Model):
    """How far a file of counts or a log was read: moved in the transaction of what was counted from it.

    A log is known by the digest of its first line and of everything read so far, whatever it is called by now.
    """

    class PersonalData:
        """Digests."""

        fields: ClassVar[dict[str, str]] = {}

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=UnknownAttempt.Origin.choices)
    identity = models.CharField(max_length=64, db_index=True)
    offset = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64)
    read_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "identity", "digest"], name="read_file_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.identity[:8]}: {self.offset}"

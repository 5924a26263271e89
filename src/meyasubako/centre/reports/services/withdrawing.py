"""What a reporter may do with the secret link: take the report back, or have it erased.

Taken back, a report is no longer used; it stays counted. Erased, what names or quotes the reporter goes at once, and
so do mails that are not in the tables yet; those that are there a supervisor decides on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from meyasubako.centre.accounts.permissions import check_can_erase
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.audit.services import event_record
from meyasubako.centre.reports.domain.receipts import secret_hash
from meyasubako.centre.reports.domain.states import Action, Actor, State
from meyasubako.centre.reports.models import (
    ErasureRequest,
    OuterMail,
    OutgoingMail,
    Report,
    ReporterIdentity,
    ReportMail,
    Statement,
)
from meyasubako.centre.reports.services.moving import locked, move
from meyasubako.errors import UnavailableError


class UnknownLinkError(LookupError):
    """No report has this link."""


def report_by_secret(secret: str) -> Report:
    """The report whose link this is. Raises UnknownLinkError."""
    report = Report.objects.filter(link_hash=secret_hash(secret)).first()
    if report is None:
        raise UnknownLinkError
    return report


def report_withdraw(*, secret: str, now: datetime) -> Report:
    """Take the report back; doing it twice is doing it once. Raises UnknownLinkError."""
    with transaction.atomic():
        report = locked(report_by_secret(secret).pk)
        _unsent_dropped(report, now)
        if report.state == State.WITHDRAWN:
            return report
        return move(report, Action.WITHDRAW, Actor.REPORTER, by=None, now=now)


def report_erase(*, secret: str, now: datetime) -> Report:
    """Take the report back and erase what is personal in it; evidence is asked for. Raises UnknownLinkError."""
    with transaction.atomic():
        report = report_withdraw(secret=secret, now=now)
        if report.erased_at is not None:
            return report
        personal_drop(report)
        report.held_mails.update(notes=None)
        report.held_mails.filter(place="opt-out").update(raw=None, erased_at=now)
        report.erased_at = report.changed_at = now
        report.save(update_fields=["erased_at", "changed_at"])
        in_tables = report.held_mails.filter(batch__isnull=False, erased_at__isnull=True).exists()
        if in_tables:
            ErasureRequest.objects.create(
                report=report, organisation_id=report.organisation_id, requested_at=now
            )
        event_record(
            action="report.erased",
            subject=report.subject,
            by_account=None,
            organisation=None,
            now=now,
            detail={"evidence_requested": in_tables},
        )
        return report


def personal_drop(report: Report) -> None:
    """Remove identity, outer mail, statement and the addresses of outgoing mail."""
    for model in (ReporterIdentity, OuterMail, Statement):
        model.objects.filter(report=report).delete()
    waiting = [OutgoingMail.State.UNCHECKED, OutgoingMail.State.WAITING]
    outgoing = OutgoingMail.objects.filter(report=report)
    outgoing.filter(state__in=waiting).update(state=OutgoingMail.State.REFUSED, reason="withdrawn")
    outgoing.update(recipient=None, text=None, recipient_fingerprint="")


def erasure_decide(
    *, report_id: int, erased: bool, by: Viewer, now: datetime, reason: str = ""
) -> ErasureRequest:
    """Write down what a supervisor decided on a request: the evidence has been erased, or it must be kept.

    ``reason`` is a code (``used-in-case``). The erasing itself is the tables' business; it comes first. Raises
    UnavailableError for ``erased`` while a mail of the report is on its way into the tables: its batch never changes.
    """
    check_can_erase(by)
    with transaction.atomic():
        report = locked(report_id)
        if erased and report.held_mails.filter(batch__isnull=False, delivered_at__isnull=True).exists():
            raise UnavailableError(report.number, "a mail of it is on its way into the tables")
        request = ErasureRequest.objects.select_for_update().get(
            report=report, state=ErasureRequest.State.REQUESTED
        )
        request.state = ErasureRequest.State.DONE if erased else ErasureRequest.State.REFUSED
        request.decided_at, request.decided_by_id, request.reason = now, by.account_id, reason
        request.save()
        if erased:
            gone = list(report.held_mails.filter(delivered_at__isnull=False).values_list("sha256", flat=True))
            report.held_mails.filter(erased_at__isnull=True).update(raw=None, notes=None, erased_at=now)
            evidence_erased(sha256s=gone, now=now)
        event_record(
            action="report.erasure_decided",
            subject=report.subject,
            by_account=by.by_account,
            organisation=by.by_organisation,
            now=now,
            detail={"state": request.state, "reason": reason},
        )
        return request


def evidence_erased(*, sha256s: Iterable[str], now: datetime) -> int:
    """Note that the tables have erased these bytes, in every report that brought them; how many mails that were."""
    with transaction.atomic():
        mails = ReportMail.objects.filter(
            sha256__in=list(sha256s), delivered_at__isnull=False, erased_at__isnull=True
        )
        found = list(mails.select_for_update().select_related("report"))
        mails.filter(pk__in=[mail.pk for mail in found]).update(raw=None, notes=None, erased_at=now)
        for mail in found:
            event_record(
                action="report.evidence_erased",
                subject=mail.report.subject,
                by_account=None,
                organisation=mail.organisation_id,
                now=now,
                detail={"arrival": mail.arrival_id},
            )
    return len(found)


def _unsent_dropped(report: Report, now: datetime) -> None:
    """Mails that are in no batch never reach the tables; those of a batch must, for a batch never changes."""
    report.held_mails.filter(batch__isnull=True, erased_at__isnull=True).exclude(place="opt-out").update(
        raw=None, erased_at=now
    )

"""Opening what names a person: only for those who may, only with a purpose, and never without an event."""

from __future__ import annotations

import json
import re
from datetime import datetime

from django.db import transaction

from meyasubako.centre.accounts.permissions import check_can_file_reports, check_can_read_identity
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.audit.services import event_record
from meyasubako.centre.reports.models import OuterMail, Petition, PetitionerIdentity, Report, ReporterIdentity
from meyasubako.centre.reports.types import Reporter

PURPOSE = re.compile(r"[a-z0-9][a-z0-9._:/-]{0,79}\Z")
"""A purpose is a code or the number of a case, never a sentence: it stays in the audit log for good."""


class PurposeError(ValueError):
    """No purpose, or one that is no code."""


def reporter_identity_read(*, report_id: int, purpose: str, by: Viewer, now: datetime) -> Reporter | None:
    """Who reported; None where nobody said so or it is gone. Recorded each time, also where there is nothing.

    Raises Denied, PurposeError.
    """
    check_can_read_identity(by)
    with transaction.atomic():
        report = Report.objects.get(pk=report_id)
        identity = ReporterIdentity.objects.filter(report=report).first()
        _recorded("identity.read", report.subject, purpose, identity is not None, by, now)
    if identity is None:
        return None
    said = json.loads(identity.particulars)
    return Reporter(said["name"], said["address"])


def petitioner_identity_read(
    *, petition_id: int, purpose: str, by: Viewer, now: datetime
) -> dict[str, str] | None:
    """Who petitions, by the names of the form; None where it is gone. Recorded each time."""
    check_can_read_identity(by)
    with transaction.atomic():
        petition = Petition.objects.get(pk=petition_id)
        identity = PetitionerIdentity.objects.filter(petition=petition).first()
        _recorded("identity.read", petition.subject, purpose, identity is not None, by, now)
    if identity is None:
        return None
    said: dict[str, str] = json.loads(identity.particulars)
    return said


def outer_mail_read(*, report_id: int, purpose: str, by: Viewer, now: datetime) -> bytes | None:
    """The outer mail of a report, which carries the reporter: for those who file, to file by hand. Recorded."""
    check_can_file_reports(by)
    with transaction.atomic():
        report = Report.objects.get(pk=report_id)
        outer = OuterMail.objects.filter(report=report).first()
        _recorded("outer_mail.read", report.subject, purpose, outer is not None, by, now)
    return None if outer is None else outer.raw


def statement_read(*, report_id: int, purpose: str, by: Viewer, now: datetime) -> dict[str, str]:
    """What the reporter typed, box by box: for those who file. Recorded."""
    check_can_file_reports(by)
    with transaction.atomic():
        report = Report.objects.select_related("statement").get(pk=report_id)
        statement = getattr(report, "statement", None)
        _recorded("statement.read", report.subject, purpose, statement is not None, by, now)
    said: dict[str, str] = {} if statement is None else json.loads(statement.boxes)
    return said


def _recorded(action: str, subject: str, purpose: str, there: bool, by: Viewer, now: datetime) -> None:
    if not PURPOSE.match(purpose):
        raise PurposeError("purpose")
    event_record(
        action=action,
        subject=subject,
        by_account=by.by_account,
        organisation=by.by_organisation,
        now=now,
        detail={"purpose": purpose, "there": there},
    )

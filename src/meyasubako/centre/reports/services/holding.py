"""What officers do in the holding pen and after: run again, file by hand, answer, close, put back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from meyasubako.centre.accounts.permissions import check_can_answer_reporters, check_can_file_reports
from meyasubako.centre.accounts.sealed import fingerprint
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.audit.services import event_record
from meyasubako.centre.reports.domain.kinds import HELD_BY_HAND, Kind
from meyasubako.centre.reports.domain.states import Action, Actor, ImpossibleError, State
from meyasubako.centre.reports.models import OuterMail, OutgoingMail, Report, ReporterIdentity
from meyasubako.centre.reports.services.filing import report_file
from meyasubako.centre.reports.services.moving import locked, move
from meyasubako.centre.reports.services.receiving import mails_add
from meyasubako.centre.reports.types import SubmittedMail
from meyasubako.errors import UnavailableError

LONGEST_ANSWER = 20_000


class NotAnswerableError(Exception):
    """There is no address to write to, or nothing to write. Holds a code only."""


def report_rerun(*, report_id: int, by: Viewer, now: datetime) -> State:
    """Take the outer mail of a held report apart once more, as the rules are now; the state afterwards.

    Raises ImpossibleError where there is no outer mail: it came another way, or its retention is over.
    """
    check_can_file_reports(by)
    with transaction.atomic():
        report = locked(report_id)
        if not OuterMail.objects.filter(report=report).exists():
            raise ImpossibleError(State(report.state), Action.RERUN, Actor.OFFICER)
        report.filing_attempts = 0
        move(report, Action.RERUN, Actor.OFFICER, by=by, now=now)
    return report_file(report_id=report_id, now=now)


def report_refile(
    *, report_id: int, mails: Sequence[SubmittedMail], kind: Kind, by: Viewer, now: datetime
) -> Report:
    """File a held report by hand: with the mails an officer took out of it, or with none (an SMS, a text)."""
    check_can_file_reports(by)
    with transaction.atomic():
        report = locked(report_id)
        mails_add(report, mails)
        report.kind = kind.value
        return move(report, Action.REFILE, Actor.OFFICER, by=by, now=now)


def report_sort(*, report_id: int, kind: Kind, by: Viewer, now: datetime) -> Report:
    """Say what kind of violation a report is about."""
    check_can_file_reports(by)
    with transaction.atomic():
        report = locked(report_id)
        report.kind, report.changed_at = kind.value, now
        report.save(update_fields=["kind", "changed_at"])
        event_record(
            action="report.sorted",
            subject=report.subject,
            by_account=by.by_account,
            organisation=by.by_organisation,
            now=now,
            detail={"kind": kind.value},
        )
        return report


def report_hold(*, report_id: int, by: Viewer, now: datetime) -> Report:
    """Put a report that was filed into the holding pen."""
    return _moved(report_id, Action.HOLD, by, now, HELD_BY_HAND)


def report_close(*, report_id: int, by: Viewer, now: datetime, reason: str = "") -> Report:
    """Close a report: nothing more is to be done with it. ``reason`` is a code."""
    return _moved(report_id, Action.CLOSE, by, now, reason)


def report_reopen(*, report_id: int, by: Viewer, now: datetime) -> Report:
    """Put a closed report back into the holding pen."""
    return _moved(report_id, Action.REOPEN, by, now, HELD_BY_HAND)


def report_answer(*, report_id: int, text: str, by: Viewer, now: datetime) -> OutgoingMail:
    """Write to the reporter through the centre; whoever answers need not see the address.

    The same text again while the first still waits (a form that was sent twice) is one answer.
    Raises NotAnswerableError without an address or a text, UnavailableError where no relay is set up.
    """
    check_can_answer_reporters(by)
    if settings.MAIL_RELAY is None:
        raise UnavailableError("MEYASU_MAIL_RELAY", "no relay is named: nothing can be sent")
    if not 0 < len(text.strip()) <= LONGEST_ANSWER:
        raise NotAnswerableError("text")
    with transaction.atomic():
        report = locked(report_id)
        identity = ReporterIdentity.objects.filter(report=report).first()
        address = json.loads(identity.particulars)["address"] if identity is not None else ""
        if not address:
            raise NotAnswerableError("address")
        said = json.dumps({"text": text.strip()}, ensure_ascii=False)
        waiting = report.outgoing.filter(
            purpose=OutgoingMail.Purpose.ANSWER, state=OutgoingMail.State.WAITING
        )
        for earlier in waiting:
            if earlier.text == said:
                return earlier
        answer = OutgoingMail.objects.create(
            report=report,
            organisation_id=report.organisation_id,
            purpose=OutgoingMail.Purpose.ANSWER,
            state=OutgoingMail.State.WAITING,
            recipient=address,
            recipient_fingerprint=fingerprint(address.lower(), "reports.address"),
            text=said,
            not_before=now,
            made_at=now,
        )
        event_record(
            action="report.answered",
            subject=report.subject,
            by_account=by.by_account,
            organisation=by.by_organisation,
            now=now,
            detail={"outgoing": answer.pk},
        )
        return answer


def _moved(report_id: int, action: Action, by: Viewer, now: datetime, reason: str) -> Report:
    check_can_file_reports(by)
    with transaction.atomic():
        return move(locked(report_id), action, Actor.OFFICER, by=by, now=now, reason=reason)

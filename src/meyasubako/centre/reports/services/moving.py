"""The one executor of changes of state: lock the row, ask the table, write, record."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.audit.services import event_record
from meyasubako.centre.reports.domain.states import Action, Actor, State, next_state
from meyasubako.centre.reports.models import Report, ReportStep


def locked(report_id: int) -> Report:
    """The report, its row locked until the transaction ends. Raises Report.DoesNotExist."""
    return Report.objects.select_for_update().get(pk=report_id)


def move(
    report: Report, action: Action, actor: Actor, *, by: Viewer | None, now: datetime, reason: str = ""
) -> Report:
    """Change the state of a locked report and write it, with its step and its event.

    ``by`` is None for the reporter. Raises ImpossibleError where the table has no such line.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a report is moved inside a transaction")
    report.state = next_state(State(report.state), action, actor).value
    report.held_reason = reason if report.state == State.HELD else ""
    report.counted |= report.state == State.TAKEN
    report.changed_at = now
    report.save()
    ReportStep.objects.create(
        report=report,
        organisation_id=report.organisation_id,
        at=now,
        action=action.value,
        actor=actor.value,
        state=report.state,
        reason=reason,
        account_id=by.account_id if by is not None else None,
    )
    event_record(
        action=f"report.{action.value}",
        subject=report.subject,
        by_account=by.by_account if by is not None else None,
        organisation=by.by_organisation if by is not None else None,
        now=now,
        detail={"state": report.state, "reason": reason},
    )
    return report

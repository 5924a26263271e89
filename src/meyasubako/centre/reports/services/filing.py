"""Taking apart a mail to the report address: its mails into the outbox, or the report into the holding pen.

Two transactions with the work between them. The first counts the attempt: a mail on which filing dies is held after
three, and stops nobody else. The second writes, if the report is still where it was.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import transaction

from meyasubako.centre.accounts.sealed import fingerprint
from meyasubako.centre.accounts.types import SYSTEM
from meyasubako.centre.reports.domain.automatic import automatic_reason
from meyasubako.centre.reports.domain.kinds import HELD_UNFILED
from meyasubako.centre.reports.domain.states import Action, Actor, State
from meyasubako.centre.reports.models import OuterMail, OutgoingMail, Report
from meyasubako.centre.reports.services.moving import locked, move
from meyasubako.centre.reports.services.receiving import identity_keep, mails_add
from meyasubako.centre.reports.types import Reporter, SubmittedMail
from meyasubako.mail import Message, parse
from meyasubako.mail.wrapped import Unwrapped, unwrap

ATTEMPTS = 3


def report_file(*, report_id: int, now: datetime) -> State:
    """Take the report's outer mail apart and write what came of it; the state it is in afterwards."""
    with transaction.atomic():
        report = locked(report_id)
        if report.state != State.RECEIVED:
            return State(report.state)
        outer = OuterMail.objects.filter(report=report).first()
        if outer is None or report.filing_attempts >= ATTEMPTS:
            return State(move(report, Action.HOLD, Actor.STEP, by=SYSTEM, now=now, reason=HELD_UNFILED).state)
        report.filing_attempts += 1
        report.save(update_fields=["filing_attempts"])
    message = parse(outer.raw or b"")
    found = unwrap(message.raw)
    with transaction.atomic():
        report = locked(report_id)
        if report.state != State.RECEIVED or not OuterMail.objects.filter(pk=outer.pk).exists():
            return State(report.state)
        return _written(report, message, json.loads(outer.envelope), found, now)


def _written(
    report: Report, message: Message, envelope: dict[str, Any], found: Unwrapped, now: datetime
) -> State:
    report.wrapped_as = found.kind
    report.filing_attempts = 0
    report.save(update_fields=["wrapped_as", "filing_attempts"])
    sender = envelope.get("envelope_from") or ""
    author = message.from_
    identity_keep(
        report,
        Reporter(author.name if author else "", sender or (author.address if author else "")),
        now=now,
    )
    _acknowledge(report, message, sender, now)
    if found.reason or not found.mails:
        reason = found.reason or "no-mail-inside"
        return State(move(report, Action.HOLD, Actor.STEP, by=SYSTEM, now=now, reason=reason).state)
    mails_add(report, submitted(found))
    return State(move(report, Action.FILE, Actor.STEP, by=SYSTEM, now=now).state)


def submitted(found: Unwrapped) -> tuple[SubmittedMail, ...]:
    """The mails of a report that was taken apart, as the outbox takes them."""
    said = {**found.reported, **{f"derived:{name}": value for name, value in found.derived.items()}}
    return tuple(
        SubmittedMail(
            mail.raw,
            how=mail.how[:40],
            lost=tuple(dict.fromkeys((*mail.lost, *found.lost))),
            notes={**said, **mail.derived},
        )
        for mail in found.mails
    )


def _acknowledge(report: Report, message: Message, sender: str, now: datetime) -> None:
    """Say once whether an acknowledgement may be thought of; whether it is sent, ``steps.answering`` finds out."""
    reason = automatic_reason(message, sender)
    reference = message.message_id or ""
    OutgoingMail.objects.get_or_create(
        report=report,
        purpose=OutgoingMail.Purpose.ACKNOWLEDGEMENT,
        defaults={
            "organisation_id": report.organisation_id,
            "state": OutgoingMail.State.REFUSED if reason else OutgoingMail.State.UNCHECKED,
            "reason": reason or "",
            "recipient": None if reason else sender,
            "recipient_fingerprint": "" if reason else fingerprint(sender.lower(), "reports.address"),
            "text": None if reason else json.dumps({"reference": reference}),
            "not_before": now,
            "made_at": now,
        },
    )

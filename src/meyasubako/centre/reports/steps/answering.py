"""Acknowledgements and answers: first whether, then once.

An acknowledgement is thought of when a mail is filed. Whether its sender was authenticated is found out here, by
asking the DNS (``MEYASU_ASK_DNS``) for the connection that our own receiver saw. Sending claims the row first: who
dies while sending leaves a row that nobody sends again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage

from django.conf import settings
from django.db import transaction

from meyasubako.centre.accounts.types import SYSTEM
from meyasubako.centre.audit.services import event_record
from meyasubako.centre.reports.domain import answers
from meyasubako.centre.reports.domain.automatic import may_answer
from meyasubako.centre.reports.domain.receipts import secret_hash
from meyasubako.centre.reports.models import OuterMail, OutgoingMail, Report
from meyasubako.centre.reports.relay import Fate, Handed, Relay, hand_over
from meyasubako.centre.reports.services.numbering import new_secret
from meyasubako.errors import UnavailableError
from meyasubako.mail import parse
from meyasubako.receivers.dns_capture import Arriving, CaptureLimits, DnsCapture, system_servers
from meyasubako.sender import Authentication
from meyasubako.tables.home import Home
from meyasubako.tables.leases import exclusive

STATE = OutgoingMail.State
LEASE = "report-sending"
HOUR = timedelta(hours=1)
UNSURE_AFTER = timedelta(minutes=10)
ATTEMPTS = 5
AT_ONCE = 200

Look = Callable[[Sequence[Arriving]], list[Authentication]]
"""Mails and their connections in, what is known of their senders out, in the same order."""

_log = logging.getLogger(__name__)


def step_acknowledgements(now: datetime) -> int:
    """Find out which acknowledgements may be sent; how many were decided."""
    if settings.MAIL_RELAY is None:
        return _refuse_unchecked("no-relay", now)
    servers = system_servers() if settings.ASK_DNS else ()
    if not servers:
        return _refuse_unchecked("dns-not-asked", now)

    def look(mails: Sequence[Arriving]) -> list[Authentication]:
        capture = DnsCapture(servers, CaptureLimits())
        return [one.authentication for one in asyncio.run(capture.capture_all(mails))]

    return acknowledgements_check(now, look)


def acknowledgements_check(now: datetime, look: Look) -> int:
    """The same, with whoever looks at the senders."""
    unchecked = OutgoingMail.objects.filter(state=STATE.UNCHECKED, not_before__lte=now)
    rows = list(unchecked.order_by("pk")[:AT_ONCE])
    outers = {outer.report_id: outer for outer in OuterMail.objects.filter(report__outgoing__in=rows)}
    there = [row for row in rows if row.report_id in outers]
    mails = [_arriving(outers[row.report_id]) for row in there]
    seen = look(mails) if mails else []
    for row, mail, found in zip(there, mails, seen, strict=True):
        verdict = may_answer(mail.message, mail.mail_from or "", found)
        if mail.ip is None:
            verdict = verdict._replace(allowed=False, reason="client-unknown")
        _authenticated(outers[row.report_id], found)
        _decide(row, STATE.WAITING if verdict.allowed else STATE.REFUSED, verdict.reason, now)
    for row in rows:
        if row not in there:
            _decide(row, STATE.REFUSED, "outer-mail-gone", now)
    return len(rows)


def _arriving(outer: OuterMail) -> Arriving:
    envelope = json.loads(outer.envelope)
    return Arriving(
        str(outer.report_id),
        parse(outer.raw or b""),
        envelope.get("client_ip"),
        envelope.get("helo"),
        envelope.get("envelope_from"),
        datetime.fromisoformat(envelope["received_at"]),
    )


def _authenticated(outer: OuterMail, seen: Authentication) -> None:
    best = seen.dkim_best
    OuterMail.objects.filter(pk=outer.pk).update(
        auth_spf=seen.spf.status.value,
        auth_dkim=best.status.value if best is not None else "none",
        auth_dmarc=seen.dmarc.status.value,
    )


def step_sending(now: datetime) -> int:
    """Hand waiting mails to the relay, one after the other; how many were sent."""
    try:
        with exclusive(Home.at(settings.HOME), LEASE):
            stuck = OutgoingMail.objects.filter(state=STATE.SENDING, not_before__lt=now - UNSURE_AFTER)
            stuck.update(state=STATE.REFUSED, reason="unsure", sent_at=now, recipient=None, text=None)
            if settings.MAIL_RELAY is None:
                return _refuse_waiting(now)
            waiting = OutgoingMail.objects.filter(state=STATE.WAITING, not_before__lte=now).order_by("pk")
            rows = list(waiting.values_list("pk", flat=True)[:AT_ONCE])
            return sum(outgoing_send(pk, settings.MAIL_RELAY, now) for pk in rows)
    except UnavailableError:
        return 0


def outgoing_send(pk: int, relay: Relay, now: datetime) -> bool:
    """Send one waiting mail; whether the relay took it."""
    claimed = _claim(pk, now)
    if claimed is None:
        return False
    row, secret = claimed
    to = answers.recipient(row.recipient)
    if to is None:
        _decide(row, STATE.REFUSED, "address-unusable", now)
        return False
    message = _composed(row, to, secret, now)
    # RFC 3834 section 3.3: an automatic answer goes out with the null path, so that nothing answers it.
    path = "" if row.purpose == OutgoingMail.Purpose.ACKNOWLEDGEMENT else settings.MAIL_FROM
    handed = hand_over(relay, message, path=path, to=to)
    _settle(row, handed, now)
    return handed.fate is Fate.SENT


def _claim(pk: int, now: datetime) -> tuple[OutgoingMail, str] | None:
    """Take the mail for sending, its link's secret made; None where somebody else did, or the hour is not over."""
    with transaction.atomic():
        row = OutgoingMail.objects.select_for_update().filter(pk=pk, state=STATE.WAITING).first()
        if row is None:
            return None
        secret = ""
        if row.purpose == OutgoingMail.Purpose.ACKNOWLEDGEMENT:
            if _within_the_hour(row, now):
                _decide(row, STATE.REFUSED, "within-the-hour", now)
                return None
            secret = new_secret()
            Report.objects.filter(pk=row.report_id).update(link_hash=secret_hash(secret))
        row.state, row.not_before, row.attempts = STATE.SENDING, now, row.attempts + 1
        row.save(update_fields=["state", "not_before", "attempts"])
        return row, secret


def _within_the_hour(row: OutgoingMail, now: datetime) -> bool:
    """Whether this address got an acknowledgement, or may have got one, within the last hour."""
    return (
        OutgoingMail.objects.filter(
            purpose=OutgoingMail.Purpose.ACKNOWLEDGEMENT, recipient_fingerprint=row.recipient_fingerprint
        )
        .filter(sent_at__gt=now - HOUR)
        .exists()
    )


def _composed(row: OutgoingMail, to: str, secret: str, now: datetime) -> EmailMessage:
    operator = settings.OPERATOR
    writer = answers.Writer(operator["ja"], operator["en"], settings.MAIL_FROM, settings.SITE_URL)
    report = Report.objects.get(pk=row.report_id)
    said = json.loads(row.text)
    message_id = f"{report.number}.{secrets.token_hex(8)}"
    if row.purpose == OutgoingMail.Purpose.ANSWER:
        return answers.answer(
            writer, to=to, number=report.number, text=said["text"], message_id=message_id, now=now
        )
    return answers.acknowledgement(
        writer,
        to=to,
        number=report.number,
        received_at=report.received_at,
        mails=report.mails,
        secret=secret,
        reference=said["reference"],
        message_id=message_id,
        now=now,
    )


def _settle(row: OutgoingMail, handed: Handed, now: datetime) -> None:
    """Write what became of it: sent, to be tried again later and later, or given up."""
    if handed.fate is Fate.LATER and row.attempts < ATTEMPTS:
        later = now + timedelta(minutes=5 * 4 ** (row.attempts - 1))
        again = OutgoingMail.objects.filter(pk=row.pk, state=STATE.SENDING, recipient__isnull=False)
        if again.update(state=STATE.WAITING, reason=handed.reason, not_before=later):
            return
        handed = Handed(Fate.REFUSED, "withdrawn")  # the reporter had it erased while we spoke with the relay
    # Unsure counts as sent for the hour: the mail may have gone.
    gone = handed.fate in (Fate.SENT, Fate.UNSURE)
    OutgoingMail.objects.filter(pk=row.pk).update(sent_at=now if gone else None)
    state = STATE.SENT if handed.fate is Fate.SENT else STATE.REFUSED
    _decide(row, state, "unsure" if handed.fate is Fate.UNSURE else handed.reason, now)


def _decide(row: OutgoingMail, state: str, reason: str, now: datetime) -> None:
    """Write the state with its event; a mail that is done with keeps neither address nor text."""
    done = {} if state == STATE.WAITING else {"recipient": None, "text": None}
    with transaction.atomic():
        OutgoingMail.objects.filter(pk=row.pk).update(state=state, reason=reason, **done)
        event_record(
            action=f"outgoing.{state}",
            subject=f"report:{row.report_id}",
            by_account=SYSTEM.by_account,
            organisation=SYSTEM.by_organisation,
            now=now,
            detail={"outgoing": row.pk, "purpose": row.purpose, "reason": reason},
        )


def _refuse_unchecked(reason: str, now: datetime) -> int:
    rows = list(OutgoingMail.objects.filter(state=STATE.UNCHECKED).order_by("pk")[:AT_ONCE])
    for row in rows:
        _decide(row, STATE.REFUSED, reason, now)
    if rows:
        _log.warning("%d acknowledgements not sent: %s", len(rows), reason)
    return len(rows)


def _refuse_waiting(now: datetime) -> int:
    for row in OutgoingMail.objects.filter(state=STATE.WAITING).order_by("pk")[:AT_ONCE]:
        _decide(row, STATE.REFUSED, "no-relay", now)
    return 0

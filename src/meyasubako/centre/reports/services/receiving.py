"""Taking a report: everything it needs later is in the database when its receipt is given.

By form and by API the mails come ready; by mail the outer mail is laid down as it is (:func:`report_lay_down`), and
taken apart by :mod:`.filing`. Either is made once, however often it is sent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from django.conf import settings

from meyasubako.centre.accounts.owners import organisation_of
from meyasubako.centre.accounts.sealed import fingerprint
from meyasubako.centre.accounts.types import SYSTEM, Viewer
from meyasubako.centre.audit.services import event_record
from meyasubako.centre.reports.domain.kinds import Channel, Kind
from meyasubako.centre.reports.domain.receipts import JAPAN, Series, secret_hash
from meyasubako.centre.reports.domain.states import Action, Actor
from meyasubako.centre.reports.models import OuterMail, Report, ReporterIdentity, ReportMail, Statement
from meyasubako.centre.reports.services.moving import move
from meyasubako.centre.reports.services.numbering import kept_key, made_once, secret_of
from meyasubako.centre.reports.types import Receipt, Reporter, Submission, SubmittedMail
from meyasubako.receivers.arrival import ArrivalIds

_ids = ArrivalIds()
_ids_lock = Lock()


def report_receive(*, submission: Submission, by: Viewer | None, now: datetime) -> Receipt:
    """Take a report by form (``by`` None: the public) or by API; its mails are in the outbox when this returns.

    The same key again gives the same receipt, link included, and writes nothing.
    """
    secret = secret_of(submission.key)

    def make(number: str) -> Receipt:
        report = _report(number, submission.channel, submission.kind, submission.key, by, now)
        report.language = submission.language
        report.link_hash = secret_hash(secret)
        report.save()
        mails_add(report, submission.mails)
        _personal(report, submission.reporter, submission.statement, now=now)
        _received(report, by, now)
        move(report, Action.FILE, Actor.STEP, by=SYSTEM, now=now)
        return Receipt(report.pk, report.number, secret, report.received_at, report.mails)

    return made_once(Series.REPORT, now, make, lambda: _receipt_again(submission.key, secret))


def report_lay_down(
    *, key: str, raw: bytes, envelope: dict[str, Any], received_at: datetime, now: datetime
) -> Receipt:
    """Lay down a mail that came to the report address, sealed and whole. The same key again writes nothing."""

    def make(number: str) -> Receipt:
        report = _report(number, Channel.MAIL, Kind.UNSORTED, key, None, received_at)
        report.changed_at = now
        report.save()
        OuterMail.objects.create(
            report=report,
            organisation_id=report.organisation_id,
            raw=raw,
            envelope=json.dumps(envelope),
            size=len(raw),
            delete_after=now + timedelta(days=settings.OUTER_MAIL_DAYS),
        )
        _received(report, None, now)
        return Receipt(report.pk, report.number, None, report.received_at)

    return made_once(Series.REPORT, received_at, make, lambda: _receipt_again(key, ""))


def mails_add(report: Report, mails: Sequence[SubmittedMail]) -> int:
    """Put mails into the report's outbox; bytes that it holds already are left out. How many of it are evidence."""
    rows = report.held_mails.values_list("sha256", "place", "position")
    there = {(sha256, place) for sha256, place, _ in rows}
    position = max((number for _, _, number in rows), default=-1)
    for mail in mails:
        digest = hashlib.sha256(mail.raw).hexdigest()
        if (digest, mail.place.value) in there:
            continue
        there.add((digest, mail.place.value))
        position += 1
        ReportMail.objects.create(
            report=report,
            organisation_id=report.organisation_id,
            position=position,
            place=mail.place.value,
            how=mail.how,
            sha256=digest,
            size=len(mail.raw),
            arrival_id=_arrival_id(),
            lost=list(mail.lost),
            raw=mail.raw,
            # As ASCII: what a charset or a JSON of a stranger decoded to may be no text that can be encoded again.
            notes=json.dumps(dict(mail.notes)) if mail.notes else None,
        )
    report.mails = sum(1 for _, place in there if place != "opt-out")
    report.save(update_fields=["mails"])
    return report.mails


def _arrival_id() -> str:
    """The next id; many threads take reports at once."""
    with _ids_lock:
        return _ids.next()


def identity_keep(report: Report, reporter: Reporter, *, now: datetime) -> None:
    """Keep who reported, sealed and apart; nothing where they did not say."""
    name, address = _encodable(reporter.name.strip()), _encodable(reporter.address.strip())
    if not address and not name:
        return
    ReporterIdentity.objects.get_or_create(
        report=report,
        defaults={
            "organisation_id": report.organisation_id,
            "particulars": json.dumps({"name": name, "address": address}, ensure_ascii=False),
            "address_fingerprint": fingerprint(address.lower(), "reports.address") if address else "",
            "delete_after": now + timedelta(days=settings.REPORTER_DAYS),
        },
    )


def _encodable(text: str) -> str:
    """A text with ``?`` for what is no character: UTF-7 in a header can say half of one."""
    return text.encode("utf-8", "replace").decode()


def _report(
    number: str, channel: Channel, kind: Kind, key: str, by: Viewer | None, received_at: datetime
) -> Report:
    """A new report, not written yet: the centre's, but for what an organisation sent by its key."""
    owner = by.by_organisation if by is not None else None
    return Report(
        organisation_id=owner or organisation_of("centre", received_at).pk,
        number=number,
        kind=kind.value,
        channel=channel.value,
        received_at=received_at,
        changed_at=received_at,
        day=received_at.astimezone(JAPAN).date(),
        submission=kept_key(key),
    )


def _personal(report: Report, reporter: Reporter | None, boxes: Any, *, now: datetime) -> None:
    if reporter is not None:
        identity_keep(report, reporter, now=now)
    filled = {name: text for name, text in boxes.items() if text.strip()}
    if filled:
        Statement.objects.create(
            report=report,
            organisation_id=report.organisation_id,
            boxes=json.dumps(filled, ensure_ascii=False),
            delete_after=now + timedelta(days=settings.REPORTER_DAYS),
        )


def _received(report: Report, by: Viewer | None, now: datetime) -> None:
    event_record(
        action="report.received",
        subject=report.subject,
        by_account=by.by_account if by is not None else None,
        organisation=by.by_organisation if by is not None else None,
        now=now,
        detail={"number": report.number, "channel": report.channel, "kind": report.kind},
    )


def _receipt_again(key: str, secret: str) -> Receipt | None:
    report = Report.objects.filter(submission=kept_key(key)).first()
    if report is None:
        return None
    told = secret if secret and secret_hash(secret) == report.link_hash else None
    return Receipt(report.pk, report.number, told, report.received_at, report.mails, again=True)

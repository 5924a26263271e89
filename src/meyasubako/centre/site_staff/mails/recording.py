"""What is recorded of looking at mail: that it was read, opened whole, taken out, or searched for - never what was seen."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from meyasubako.centre.accounts.permissions import check_can_read_mail, check_can_search_mail
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.audit.services import event_record
from meyasubako.centre.reports.services.identity import PURPOSE, PurposeError


def mail_read(*, arrival_id: str, by: Viewer, now: datetime) -> None:
    """A mail was read, with its recipients kept back where it came in a report."""
    check_can_read_mail(by)
    _record("mail.read", f"arrival:{arrival_id}", {}, by, now)


def mail_open(*, arrival_id: str, purpose: str, by: Viewer, now: datetime) -> None:
    """A mail was opened whole: recipients and source. Raises PurposeError for what is no code."""
    check_can_read_mail(by)
    _record("mail.opened", f"arrival:{arrival_id}", {"purpose": checked(purpose)}, by, now)


def mail_take(*, arrival_id: str, sha256: str, purpose: str, by: Viewer, now: datetime) -> None:
    """The bytes of a mail were downloaded. Raises PurposeError for what is no code."""
    check_can_read_mail(by)
    detail = {"purpose": checked(purpose), "sha256": sha256}
    _record("mail.taken", f"arrival:{arrival_id}", detail, by, now)


def mail_search(*, terms: list[str], first: str, last: str, by: Viewer, now: datetime) -> None:
    """Mails were searched: by which terms and in which months, not for what."""
    check_can_search_mail(by)
    _record("mail.searched", f"months:{first}:{last}", {"terms": ":".join(terms)}, by, now)


def checked(purpose: str) -> str:
    """A purpose as it is recorded. Raises PurposeError."""
    if not PURPOSE.match(purpose):
        raise PurposeError("purpose")
    return purpose


def _record(action: str, subject: str, detail: dict[str, str], by: Viewer, now: datetime) -> None:
    with transaction.atomic():
        event_record(
            action=action,
            subject=subject,
            by_account=by.by_account,
            organisation=by.by_organisation,
            now=now,
            detail=detail,
        )

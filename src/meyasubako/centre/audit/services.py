"""Recording an event, in the transaction of the write that it is about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from meyasubako.centre.audit import chain
from meyasubako.centre.audit.models import Event

ACTION = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*\Z")
SUBJECT = re.compile(r"[a-z][a-z0-9_]*:[A-Za-z0-9._:+/-]{1,120}\Z")
# Ids, codes, digests, times, numbers: no blanks, no @, nothing outside ASCII, so that neither a name nor an address
# of a person fits.
VALUE = re.compile(r"[A-Za-z0-9._:+/-]{0,200}\Z")


def event_record(
    *,
    action: str,
    subject: str,
    by_account: int | None,
    organisation: int | None,
    now: datetime,
    detail: Mapping[str, str | int | bool | None] = {},
) -> Event:
    """Add one event. ``by_account`` None: the public, a key or a step by itself.

    ``action`` is a code (``report.filed``), ``subject`` a kind and an id (``report:123``), ``detail`` holds ids and
    codes. Raises ValueError for anything else, and RuntimeError outside a transaction: an event stands or falls
    with the write that it is about.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an event is recorded inside the transaction of its write")
    if not ACTION.match(action):
        raise ValueError("action: not a code")
    if not SUBJECT.match(subject):
        raise ValueError("subject: not a kind and an id")
    for key, value in detail.items():
        if not ACTION.match(key) or (isinstance(value, str) and not VALUE.match(value)):
            raise ValueError(f"detail {key}: neither an id nor a code")
    if now.tzinfo is None:
        raise ValueError("now: without a time zone")
    return Event.objects.create(
        at=now,
        action=action,
        subject=subject,
        account_id=by_account,
        organisation_id=organisation,
        detail=dict(detail),
    )


def chain_seal(now: datetime) -> int:
    """Close the chain over what was recorded since; gives how many events (a step of the schedule)."""
    return chain.chain_seal(now)

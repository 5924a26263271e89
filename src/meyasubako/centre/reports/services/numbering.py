"""Receipt numbers and secret links, drawn at random or made again for a second sending of the same thing."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError, transaction

from meyasubako.centre.accounts.sealed import fingerprint
from meyasubako.centre.reports.domain.receipts import (
    DRAWS,
    SECRET_BYTES,
    Series,
    link_secret,
    receipt_number,
)

Made = TypeVar("Made")
ATTEMPTS = 8
"""Draws before giving up: with a million numbers of a month taken, one draw in ten hits one of them."""


def kept_key(key: str) -> str:
    """What is kept of a submission's key: its door, and a keyed hash. The key may rest on what a person typed."""
    return f"{key.partition(':')[0][:16]}:{fingerprint(key, 'reports.submission')}"


def secret_of(key: str) -> str:
    """The link's secret for a submission: the same for the same key, and not to be had from the database alone."""
    return link_secret(bytes.fromhex(fingerprint(key, "reports.link"))[:SECRET_BYTES])


def new_secret() -> str:
    """A secret for a link that is sent once."""
    return link_secret(secrets.token_bytes(SECRET_BYTES))


def made_once(
    series: Series, now: datetime, make: Callable[[str], Made], again: Callable[[], Made | None]
) -> Made:
    """What ``make`` makes under a fresh number, in one transaction; else what ``again`` finds.

    ``again`` looks for what an earlier sending of the same thing made: first of all, and when the database refuses
    because another process was quicker.
    """
    for attempt in range(ATTEMPTS):
        earlier = again()
        if earlier is not None:
            return earlier
        try:
            with transaction.atomic():
                return make(receipt_number(series, now, secrets.randbelow(DRAWS)))
        except IntegrityError:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")

"""Signed, short-lived tokens: who may see which mail's HTML, and for whom a mail has been opened with a purpose.

A token names an arrival and an account, and is good for minutes. Nothing secret is in it: what it grants, the account
may do anyway; it proves that the staff site said so a moment ago.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from django.core import signing

FRAME_SECONDS = 5 * 60
OPEN_SECONDS = 15 * 60
_FRAME = "meyasubako.mail.frame"
_OPEN = "meyasubako.mail.open"


class Framed(NamedTuple):
    """What a frame shows, to whom, in which language, and whether the recipients are kept back."""

    arrival_id: str
    account_id: int
    language: str
    hide_recipients: bool


def frame_token(framed: Framed) -> str:
    """A token for the third origin."""
    return signing.dumps(list(framed), salt=_FRAME)


def framed_by(token: str) -> Framed | None:
    """What a token says; None for one that is not ours or too old."""
    said = _loaded(token, _FRAME, FRAME_SECONDS)
    if not isinstance(said, list) or len(said) != len(Framed._fields):
        return None
    return Framed(*said)


def open_token(arrival_id: str, account_id: int) -> str:
    """A token that says: this account opened this mail whole, with a purpose that was recorded."""
    return signing.dumps([arrival_id, account_id], salt=_OPEN)


def is_open(token: str, arrival_id: str, account_id: int) -> bool:
    """Whether a token opens this mail for this account."""
    return bool(token) and _loaded(token, _OPEN, OPEN_SECONDS) == [arrival_id, account_id]


def _loaded(token: str, salt: str, seconds: int) -> Any:
    try:
        return signing.loads(token, salt=salt, max_age=seconds)
    except signing.BadSignature:
        return None

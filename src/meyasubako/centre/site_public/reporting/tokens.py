"""What keeps robots from the forms without asking anybody else: a signed time, a trap, and work for those with scripts.

The token says when the form was given out and names it; the same form sent twice with the same contents is one
report. Work (a hash with leading zero bits) only raises what one source may send, so that nobody needs scripts.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from django.core import signing

SALT = "meyasubako.reporting.form"
LEAST_SECONDS = 3
MOST_SECONDS = 12 * 60 * 60
WORK_BITS = 16
TRAP = "website"
"""The name of a box that people do not see."""

_SIGNER = signing.TimestampSigner(salt=SALT)


class Fault(StrEnum):
    """What is wrong with a token."""

    MISSING = "missing"
    TOO_QUICK = "too-quick"
    EXPIRED = "expired"


class Checked(NamedTuple):
    """The form's name, "" where it has none, and what is wrong."""

    nonce: str
    fault: Fault | None


def new_token() -> str:
    """A token for a form that is given out now."""
    return _SIGNER.sign(secrets.token_urlsafe(12))


def check_token(token: str) -> Checked:
    """The name in a token, and whether it may be used now."""
    try:
        nonce = _SIGNER.unsign(token, max_age=MOST_SECONDS)
    except signing.SignatureExpired:
        return Checked("", Fault.EXPIRED)
    except signing.BadSignature:
        return Checked("", Fault.MISSING)
    try:
        _SIGNER.unsign(token, max_age=LEAST_SECONDS)
    except signing.SignatureExpired:
        return Checked(nonce, None)
    return Checked(nonce, Fault.TOO_QUICK)


def has_worked(token: str, work: str) -> bool:
    """Whether ``work`` makes the hash of token and work begin with enough zero bits."""
    if not work.isdecimal() or len(work) > 12:
        return False
    digest = hashlib.sha256(f"{token}:{work}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> (32 - WORK_BITS) == 0


def content_key(door: str, nonce: str, contents: Iterable[bytes]) -> str:
    """The key of a submission: the form and what was in it, so that a form sent again with other contents is another."""
    digest = hashlib.sha256()
    for content in contents:
        digest.update(len(content).to_bytes(8, "big") + content)
    return f"{door}:{nonce}:{digest.hexdigest()[:32]}"

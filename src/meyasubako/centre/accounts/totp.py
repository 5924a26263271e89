"""Time-based one-time passwords (RFC 6238 over RFC 4226): six digits, SHA-1, 30 seconds, as every app speaks them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

DIGITS = 6
PERIOD_SECONDS = 30
# One step either way for clocks that are off, as RFC 6238 section 5.2 recommends.
STEPS_OFF = 1
SECRET_BYTES = 20


def new_secret() -> bytes:
    """160 random bits, the length RFC 4226 section 4 recommends."""
    return secrets.token_bytes(SECRET_BYTES)


def step_of(now: datetime) -> int:
    """The time step of a moment."""
    return int(now.timestamp()) // PERIOD_SECONDS


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of a time step (RFC 4226 section 5.3)."""
    digest = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}}"


def matching_step(secret: bytes, code: str, now: datetime, *, after: int) -> int | None:
    """The time step whose code this is, later than ``after`` and at most one off; None where there is none."""
    here = step_of(now)
    found = None
    for step in range(here - STEPS_OFF, here + STEPS_OFF + 1):
        # Every step is compared, so that the time taken does not tell which one it was.
        same = hmac.compare_digest(code_at(secret, step).encode(), code.encode())
        if same and step > after:
            found = step
    return found


def as_text(secret: bytes) -> str:
    """The secret for typing in: base32 in groups of four."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def address(secret: bytes, *, issuer: str, account: str) -> str:
    """The ``otpauth`` address that a QR code carries to an authenticator app."""
    asked = urlencode(
        {
            "secret": as_text(secret).replace(" ", ""),
            "issuer": issuer,
            "digits": DIGITS,
            "period": PERIOD_SECONDS,
        },
        quote_via=quote,
    )
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{asked}"

"""Receipt numbers that can be read aloud, and the secret behind a reporter's link.

A number reads ``R-2611-5830-4427``: a letter for what it is, the month in Japan (yymm), seven digits drawn at
random (a number says nothing of how many there are), and a check digit over all of them, the letter included. The
check is Damm's quasigroup of order 10: it notices every wrong digit and every two neighbours that were swapped,
and all its signs are digits, so that a number is the same on a telephone in Japanese and in English.
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from datetime import datetime, timedelta, timezone
from enum import Enum

JAPAN = timezone(timedelta(hours=9))
DRAWS = 10_000_000
"""Numbers of one letter and month."""
SECRET_BYTES = 24

# H. M. Damm, Total anti-symmetrische Quasigruppen (2004): a totally anti-symmetric quasigroup of order 10.
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip


class Series(Enum):
    """What is numbered; the value is the letter and what stands for it in the check."""

    REPORT = ("R", "1")
    PETITION = ("P", "2")

    @property
    def letter(self) -> str:
        """The letter before the digits."""
        return self.value[0]


def check_digit(digits: str) -> str:
    """Damm's check digit of these digits; that of digits with their own check digit is ``0``."""
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return str(interim)


def receipt_number(series: Series, received_at: datetime, draw: int) -> str:
    """The number for something received at this time (aware); ``draw`` is a random number below ``DRAWS``."""
    if not 0 <= draw < DRAWS:
        raise ValueError(f"draw {draw} is not below {DRAWS}")
    month = f"{received_at.astimezone(JAPAN):%y%m}"
    digits = f"{month}{draw:07d}"
    digits += check_digit(series.value[1] + digits)
    return f"{series.letter}-{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def read_number(text: str) -> str | None:
    """The number that was typed or dictated, as it is written here; None where it is none or a digit is wrong.

    Full-width signs, small letters, and blanks or dashes of any kind in any place do not matter.
    """
    plain = unicodedata.normalize("NFKC", text[:64]).upper()
    signs = "".join(sign for sign in plain if sign.isascii() and sign.isalnum())
    for series in Series:
        digits = signs[1:]
        if signs[:1] == series.letter and len(digits) == 12 and digits.isdigit():
            if check_digit(series.value[1] + digits) != "0":
                return None
            return f"{series.letter}-{digits[:4]}-{digits[4:8]}-{digits[8:]}"
    return None


def link_secret(random: bytes) -> str:
    """The secret part of a link, from ``SECRET_BYTES`` random bytes."""
    if len(random) < SECRET_BYTES:
        raise ValueError("too few random bytes for a secret")
    return base64.urlsafe_b64encode(random[:SECRET_BYTES]).decode("ascii")


def secret_hash(secret: str) -> str:
    """What is kept of a secret. It has 192 random bits, so that one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode("utf-8")).hexdigest()

"""Codes of the second factor against the test vectors of the standards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from meyasubako.centre.accounts import totp

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("counter", "code"),
    list(
        enumerate(
            [
                "755224",
                "287082",
                "359152",
                "969429",
                "338314",
                "254676",
                "287922",
                "162583",
                "399871",
                "520489",
            ]
        )
    ),
)
def test_the_vectors_of_rfc_4226_appendix_d(counter: int, code: str) -> None:
    assert totp.code_at(SECRET, counter) == code


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238_appendix_b(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert totp.code_at(SECRET, totp.step_of(now), digits=8) == code


def test_a_clock_may_be_one_step_off_and_no_step_comes_twice() -> None:
    now = datetime(2026, 4, 1, tzinfo=UTC)
    here = totp.step_of(now)
    for off in (-2, -1, 0, 1, 2):
        code = totp.code_at(SECRET, here + off)
        found = totp.matching_step(SECRET, code, now, after=0)
        assert found == (here + off if abs(off) <= 1 else None)
    code = totp.code_at(SECRET, here)
    assert totp.matching_step(SECRET, code, now, after=here) is None
    assert totp.matching_step(SECRET, code, now + timedelta(minutes=5), after=0) is None


@pytest.mark.parametrize("code", ["", "１２３４５６", "12345", "abcdef", "000000000000"])
def test_what_is_no_code_matches_nothing(code: str) -> None:
    assert totp.matching_step(SECRET, code, datetime(2026, 4, 1, tzinfo=UTC), after=0) is None


def test_the_address_for_the_app_carries_secret_and_names() -> None:
    parts = urlsplit(totp.address(SECRET, issuer="The Centre", account="a@staff.example"))
    said = parse_qs(parts.query)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert said["secret"] == [totp.as_text(SECRET).replace(" ", "")]
    assert said["issuer"] == ["The Centre"]

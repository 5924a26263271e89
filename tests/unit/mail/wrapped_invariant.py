"""The invariant of unwrapping as a check that tests and the fuzzer share: it holds for any bytes."""

from __future__ import annotations

from meyasubako.mail import parse
from meyasubako.mail.wrapped import LOST, REASONS, Unwrapped, WrapLimits, unwrap


def check(raw: bytes, limits: WrapLimits) -> Unwrapped:
    """Take apart, assert everything that must hold, and hand the answer on."""
    found = unwrap(raw, limits)
    assert found == unwrap(raw, limits)
    if found.kind in ("none", "bounce"):
        assert found.reason in REASONS
        assert found.mails == ()
    else:
        assert found.reason == ""
        assert 1 <= len(found.mails) <= limits.mails
    assert len(found.returned) <= limits.mails
    assert set(found.lost) <= set(LOST)
    for mail in (*found.mails, *found.returned):
        assert set(mail.lost) <= set(LOST)
        assert mail.how
        if mail.how in ("msg", "inline:other") or mail.how.startswith("inline:"):
            assert b"\r\n\r\n" in mail.raw or mail.how in ("inline:source", "inline:spamcop")
        else:
            assert len(mail.raw) <= limits.mail_bytes
        parse(mail.raw)
    for name, value in (*found.reported.items(), *found.derived.items()):
        assert name
        assert isinstance(value, str)
    return found

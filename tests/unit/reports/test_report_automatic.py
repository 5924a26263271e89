"""Who is never written back to by itself, and which address was seen to have sent the mail."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from meyasubako.centre.reports.domain.automatic import automatic_reason, may_answer
from meyasubako.mail import parse
from meyasubako.sender import Answer, Answers, Rcode, authenticate

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
HEAD = b"From: Hanako <hanako@mail.example>\r\nTo: report@centre.example\r\nSubject: spam\r\n"
PERSON = "hanako@mail.example"


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        (b"Auto-Submitted: auto-replied", "auto-submitted"),
        (b"Auto-Submitted: auto-generated (by a rule)", "auto-submitted"),
        (b"AUTO-SUBMITTED: Auto-Notified; owner-email=x@mail.example", "auto-submitted"),
        (b"Precedence: bulk", "precedence"),
        (b"Precedence: LIST", "precedence"),
        (b"Precedence: junk", "precedence"),
        (b"List-Id: <talk.mail.example>", "mailing-list"),
        (b"List-Unsubscribe: <mailto:leave@mail.example>", "mailing-list"),
        (b"X-Auto-Response-Suppress: All", "auto-response-suppressed"),
        (b"Content-Type: multipart/report; boundary=b", "report-of-a-machine"),
    ],
)
def test_fields_of_automatic_mail(field: bytes, reason: str) -> None:
    assert automatic_reason(parse(HEAD + field + b"\r\n\r\nbody\r\n"), PERSON) == reason


@pytest.mark.parametrize(
    ("sender", "reason"),
    [
        (None, "null-path"),
        ("", "null-path"),
        ("MAILER-DAEMON@mail.example", "machine-address"),
        ("postmaster@mail.example", "machine-address"),
        ("no-reply@mail.example", "machine-address"),
        ("noreply@mail.example", "machine-address"),
        ("owner-talk@mail.example", "machine-address"),
        ("talk-request@mail.example", "machine-address"),
        ("talk-bounces@mail.example", "machine-address"),
        ("bounce+abc=def@mail.example", "machine-address"),
        ("srs0=x=y=mail.example=a@forward.example", "machine-address"),
    ],
)
def test_senders_that_are_no_persons(sender: str | None, reason: str) -> None:
    assert automatic_reason(parse(HEAD + b"\r\nbody\r\n"), sender) == reason


@pytest.mark.parametrize("field", [b"Auto-Submitted: no", b"Precedence: first-class", b"X-Other: bulk"])
def test_a_person_is_answered(field: bytes) -> None:
    assert automatic_reason(parse(HEAD + field + b"\r\n\r\nbody\r\n"), PERSON) is None


@pytest.mark.parametrize(
    ("spf", "dmarc", "envelope", "allowed", "reason"),
    [
        ("v=spf1 ip4:192.0.2.1 -all", None, PERSON, True, "spf-pass"),
        ("v=spf1 ip4:192.0.2.1 -all", "v=DMARC1; p=none", PERSON, True, "dmarc-pass"),
        ("v=spf1 ip4:192.0.2.9 -all", None, PERSON, False, "not-authenticated"),
        (None, None, PERSON, False, "not-authenticated"),
        # SPF of another domain than the author's, whose policy the mail fails.
        ("v=spf1 ip4:192.0.2.1 -all", "v=DMARC1; p=reject", "x@other.example", False, "dmarc-fail"),
    ],
)
def test_only_an_address_that_was_seen_to_send_is_answered(
    spf: str | None, dmarc: str | None, envelope: str, allowed: bool, reason: str
) -> None:
    domain = envelope.rpartition("@")[2]
    known = {(domain, "TXT"): spf, ("_dmarc.mail.example", "TXT"): dmarc}
    answers = Answers()
    message = parse(HEAD + b"\r\nbody\r\n")

    def look() -> object:
        return authenticate(
            message, ip="192.0.2.1", helo="mx.mail.example", mail_from=envelope, resolver=answers, now=NOW
        )

    seen = look()
    for _ in range(10):
        missing = list(answers.missing)
        if not missing:
            break
        answers.add(
            Answer(*question, Rcode.NOERROR, (known[question],), 300)
            if known.get(question)
            else Answer(*question, Rcode.NXDOMAIN)
            for question in missing
        )
        seen = look()
    assert may_answer(message, envelope, seen) == (allowed, reason)

"""The ARC test suite: every validation case, and the sealed mails its signing cases describe."""

from __future__ import annotations

from typing import Any

import pytest
from sender_vectors import Zone, documents, text_zone, vectors

from meyasubako.mail.fields import split_fields
from meyasubako.sender.arc import Arc, Status, verify
from meyasubako.sender.dkim.canonicalize import Canonical

TESTS = "arc_test_suite/tests/"


def check(raw: bytes, zone: Zone) -> Arc:
    fields, body, _ = split_fields(raw)
    return verify(Canonical(raw, fields, body), resolver=zone)


def validation_cases() -> list[Any]:
    return [
        pytest.param(case, text_zone(document["txt-records"]), id=name)
        for document in documents(TESTS + "arc-draft-validation-tests.yml")
        for name, case in document["tests"].items()
    ]


@pytest.mark.parametrize(("case", "zone"), validation_cases())
def test_validation(case: dict[str, Any], zone: Zone) -> None:
    # The suite leaves the result of chains that say "fail" of themselves open; RFC 8617 section 5.2 does not.
    wanted = (case["cv"] or "fail").lower()
    assert check(case["message"].encode(), zone).status.value == wanted


def sealed_cases() -> list[Any]:
    return [
        pytest.param(case, text_zone(document["txt-records"]), id=name)
        for document in documents(TESTS + "arc-draft-sign-tests.yml")
        for name, case in document["tests"].items()
        if case["AS"]
    ]


@pytest.mark.parametrize(("case", "zone"), sealed_cases())
def test_sealed_as_described(case: dict[str, Any], zone: Zone) -> None:
    raw = "".join(
        f"{name}: {_folded(case[key])}\n"
        for name, key in (
            ("ARC-Seal", "AS"),
            ("ARC-Message-Signature", "AMS"),
            ("ARC-Authentication-Results", "AAR"),
        )
    )
    result = check((raw + case["message"]).encode(), zone)
    assert result.status is (Status.FAIL if "cv=fail" in case["AS"] else Status.PASS), result


def _folded(value: str) -> str:
    """The suite breaks long values for the eye; what was sealed has a space behind each semicolon, no other."""
    lines = [line.strip() for line in value.strip().splitlines()]
    return "".join(line + ("\n " if line.endswith(";") else "") for line in lines[:-1]) + lines[-1]


@pytest.mark.parametrize("number", ["001", "002"])
def test_mail_auth(number: str) -> None:
    head, _, raw = vectors()[f"stalwart-mail-auth/resources/arc/{number}.txt"].partition(b"\n\n")
    zone = text_zone(dict(line.strip().partition(" ")[::2] for line in head.decode().splitlines()))
    assert check(raw, zone).status is Status.PASS
    assert check(raw.replace(b"\nSubject: ", b"\nSubject: Re: "), zone).status is Status.FAIL


def test_suite_is_whole() -> None:
    assert len(validation_cases()) == 171

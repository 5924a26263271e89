"""The official SPF suite (RFC 7208), the one before it (RFC 4408), and those of two implementations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sender_vectors import MailAuthTest, Zone, documents, explained, mail_auth_tests, openspf_zone, vectors

from meyasubako.sender.spf import Status, verify

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OPENSPF = ("rfc7208-tests.yml", "rfc4408-tests.yml", "test.yml", "doctest.yml")


def openspf_cases() -> list[Any]:
    return [
        pytest.param(file, name, case, openspf_zone(scenario["zonedata"]), id=f"{file.split('-')[0]}-{name}")
        for file in OPENSPF
        for scenario in documents(f"pyspf-tests/test/{file}")
        for name, case in scenario.get("tests", {}).items()
    ]


@pytest.mark.parametrize(("file", "name", "case", "zone"), openspf_cases())
def test_openspf(file: str, name: str, case: dict[str, Any], zone: Zone) -> None:
    result = verify(ip=case["host"], helo=case["helo"], mail_from=case["mailfrom"], resolver=zone, now=NOW)
    if row := explained().get((file, name)):
        assert result.status.value == row.ours
        return
    wanted = case["result"] if isinstance(case["result"], list) else [case["result"]]
    assert result.status.value in [word.lower() for word in wanted], result
    explanation = case.get("explanation")
    if explanation not in (None, "DEFAULT"):
        assert result.explanation == explanation


def mail_auth_cases() -> list[Any]:
    files = sorted(path for path in vectors() if path.startswith("stalwart-mail-auth/resources/spf/"))
    return [
        pytest.param(test, id=test.name.replace(" ", "-"))
        for path in files
        for test in mail_auth_tests(vectors()[path].decode())
    ]


@pytest.mark.parametrize("test", mail_auth_cases())
def test_mail_auth(test: MailAuthTest) -> None:
    """These vectors check the HELO identity first, and end there when it fails."""
    helo = verify(ip=test.ip, helo=test.domain, mail_from="", resolver=test.zone, now=NOW)
    result = verify(ip=test.ip, helo=test.domain, mail_from=test.sender, resolver=test.zone, now=NOW)
    if helo.status is Status.FAIL:
        result = helo
    if row := explained().get(("mail-auth-spf", test.name)):
        assert result.status.value == row.ours
        return
    status, _, explanation = test.expect.partition(" ")
    assert result.status.value == status, result
    if explanation:
        assert result.explanation == explanation


def test_suites_are_whole() -> None:
    assert len(openspf_cases()) > 400
    assert len(mail_auth_cases()) > 150

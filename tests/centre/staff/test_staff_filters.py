"""What is typed into an address or a filter by mistake or by a scanner is told as wrong, never an error of ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client


@pytest.mark.parametrize(
    ("role", "path"), [("auditor", "/ja/audit/"), ("officer", "/ja/reports/")], ids=["audit", "reports"]
)
@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_day_without_a_midnight_is_refused(
    staff: Callable[[str], Client], role: str, path: str, day: str
) -> None:
    for name in ("since", "until"):
        answer = staff(role).get(path, {name: day})
        assert answer.status_code == 200
        assert day in answer.content.decode()


@pytest.mark.parametrize("path", ["/ja/reports/?reason=%00", "/ja/reports/%00", "/ja/mails/?number=a%00b"])
def test_a_nul_in_an_address_is_a_bad_request(staff: Callable[[str], Client], path: str) -> None:
    assert staff("officer").get(path).status_code == 400

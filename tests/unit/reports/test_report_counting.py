"""S1 joined: what the tables count, what only the register knows, and nothing twice."""

from __future__ import annotations

from typing import Any

from meyasubako.centre.reports.counting import reports_joined
from meyasubako.centre.reports.types import MonthCount


def figure(month: str, reports: int = 0, mails: int = 0) -> dict[str, Any]:
    return {
        "month": month,
        "reports": {"reports": reports, "mails": mails, "by_channel": {"report": mails}},
        "countries": [],
        "provenance": {"query": ["figure_reports"], "generation": 1},
    }


COUNTS = (
    MonthCount("2026-03", 2, 2, 2, {"sms": 2}, {"form": 2}),
    MonthCount("2026-05", 10, 3, 4, {"no-consent": 7, "sms": 3}, {"form": 9, "mail": 1}),
)


def test_each_report_is_counted_once_in_its_month() -> None:
    # Of the ten of May four have no mail in the tables; the tables know six of them and five of an archive.
    found = reports_joined([figure("2026-04", 5, 9), figure("2026-05", 11, 30)], COUNTS, figure)
    assert [(one["month"], one["reports"]["reports"], one["reports"]["mails"]) for one in found] == [
        ("2026-03", 2, 0),
        ("2026-04", 5, 9),
        ("2026-05", 15, 30),
    ]
    assert [one["reports"]["without_mail"] for one in found] == [2, 0, 3]
    assert found[2]["reports"]["by_kind"] == {"no-consent": 7, "sms": 3}
    assert found[2]["provenance"]["register"] == {"in_tables": 11, "outside_tables": 4}
    assert found[2]["provenance"]["query"] == ["figure_reports", "register_reports"]


def test_without_a_register_the_tables_counts_stand() -> None:
    (only,) = reports_joined([figure("2026-04", 5, 9)], (), figure)
    assert only["reports"] == {
        "reports": 5, "mails": 9, "by_channel": {"report": 9}, "without_mail": 0, "by_kind": {},
    }  # fmt: skip

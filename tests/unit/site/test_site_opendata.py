"""Downloads equal the figures, in both forms, whole and by month."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from meyasubako.centre.site_public.isp_volume import isp_volume
from meyasubako.centre.site_public.opendata import csv_value
from meyasubako.centre.site_public.statistics import BELOW, STATISTICS

Months = list[dict[str, Any]]


def ranked(rows: Months, key: str, absent: str) -> list[tuple[str, int]]:
    """Mails by the value of a key, most first."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row[key] or absent] = counts.get(row[key] or absent, 0) + row["mails"]
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def expected(slug: str, months: Months) -> list[dict[str, Any]]:
    """The records as they must be, from the figures alone."""
    if slug == "reports":
        return [
            {
                "month": month["month"],
                "reports": month["reports"]["reports"],
                "mails": month["reports"]["mails"],
            }
            for month in months
        ]
    if slug == "origins":
        return [
            {"month": month["month"], "monitor_class": name, **month["monitors"][name]}
            for month in months
            for name in ("pc", "mobile")
        ]
    if slug == "authentication":
        return [
            {"month": month["month"], "method": method, "result": result, "mails": mails}
            for month in months
            for method in ("spf", "dkim", "dmarc")
            for result, mails in ranked(month["authentication"], f"auth_{method}", "untested")
        ]
    if slug == "op25b":
        return [
            {"month": month["month"], **dict(ranked(month["authentication"], "dynamic_pool", "unknown"))}
            for month in months
        ]
    if slug == "op25b-networks":
        keys = ("network", "asn", "mails", "direct", "unknown")
        return [
            {
                "month": month["month"],
                **{key: row[key] for key in keys},
                "share": row["direct"] / row["mails"],
            }
            for month in months
            for row in month["pools"]
        ]
    if slug == "forged-senders":
        order = ("forged", "suspect", "genuine", "unknown", "untested")
        return [
            {"month": month["month"], "half": half, "verdict": verdict, "mails": counted.get(verdict, 0)}
            for month in months
            for half in ("address", "equipment")
            for counted in [dict(ranked(month["senders"], f"forged_{half}", "untested"))]
            for verdict in order
        ]
    if slug == "finding-consent":
        return [
            {"month": month["month"], **row}
            for month in months
            for row in month["findings"]
            if row["check"] == "consent"
        ]
    return [{"month": month["month"], **row} for month in months for row in month[slug]]


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    "slug",
    [
        "reports",
        "origins",
        "countries",
        "networks",
        "authentication",
        "op25b",
        "op25b-networks",
        "forged-senders",
        "findings",
        "finding-consent",
    ],
)
@pytest.mark.parametrize("month", [None, "2025-03"])
def test_json_equals_the_figures(client: Client, months: Months, slug: str, month: str | None) -> None:
    document = json.loads(client.get(f"/data/{slug}.json" + (f"?month={month}" if month else "")).content)
    wanted = expected(slug, [figures for figures in months if month in {None, figures["month"]}])
    keys = wanted[0].keys()
    assert [{key: record[key] for key in keys} for record in document["records"]] == wanted
    assert {column["name"] for column in document["columns"]} == set(document["records"][0])
    assert set(document["provenance"]) == {record["month"] for record in wanted}
    assert (
        document["provenance"]["2025-03"] == next(m for m in months if m["month"] == "2025-03")["provenance"]
    )


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("statistic", [*STATISTICS, *BELOW], ids=lambda statistic: statistic.slug)
def test_csv_equals_json(client: Client, statistic: Any) -> None:
    document = json.loads(client.get(f"/data/{statistic.slug}.json").content)
    answer = client.get(f"/data/{statistic.slug}.csv")
    text = answer.content.decode("utf-8-sig")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "\r\n" in text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    wanted = [
        {key: "" if value is None else str(value) for key, value in record.items()}
        for record in document["records"]
    ]
    assert rows == wanted


@pytest.mark.usefixtures("site")
def test_downloads_are_open_to_other_sites(client: Client) -> None:
    answer = client.get("/data/reports.csv?month=2025-03")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Content-Disposition"] == 'attachment; filename="reports-2025-03.csv"'
    assert client.get("/data/none.csv").status_code == 404


def test_a_cell_is_never_a_formula() -> None:
    assert csv_value("=1+1") == "'=1+1"
    assert csv_value("@cmd") == "'@cmd"
    assert csv_value(-3) == -3
    assert csv_value(None) is None


def test_the_printed_shares_are_those_of_the_printed_counts() -> None:
    volume = isp_volume()
    assert [row.month for row in volume.months] == [f"2009-{number:02d}" for number in range(1, 13)]
    for row in volume.months:
        assert (Decimal(row.spam) / row.total * 100).quantize(Decimal("0.01")) == row.share
    assert [gap["column"] for gap in volume.source.withheld] == ["filter_users"]

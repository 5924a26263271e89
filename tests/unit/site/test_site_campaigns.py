"""The campaigns' pages: what is shown of them in both languages, what is left out, and their open data."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client

from meyasubako.centre.site_public import campaigns
from meyasubako.centre.site_public.campaigns import MonthOfCampaigns, Shelf, inert


def campaign(rank: int, **told: Any) -> dict[str, Any]:
    """A campaign as the shelf keeps it."""
    return {
        "id": f"campaign-{rank}",
        "rank": rank,
        "month": "2009-03",
        "subject": "当選の…お知らせ",
        "mails": 1234,
        "monitor_mails": 1200,
        "senders": 987,
        "first_seen": "2009-02-27T08:00:00+09:00",
        "last_seen": "2009-03-31T21:00:00+09:00",
        "languages": [{"value": "ja", "mails": 1230}, {"value": None, "mails": 4}],
        "countries": [
            {"value": "CN", "mails": 900},
            {"value": "JP", "mails": 300},
            {"value": None, "mails": 34},
        ],
        "domains": inert([{"value": "prize.example", "mails": 1234}]),
        "findings": [
            {"article": "Act Art 3(1)", "check": "consent", "verdict": "breach", "mails": 1200},
            {"article": "Act Art 9", "check": "unheard_of", "verdict": "likely", "mails": 3},
        ],
        **told,
    }


class KnownShelf(Shelf):
    """A shelf with these campaigns on it."""

    def __init__(self, *months: MonthOfCampaigns) -> None:
        super().__init__(None)
        self._months = tuple(month.month for month in months)
        self._kept = {month.month: month for month in months}


def month_of(name: str, *told: dict[str, Any], provisional: bool = False) -> MonthOfCampaigns:
    provenance = {"query": ["campaigns_largest"], "versions": {"campaigns": 7}, "generation": 1}
    return MonthOfCampaigns(name, provisional, "2009-04-01T03:00:00+09:00", told, provenance)


@pytest.fixture
def shelf(site: None, monkeypatch: pytest.MonkeyPatch) -> None:
    known = KnownShelf(
        month_of("2009-02", campaign(1, month="2009-02")),
        month_of("2009-03", campaign(1), campaign(2, subject="", domains=[], findings=[]), provisional=True),
    )
    monkeypatch.setattr(campaigns, "shelf", lambda: known)


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("language", "texts"),
    [
        ("ja", ["月間の主な迷惑メール配信", "日本語", "中国 900", "2009年3月", "この月の途中で集計"]),
        ("en", ["largest spam campaigns", "Japanese", "China 900", "Mar. 2009", "(no subject in common)"]),
    ],
)
def test_the_list_shows_the_newest_month(client: Client, language: str, texts: list[str]) -> None:
    text = text_of(client, f"/{language}/campaigns/")
    for one in [
        *texts,
        "当選の…お知らせ",
        "1,234",
        "prize[.]example",
        f"/{language}/campaigns/campaign-1/?month=2009-03",
    ]:
        assert one in text
    assert "prize.example" not in text


@pytest.mark.usefixtures("shelf")
def test_another_month_is_chosen(client: Client) -> None:
    assert "?month=2009-02" in text_of(client, "/ja/campaigns/")
    text = text_of(client, "/en/campaigns/?month=2009-02")
    assert "The month was not over" not in text
    assert client.get("/en/campaigns/?month=2009-01").status_code == 404
    assert client.get("/en/campaigns/?month=whenever").status_code == 404


@pytest.mark.usefixtures("shelf")
def test_a_campaign_leads_to_the_rules_behind_its_findings(client: Client) -> None:
    text = text_of(client, "/en/campaigns/campaign-1/?month=2009-03")
    assert 'href="/en/finding-consent/?month=2009-03"' in text
    assert "unheard_of" in text
    assert "finding-unheard" not in text
    assert "2009-02-27" in text
    assert "1,200 at monitors" in text
    assert "campaign-1" in text
    japanese = text_of(client, "/ja/campaigns/campaign-1/?month=2009-03")
    assert 'href="/ja/finding-consent/?month=2009-03"' in japanese
    assert "法第3条第1項" in japanese


@pytest.mark.usefixtures("shelf")
def test_a_campaign_without_findings_or_subject_says_so(client: Client) -> None:
    text = text_of(client, "/en/campaigns/campaign-2/?month=2009-03")
    assert "No check had anything to object to." in text
    assert "(no subject in common)" in text


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("name", ["campaign-3", "campaign-1"])
def test_a_campaign_that_is_not_of_the_month_is_not_found(client: Client, name: str) -> None:
    month = "2009-03" if name == "campaign-3" else "2009-01"
    assert client.get(f"/ja/campaigns/{name}/?month={month}").status_code == 404


@pytest.mark.usefixtures("shelf")
def test_open_data(client: Client) -> None:
    answer = client.get("/data/campaigns.json")
    found = json.loads(answer.content)
    assert [(row["month"], row["rank"]) for row in found["records"]] == [
        ("2009-02", 1),
        ("2009-03", 1),
        ("2009-03", 2),
    ]
    assert found["records"][0]["domains"] == [{"value": "prize[.]example", "mails": 1234}]
    assert found["provenance"]["2009-03"]["provisional"] is True
    assert found["title"]["ja"] != found["title"]["en"]
    assert answer["Access-Control-Allow-Origin"] == "*"
    rows = list(
        csv.DictReader(
            io.StringIO(client.get("/data/campaigns.csv?month=2009-03").content.decode("utf-8-sig"))
        )
    )
    assert [row["rank"] for row in rows] == ["1", "2"]
    assert rows[0]["countries"] == "CN 900; JP 300; unknown 34"
    assert rows[0]["findings"] == "Act Art 3(1) consent breach 1200; Act Art 9 unheard_of likely 3"


def test_a_subject_is_no_formula_of_a_spreadsheet() -> None:
    found = campaigns.as_csv([month_of("2009-03", campaign(1, subject="=cmd|' /C calc'!A0"))])
    assert "'=cmd" in found


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_site_without_tables_has_no_campaigns(
    client: Client, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "shelf", lambda: Shelf(None))
    text = text_of(client, f"/{language}/campaigns/")
    assert (
        "There are no campaigns to show" if language == "en" else "表示するキャンペーンはありません"
    ) in text
    assert json.loads(client.get("/data/campaigns.json").content)["records"] == []

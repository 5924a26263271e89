"""The pages of findings and forged senders: they say what was counted, in both languages, and that it is no judgement."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from meyasubako.centre.site_public.law_texts import LOOKS_AT
from meyasubako.centre.site_public.statistics.findings import check_slug
from meyasubako.law.checks import CHECKS


@pytest.mark.parametrize(("language", "said"), [("ja", "判断や処分ではなく"), ("en", "it is no judgement")])
def test_findings_are_said_to_be_no_judgement(site: None, client: Client, language: str, said: str) -> None:
    assert said in client.get(f"/{language}/findings/").content.decode()


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_check_has_a_page_with_its_rule(site: None, client: Client, language: str, check: str) -> None:
    page = client.get(f"/{language}/{check_slug(check)}/")
    assert page.status_code == 200
    assert check in LOOKS_AT
    assert "2008-12-01" in page.content.decode() or "2002-07-01" in page.content.decode()


@pytest.mark.parametrize(
    ("language", "source", "note"),
    [
        ("ja", "全文を、独立した二つの写しで確認", "アドレスの通知は書面による"),
        ("en", "full text in two independent mirrors", "an address is notified in writing"),
    ],
)
def test_a_rule_names_its_source_and_note_in_the_language_of_the_page(
    site: None, client: Client, language: str, source: str, note: str
) -> None:
    page = client.get(f"/{language}/{check_slug('consent')}/").content.decode()
    assert source in page
    assert note in page


def test_the_findings_file_has_a_row_for_each_rule_and_verdict(site: None, client: Client) -> None:
    document = json.loads(client.get("/data/findings.json").content)
    rows = [row for row in document["records"] if row["month"] == "2026-06"]
    assert {row["check"] for row in rows} == {
        "advertising", "consent", "label_name", "label_opt_out", "label_postal_address", "forged_sender",
    }  # fmt: skip
    assert all(row["certainty"] == "TEXT" and row["mails"] > 0 for row in rows)

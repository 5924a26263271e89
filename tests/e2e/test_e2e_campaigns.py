"""A person walks from the month's figures to a campaign, to its findings and to the article behind one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from served import Watched, ask, serve, stop

ARTICLE = {"ja": "法第", "en": "Act Art"}
CAMPAIGNS = {"ja": "キャンペーン", "en": "Campaigns"}


def meyasu(home: Path, *arguments: str) -> str:
    """Run a verb on a data folder; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "meyasubako.cli", *arguments],
        env={**os.environ, "MEYASU_HOME": str(home), "MEYASU_WORKERS": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    return done.stdout


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a sample of two months and its campaigns."""
    home = tmp_path_factory.mktemp("campaigns") / "home"
    out = str(home.parent / "sample")
    meyasu(
        home,
        "sample",
        "--seed",
        "5",
        "--mails",
        "800",
        "--months",
        "2009-02..2009-03",
        "--out",
        out,
        "--ingest",
    )
    listed = json.loads(meyasu(home, "campaigns", "--json"))
    assert listed["month"] == "2009-03"
    assert listed["campaigns"][0]["mails"] >= 5
    return home


@pytest.fixture(scope="module")
def address(taken_in: Path) -> Iterator[str]:
    """The site over it."""
    served = serve({"MEYASU_HOME": str(taken_in), "MEYASU_WORKERS": "1"}, "--only", "site")
    yield served.address
    assert stop(served) == 0


@pytest.mark.parametrize("language", ["ja", "en"])
def test_from_the_month_to_the_article(watched: Watched, address: str, language: str) -> None:
    page = watched.page
    page.goto(f"{address}/{language}/")
    page.get_by_role("navigation").get_by_role("link", name=CAMPAIGNS[language], exact=True).click()
    page.wait_for_url(f"**/{language}/campaigns/")
    assert page.locator("tbody tr").count() >= 3
    assert ".example" not in page.locator("main").inner_text().replace("[.]example", "")
    with_findings = next(
        one["id"]
        for one in json.loads(ask(address, "/data/campaigns.json?month=2009-03").body)["records"]
        if one["findings"]
    )
    page.locator(f'a[href*="{with_findings}"]').click()
    page.wait_for_url(f"**/campaigns/{with_findings}/?month=2009-03")
    fits = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator('section[aria-labelledby="findings"] tbody a').first.click()
    page.wait_for_url("**/finding-*/?month=2009-03")
    assert ARTICLE[language] in page.locator("section.rule").inner_text()
    assert fits
    assert watched.console == []
    assert watched.hosts == {address.removeprefix("http://")}


def test_what_is_published_is_what_the_command_lists(address: str, taken_in: Path) -> None:
    listed = json.loads(meyasu(taken_in, "campaigns", "--month", "2009-03", "--limit", "50", "--json"))
    published = json.loads(ask(address, "/data/campaigns.json?month=2009-03").body)["records"]
    assert [(one["id"], one["mails"]) for one in published] == [
        (one["id"], one["mails"]) for one in listed["campaigns"] if one["mails"] >= 5
    ]
    assert published

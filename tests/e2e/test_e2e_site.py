"""The site in Chromium: charts are drawn, nothing is asked of any other host, and it fits a phone."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from served import Watched, ask

CHARTS = {
    "": 10,
    "reports/": 1,
    "origins/": 2,
    "countries/": 1,
    "networks/": 1,
    "authentication/": 3,
    "op25b/": 1,
    "op25b-networks/": 2,
    "forged-senders/": 2,
    "findings/": 2,
    "finding-label-name/": 1,
    "isp-volume/": 1,
    "about/": 0,
}


def opened(watched: Watched, address: str) -> None:
    """Go there and wait until every chart is drawn."""
    watched.page.goto(address)
    watched.page.wait_for_function(
        "!document.getElementById('chart-specs') || document.documentElement.dataset.charts === 'drawn'"
    )


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("slug", CHARTS)
def test_each_page_draws_its_charts_alone(
    watched: Watched, site_address: str, language: str, slug: str
) -> None:
    opened(watched, f"{site_address}/{language}/{slug}")
    marks = watched.page.eval_on_selector_all(
        "[data-chart]", "places => places.map(place => place.querySelectorAll('svg path').length)"
    )
    assert len(marks) == CHARTS[slug]
    assert all(count > 5 for count in marks)
    assert watched.console == []
    assert watched.hosts == {site_address.removeprefix("http://")}
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= watched.page.evaluate(
        "innerWidth"
    )


def test_bars_stand_for_the_numbers_of_the_table(watched: Watched, site_address: str) -> None:
    opened(watched, f"{site_address}/en/reports/?month=2025-12")
    labels = watched.page.eval_on_selector_all(
        "[data-chart] .mark-rect path", "marks => marks.map(mark => mark.getAttribute('aria-label'))"
    )
    rows = watched.page.eval_on_selector_all(
        "table tbody tr", "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    )
    drawn = [re.findall(r"Reports: ([\d,]+)", label or "") for label in labels]
    assert [found[0] for found in drawn] == [row[1] for row in reversed(rows)]
    assert len(rows) == 24


def test_a_month_is_chosen_by_keyboard(watched: Watched, site_address: str) -> None:
    opened(watched, f"{site_address}/ja/countries/")
    watched.page.locator("#month").focus()
    watched.page.locator("#month").select_option("2025-03")
    watched.page.keyboard.press("Tab")
    watched.page.keyboard.press("Enter")
    watched.page.wait_for_url("**month=2025-03")
    assert "2025年3月" in watched.page.locator("h2").first.inner_text()


def test_the_language_is_switched_on_the_same_page(watched: Watched, site_address: str) -> None:
    opened(watched, f"{site_address}/ja/origins/?month=2025-03")
    watched.page.get_by_role("link", name="English").click()
    watched.page.wait_for_url("**/en/origins/?month=2025-03")
    assert watched.page.locator("h1").inner_text() == "Domestic and overseas share of spam"


def test_downloads_are_what_the_page_shows(watched: Watched, site_address: str, tmp_path: Path) -> None:
    opened(watched, f"{site_address}/en/countries/?month=2025-03")
    with watched.page.expect_download() as download:
        watched.page.get_by_role("link", name="CSV, Mar. 2025").click()
    file = tmp_path / "countries.csv"
    download.value.save_as(file)
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    shown = watched.page.eval_on_selector_all(
        "table tbody tr", "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    )
    assert [row[1].replace(",", "") for row in shown] == [row["mails"] for row in rows]
    with watched.page.expect_download() as download:
        watched.page.get_by_role("link", name="JSON, Mar. 2025").click()
    download.value.save_as(file)
    assert [str(row["mails"]) for row in json.loads(file.read_text())["records"]] == [
        row["mails"] for row in rows
    ]


def test_a_chart_tells_its_numbers_under_the_pointer(watched: Watched, site_address: str) -> None:
    opened(watched, f"{site_address}/ja/countries/?month=2025-03")
    watched.page.locator("[data-chart] .mark-rect path").first.hover()
    tooltip = watched.page.locator("#vg-tooltip-element.visible")
    tooltip.wait_for()
    assert "通数" in tooltip.inner_text()
    assert watched.console == []


def test_without_scripts_there_are_pictures(browser: Browser, site_address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site_address}/ja/reports/")
    picture = page.locator("[data-chart] img")
    picture.scroll_into_view_if_needed()
    assert picture.is_visible()
    box = picture.bounding_box()
    assert box is not None
    assert box["height"] > 200
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Browser, site_address: str, scheme: str) -> None:
    """WCAG 2.2 section 1.4.3: 4.5 to 1 for every text that the page shows."""
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto(f"{site_address}/ja/reports/")
    worst = page.evaluate(
        """() => {
          const light = colour => {
            const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map(v => v / 255)
              .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const ground = element => {
            for (let e = element; e; e = e.parentElement) {
              const colour = getComputedStyle(e).backgroundColor;
              if (!colour.endsWith(', 0)')) return colour;
            }
            return 'rgb(255, 255, 255)';
          };
          let worst = [99, ''];
          for (const element of document.querySelectorAll('a,p,h1,h2,th,td,dt,dd,summary,button,small,strong,figcaption')) {
            if (!element.textContent.trim() || !element.checkVisibility()) continue;
            const [a, b] = [light(getComputedStyle(element).color), light(ground(element))].sort((x, y) => y - x);
            const ratio = (a + 0.05) / (b + 0.05);
            if (ratio < worst[0]) worst = [ratio, element.outerHTML.slice(0, 120)];
          }
          return worst;
        }"""
    )
    assert worst[0] >= 4.5, worst
    context.close()


def test_what_is_served_is_compressed_and_kept(site_address: str) -> None:
    page = ask(site_address, "/ja/reports/").body.decode()
    script = re.search(r'src="(/static/site/vega\.[0-9a-f]+\.js)"', page)
    assert script is not None
    answer = ask(site_address, script[1], Accept_Encoding="br")
    assert answer.headers["Content-Encoding"] == "br"
    assert "immutable" in answer.headers["Cache-Control"]
    assert len(answer.body) < 300_000


def test_a_host_of_somebody_elses_is_refused(site_address: str) -> None:
    assert ask(site_address, "/ja/", Host="elsewhere.example").status == 400

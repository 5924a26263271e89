"""Pages: what they show, in which language, under which headers, and what they say when there is nothing."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from django.test import Client

from meyasubako import logs
from meyasubako.centre.site_public import source
from meyasubako.centre.site_public.figures import FileSource, Library
from meyasubako.centre.site_public.statistics import BELOW, STATISTICS

SLUGS = [statistic.slug for statistic in (*STATISTICS, *BELOW)]
JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("slug", ["", "about/", *(f"{slug}/" for slug in SLUGS)])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_page_is_in_its_language(client: Client, language: str, slug: str) -> None:
    text = text_of(client, f"/{language}/{slug}")
    assert f'<html lang="{language}">' in text
    if language == "en":
        without_switch = text.replace('lang="ja">日本語<', "")
        assert JAPANESE.findall(without_switch) == []
    else:
        heading = re.search(r"<h1>(.*?)</h1>", text)
        assert heading is not None
        assert JAPANESE.search(heading[1])


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("accepts", "language"), [("en-GB,en;q=0.8", "en"), ("ja", "ja"), ("de", "ja"), ("", "ja")]
)
def test_the_root_goes_to_the_readers_language(client: Client, accepts: str, language: str) -> None:
    answer = client.get("/", headers={"Accept-Language": accepts})
    assert (answer.status_code, answer["Location"]) == (302, f"/{language}/")
    assert "Accept-Language" in answer["Vary"]


@pytest.mark.usefixtures("site")
def test_the_language_switch_keeps_page_and_month(client: Client) -> None:
    assert 'href="/en/countries/?month=2025-03"' in text_of(client, "/ja/countries/?month=2025-03")


@pytest.mark.usefixtures("site")
def test_titles_are_those_of_the_slides(client: Client) -> None:
    assert "迷惑メール相談センターへの月別情報提供件数" in text_of(client, "/ja/reports/")
    origins = text_of(client, "/ja/origins/")
    assert "国内/海外発信比率" in origins
    assert "PCあて" in origins
    assert "携帯あて" in origins
    assert "我が国に着信した迷惑メールの発信国" in text_of(client, "/ja/countries/")
    assert "国内ISPにおける迷惑メール数の推移" in text_of(client, "/ja/isp-volume/")


@pytest.mark.usefixtures("site")
def test_a_month_can_be_chosen(client: Client, months: list[dict[str, object]]) -> None:
    text = text_of(client, "/en/reports/?month=2025-03")
    reports = next(month for month in months if month["month"] == "2025-03")["reports"]
    assert isinstance(reports, dict)
    assert f"In Mar. 2025 the centre received {reports['reports']:,} reports" in text
    assert "Apr. 2025</th>" not in text


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("month", ["2025-13", "1999-01", "2025-3", "x"])
def test_a_month_that_is_none_is_not_found(client: Client, month: str) -> None:
    assert client.get(f"/en/reports/?month={month}").status_code == 404


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("address", ["/en/reports/?month=2025-03%00", "/en/reports/%00"])
def test_an_address_with_a_nul_is_a_bad_request(client: Client, address: str) -> None:
    assert client.get(address).status_code == 400


@pytest.mark.usefixtures("site")
def test_every_page_says_where_its_figures_come_from(client: Client) -> None:
    text = text_of(client, "/en/origins/?month=2025-03")
    for words in ("queries/month.sql", "arrivals 55, observations 54", "0.1.0+law1", "2026-05-31"):
        assert words in text


@pytest.mark.usefixtures("site")
def test_the_published_volume_names_source_confidence_and_gap(client: Client) -> None:
    text = text_of(client, "/en/isp-volume/")
    assert "Ministry of Internal Affairs and Communications" in text
    assert "not yet checked against the ministry" in text
    assert "11 values for 12 months" in text


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    "address", ["/ja/", "/en/reports/", "/data/reports.json", "/en/none/", "/healthz", "/"]
)
def test_nothing_may_be_loaded_from_elsewhere_or_framed(client: Client, address: str) -> None:
    headers = client.get(address).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Set-Cookie" not in headers


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("slug", ["", *(f"{slug}/" for slug in SLUGS)])
def test_pages_hold_no_inline_script_or_style_and_no_remote_address(client: Client, slug: str) -> None:
    text = text_of(client, f"/ja/{slug}")
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", text) == []
    assert set(re.findall(r"<script([^>]*)>", text)) <= {
        ' id="chart-specs" type="application/json"',
        ' src="/static/site/vega.js" defer',
        ' src="/static/site/charts.js" defer',
    }
    addresses = set(re.findall(r"https?://[^\"\s]+", text))
    assert all(
        re.fullmatch(r"https://vega\.github\.io/schema/vega-lite/v[0-9.]+\.json", a) for a in addresses
    )


@pytest.mark.usefixtures("empty_site")
@pytest.mark.parametrize(
    ("language", "words"), [("ja", "まだ統計がありません"), ("en", "There are no figures yet")]
)
def test_an_empty_centre_says_what_to_do(client: Client, language: str, words: str) -> None:
    for slug in ("", "reports/", "origins/", "countries/", "networks/", "authentication/", "op25b/"):
        text = text_of(client, f"/{language}/{slug}")
        assert words in text
        assert "meyasu ingest" in text
    assert client.get("/data/reports.json").status_code == 200
    assert words not in text_of(client, f"/{language}/isp-volume/")


@pytest.mark.usefixtures("site")
def test_errors_are_pages_in_the_language_of_the_address(client: Client) -> None:
    japanese, english = client.get("/ja/none/"), client.get("/en/none/")
    assert (japanese.status_code, english.status_code) == (404, 404)
    assert "ページが見つかりません" in japanese.content.decode()
    assert "Page not found" in english.content.decode()


@pytest.mark.usefixtures("site")
def test_what_breaks_is_answered_in_both_languages(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Library:
        raise RuntimeError("planted")

    monkeypatch.setattr(source, "library", broken)
    client.raise_request_exception = False
    answer = client.get("/ja/")
    assert answer.status_code == 500
    assert "サーバーでエラーが起きました" in answer.content.decode()
    assert "Something went wrong" in answer.content.decode()
    assert "planted" not in answer.content.decode()


@pytest.mark.usefixtures("plain_files")
@pytest.mark.parametrize("content", [None, "{", '[{"month": "2026-01"}]'])
def test_figures_that_cannot_be_read_are_a_503(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "figures.json"
    if content is not None:
        file.write_text(content)
    library = Library(FileSource(file))
    monkeypatch.setattr(source, "library", lambda: library)
    answer = client.get("/en/reports/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert str(tmp_path) not in answer.content.decode()


@pytest.mark.usefixtures("site")
def test_small_addresses(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"
    assert b"User-agent: *" in client.get("/robots.txt").content
    assert client.get("/favicon.ico")["Location"] == "/static/site/favicon.svg"
    assert client.post("/ja/").status_code == 405


@pytest.mark.usefixtures("site")
def test_an_unchanged_page_is_not_sent_again(client: Client) -> None:
    first = client.get("/ja/reports/")
    again = client.get("/ja/reports/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304


@pytest.mark.usefixtures("site")
def test_a_chart_is_a_picture_too(client: Client) -> None:
    answer = client.get("/ja/countries/countries.svg?month=2025-03")
    assert answer["Content-Type"] == "image/svg+xml"
    text = answer.content.decode()
    assert "中国" in text
    assert "var(--" not in text
    assert client.get("/ja/countries/none.svg").status_code == 404


@pytest.mark.usefixtures("site")
def test_a_wrong_host_is_refused_and_leaves_no_traceback_in_the_log(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    logger = logging.getLogger("django.security.DisallowedHost")
    said = logs.configuration("test")["loggers"][logger.name]["level"]
    before = logger.level
    logger.setLevel(said)
    try:
        assert client.get("/healthz", headers={"host": "evil.example"}).status_code == 400
    finally:
        logger.setLevel(before)
    assert [one for one in caplog.records if one.exc_info] == []

"""An officer in Chromium: logs in with TOTP, searches, reads, files what was held; and no mail ever does anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request
from staff_home import PAYLOADS, REPORTER
from staffed import Staffed, arrivals, log_in, staffed, stop_all

MENDED = slice(47, 61)
"""Payloads that rest on how a browser mends broken markup."""
WIDTHS = {"desktop": 1280, "phone": 390}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staffed]:
    """Both origins over a folder of hostile mails and reports."""
    served = staffed(tmp_path_factory.mktemp("staff"))
    yield served
    stop_all(served)


@pytest.fixture(scope="module")
def state(running: Staffed, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cookies of an officer who has logged in."""
    path = tmp_path_factory.mktemp("state") / "officer.json"
    context = browser.new_context()
    log_in(context.new_page(), running.staff)
    context.storage_state(path=path)
    context.close()
    return path


@pytest.fixture(scope="module")
def hostile(running: Staffed) -> list[str]:
    """The arrivals of the mails that carry the payloads, in their order."""
    rows = [row for row in arrivals(running.home) if row["channel"] == "monitor"]
    return [row["arrival_id"] for row in sorted(rows, key=lambda row: row["origin_path"])]


class Seen(NamedTuple):
    """A page and what it did."""

    page: Page
    hosts: set[str]
    alarms: list[str]


@pytest.fixture(params=WIDTHS)
def officer(browser: Browser, state: Path, request: pytest.FixtureRequest) -> Iterator[Seen]:
    """An officer's window; every dialog, error and host is noted."""
    context = browser.new_context(
        storage_state=state, viewport={"width": WIDTHS[request.param], "height": 900}, accept_downloads=True
    )
    yield watched(context)
    context.close()


def watched(context: BrowserContext) -> Seen:
    page = context.new_page()
    hosts: set[str] = set()
    alarms: list[str] = []

    def asked(request: Request) -> None:
        hosts.add(request.url.split("/")[2])

    def opened(other: Page) -> None:
        if other is not page:
            alarms.append(f"window {other.url}")

    def asking(dialog: Dialog) -> None:
        alarms.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            alarms.append(message.text)

    context.on("request", asked)
    context.on("page", opened)
    page.on("dialog", asking)
    page.on("pageerror", lambda error: alarms.append(f"error {error}"))
    page.on("console", said)
    page.on("download", lambda download: alarms.append(f"download {download.url}"))
    return Seen(page, hosts, alarms)


def hosts_of(running: Staffed) -> set[str]:
    return {running.staff.removeprefix("http://"), running.mailview.removeprefix("http://")}


def fits(page: Page) -> bool:
    fitting: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return fitting


def has_room(page: Page) -> bool:
    """The name of the site stands clear of the head's edge, and a caption inside its box."""
    clear: bool = page.evaluate("""() => {
        const top = (element) => element.getBoundingClientRect().top
        const head = document.querySelector('.masthead')
        const caption = document.querySelector('.bulk-bar legend')
        return top(head.querySelector('.brand')) - top(head) >= 12
            && (caption === null || top(caption) - top(caption.parentElement) >= 8)
    }""")
    return clear


def test_no_mail_does_anything(running: Staffed, browser: Browser, state: Path, hostile: list[str]) -> None:
    """Payloads in subject, names, header, text, file name and HTML: no dialog, no script, no other host.

    Every payload stands in the lists; each third one, and all that a browser's mending could wake, is opened.
    """
    assert len(hostile) == len(PAYLOADS)
    context = browser.new_context(storage_state=state)
    seen = watched(context)
    opened = [*hostile[::3], *hostile[MENDED]]
    for arrival in opened:
        seen.page.goto(f"{running.staff}/en/mails/{arrival}/?html=1")
        assert seen.page.locator("iframe.mail-frame").count() == 1
        frame = seen.page.frames[1]
        frame.wait_for_load_state()
        assert frame.url.startswith(f"{running.mailview}/mail/")
        assert (
            frame.evaluate("document.querySelectorAll('script,img,a,form,iframe,object,svg,math').length")
            == 0
        )
        assert frame.evaluate("document.querySelectorAll('*[onerror],*[onload],*[src],*[href]').length") == 0
        inside = seen.page.evaluate(
            "[...document.querySelectorAll('main script, main img, main a[href^=\"javascript\"], main object')].length"
        )
        assert inside == 0
    for arrival in hostile[::10]:
        seen.page.goto(f"{running.staff}/ja/mails/{arrival}/source/")
        assert seen.page.locator("pre.source").count() == 1
    listed = 0
    seen.page.goto(f"{running.staff}/ja/mails/?first=2026-11&last=2026-11&sender=evil")
    for _ in range(3):
        listed += seen.page.locator(".hits li").count()
        if seen.page.locator("a[rel=next]").count():
            seen.page.click("a[rel=next]")
    assert listed == len(PAYLOADS)
    assert seen.alarms == []
    assert seen.hosts == hosts_of(running)
    context.close()


def test_the_frame_is_a_sandbox_without_cookies(
    running: Staffed, browser: Browser, state: Path, hostile: list[str]
) -> None:
    arrival = hostile[0]
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    with page.expect_response(lambda answer: answer.url.startswith(running.mailview)) as answered:
        page.goto(f"{running.staff}/ja/mails/{arrival}/?html=1")
    headers = answered.value.all_headers()
    assert "set-cookie" not in headers
    assert "cookie" not in answered.value.request.all_headers()
    assert "referer" not in answered.value.request.all_headers()
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'nonce-")
    assert f"frame-ancestors {running.staff}; sandbox" in policy
    assert page.locator("iframe.mail-frame").get_attribute("sandbox") == ""
    # The frame's document has an origin of its own, and what it was framed by is out of its reach.
    assert page.frames[1].evaluate("self.origin") == "null"
    # Nobody but the staff site may frame it, and a token is for one mail.
    stranger = context.new_page()
    stranger.set_content(f"<iframe src='{answered.value.url}'></iframe>")
    stranger.wait_for_timeout(500)
    assert "mail/" not in stranger.frames[1].url
    assert context.request.get(f"{answered.value.url}x").status == 403
    context.close()


def test_an_officer_searches_reads_and_opens(running: Staffed, officer: Seen) -> None:
    page = officer.page
    page.goto(f"{running.staff}/ja/")
    page.click("nav.navigation >> text=メール検索")
    page.fill("input[name=first]", "2026-10")
    page.fill("input[name=last]", "2027-12")
    page.fill("input[name=domain]", "spam-example[.]com")
    page.click("form >> text=検索")
    assert page.locator(".hits li").count() == 3
    assert fits(page)
    page.click(".hits a.hit >> nth=0")
    text = page.inner_text("main")
    assert "本日限りの特別価格" in text
    assert "発信元" in (page.locator("svg.hops").text_content() or "")
    assert "198.51.100.7" in text
    # The reporter is nowhere on the page of a reported mail.
    assert REPORTER not in page.content()
    assert fits(page)
    page.fill("#whole input[name=purpose]", "case/2026-1")
    page.click("text=宛先を表示")
    assert REPORTER.replace("@", "[@]").replace(".example", ".example") in page.inner_text("#headers")
    assert officer.hosts == {running.staff.removeprefix("http://")}
    assert officer.alarms == []


def test_text_and_telephone_are_found(running: Staffed, officer: Seen) -> None:
    page = officer.page
    page.goto(f"{running.staff}/en/mails/?first=2026-10&last=2027-12&phone=%2B81+3-1234-5678")
    assert page.locator(".hits li").count() == 3
    page.goto(f"{running.staff}/en/mails/?first=2026-10&last=2027-12&text=全品 半額")
    assert page.locator(".hits li").count() == 3
    assert "mails read" in page.inner_text(".progress-line")


def test_a_held_report_is_filed_by_hand(
    running: Staffed, browser: Browser, state: Path, tmp_path: Path
) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_bytes(b"From: a@spam.example\r\nSubject: taken out by hand\r\n\r\nbuy\r\n")
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    page.goto(f"{running.staff}/ja/")
    page.click("text=保留中の情報提供")
    page.click(f"a[href$='/reports/{running.made['held-0']}/']")
    assert "転送された迷惑メールが見つからない" in page.inner_text("main")
    assert REPORTER not in page.content()
    page.fill("input[name=purpose]", "holding")
    page.click("text=情報提供のメールを開く")
    assert "迷惑メールが届きました" in page.inner_text(".opened")
    page.click("summary >> text=手作業で受理")
    page.select_option("select[name=refile-kind]", "forged-sender")
    page.set_input_files("input[name=refile-eml]", str(mail))
    page.click("button[value=refile]")
    assert "受理" in page.inner_text("h1")
    assert "登録待ち" in page.inner_text("main")
    context.close()


def test_many_reports_are_dealt_with_at_once(running: Staffed, browser: Browser, state: Path) -> None:
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    page.goto(f"{running.staff}/en/reports/?state=held")
    held = [running.made[f"held-{number}"] for number in (1, 2, 3)]
    for report in held:
        page.check(f"input[name=report][value='{report}']")
    page.click("button[value=rerun]")
    assert "Done to 3 reports." in page.inner_text("main")
    for report in held[:2]:
        page.check(f"input[name=report][value='{report}']")
    page.click("button[value=close]")
    assert "Done to 2 reports." in page.inner_text("main")
    page.goto(f"{running.staff}/en/reports/{held[0]}/")
    assert re.search(r"Taken apart again\s+an officer", page.inner_text(".timeline"))
    context.close()


PAGES = ("", "reports/", "reports/?state=held", "reports/{report}/", "petitions/", "petitions/1/", "mails/", "mails/{mail}/", "mails/{mail}/source/")  # fmt: skip


def test_each_page_fits_its_window(running: Staffed, officer: Seen, hostile: list[str]) -> None:
    for language in ("ja", "en"):
        for path in PAGES:
            where = path.format(report=running.made["filed-0"], mail=hostile[7])
            officer.page.goto(f"{running.staff}/{language}/{where}")
            assert officer.page.locator("h1").count() == 1, where
            assert fits(officer.page), where
            assert has_room(officer.page), where
    assert officer.alarms == []

"""A person reports by form, with and without scripts, follows the link, sees the outcome, takes the report back."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect
from served import Served, serve, stop

from meyasubako.centre.site_public.campaigns import LEAST

SOURCE = (
    "Received: from mail.spam.example ([192.0.2.77]) by mx.isp.example; Tue, 24 Nov 2026 10:00:00 +0900\n"
    "From: Ad <ad@spam.example>\nSubject: =?UTF-8?B?5YSy44GL44KK44G+44GZ?=\nDate: Tue, 24 Nov 2026 10:00:00 +0900\n"
    "Message-ID: <{number}@spam.example>\nContent-Type: text/plain; charset=utf-8\n\n"
    "必ず儲かる情報をあなただけにお届けします。今すぐ次のページで無料登録してください。http://shop.spam.example/\n"
    "このメールは会員の皆様に配信しています。副業で毎月五十万円の収入を得た方が続出しています。\n"
)
STEPS = """
from datetime import UTC, datetime
from meyasubako.centre.config.startup import start
start()
from meyasubako.centre.reports.steps.delivery import step_delivery
print(step_delivery(datetime.now(UTC)))
"""
OUTCOMES = """
from datetime import UTC, datetime
from pathlib import Path
import os
from meyasubako.centre.config.startup import start
start()
from meyasubako.centre.reports.steps.outcomes import step_outcomes
from meyasubako.engines.campaigns import keep_campaigns
from meyasubako.tables.home import Home
now = datetime.now(UTC)
keep_campaigns(Home.from_environment(), now=now)
print(step_outcomes(now))
"""


class Centre(NamedTuple):
    """A site that takes reports, and its data folder."""

    served: Served
    environment: dict[str, str]

    @property
    def address(self) -> str:
        """Where the site is."""
        return self.served.address

    def run(self, *command: str) -> str:
        """A command on the data folder, in a process of its own; what it printed."""
        done = subprocess.run(
            [sys.executable, *command],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """A centre with nothing in it."""
    environment = {
        "MEYASU_HOME": str(tmp_path_factory.mktemp("reporting")),
        "MEYASU_REPORT_ADDRESSES": "meiwaku@centre.example",
    }
    served = serve(environment, "--only", "site")
    yield Centre(served, environment)
    assert stop(served) == 0


@contextmanager
def reader(browser: Browser, centre: Centre, *, width: int, scripts: bool) -> Iterator[Page]:
    """A window of this width; at its end nothing was asked of anybody else, no cookie set, no script failed."""
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    context.set_default_timeout(20_000)
    page = context.new_page()
    hosts: set[str] = set()
    failed: list[str] = []
    page.on("request", lambda asked: hosts.add(asked.url.split("/")[2]))
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.on("console", lambda said: failed.append(said.text) if "422" not in said.text else None)
    yield page
    assert hosts == {centre.address.removeprefix("http://")}
    assert context.cookies() == []
    assert failed == []
    context.close()


def fits(page: Page) -> bool:
    """Whether nothing stands out at the side."""
    wide = "document.documentElement.scrollWidth <= innerWidth"
    return bool(page.evaluate(wide))


def send(page: Page) -> None:
    """Send as soon as a person could have."""
    page.wait_for_timeout(3_100)
    page.click("form.report button[type=submit]")


WIDTHS = pytest.mark.parametrize("width", [1280, 390], ids=["desktop", "phone"])


@WIDTHS
@pytest.mark.parametrize(
    ("language", "received", "withdrawn"),
    [
        ("ja", "受け付けました", "取り下げられました"),
        ("en", "Your report was received", "You took this report back"),
    ],
)
def test_without_scripts(
    browser: Browser, centre: Centre, width: int, language: str, received: str, withdrawn: str
) -> None:
    with reader(browser, centre, width=width, scripts=False) as page:
        page.goto(f"{centre.address}/{language}/")
        page.click(".report-spam")
        page.click(f"a[href='/{language}/report/no-consent/']")
        page.fill("#id_source", SOURCE.format(number=f"{language}-{width}"))
        page.fill("#id_reporter_address", "hanako@mail.example")
        send(page)
        assert received in page.inner_text("main")
        number = page.inner_text(".number")
        assert re.fullmatch(r"R-\d{4}-\d{4}-\d{4}", number)
        # The link that is to be kept leads here again, now without the thanks.
        page.click(".link a")
        assert received not in page.inner_text("h1")
        assert page.inner_text(".number") == number
        page.click(f"a[href='/{language}/report/track/{page.url.split('/')[-2]}/withdraw/']")
        page.click("form.acts button")
        assert withdrawn in page.inner_text("main")


@WIDTHS
def test_with_scripts_errors_keep_what_was_typed_and_files_are_dropped(
    browser: Browser, centre: Centre, width: int, tmp_path: Path
) -> None:
    later = tmp_path / "later.eml"
    later.write_text(SOURCE.format(number=f"later-{width}"), "utf-8")
    with reader(browser, centre, width=width, scripts=True) as page:
        page.goto(f"{centre.address}/en/report/after-opt-out/")
        assert fits(page)
        page.fill("#id_first_source", SOURCE.format(number=f"first-{width}"))
        page.fill("#id_remarks", "I wrote to them twice.")
        send(page)
        page.wait_for_selector("#trouble")
        assert page.evaluate("document.activeElement.id") == "trouble"
        assert page.input_value("#id_remarks") == "I wrote to them twice."
        assert "spam.example" in page.input_value("#id_first_source")
        wrong = page.locator("[aria-invalid=true]")
        assert wrong.count() == 2
        for place in range(2):
            described = (wrong.nth(place).get_attribute("aria-describedby") or "").split()
            assert page.locator(f"#{described[-1]}").count() == 1
        page.click("#trouble a >> nth=0")
        assert page.evaluate("location.hash") == "#id_opt_out_way"
        page.select_option("#id_opt_out_way", "page")
        drop(page, "#id_mail_files", later)
        expect(page.locator("[name=work]")).not_to_have_value("")
        page.click("form.report button[type=submit]")
        page.wait_for_url("**/report/track/**")
        assert "Your report was received" in page.inner_text("main")
        assert page.inner_text(".facts > div:nth-child(3) dd") == "2"
        assert fits(page)


def drop(page: Page, box: str, path: Path) -> None:
    """Drag a file over a box and let it go."""
    files = page.evaluate_handle(
        """([name, text]) => {
            const all = new DataTransfer();
            all.items.add(new File([text], name, {type: "message/rfc822"}));
            return all;
        }""",
        [path.name, path.read_text("utf-8")],
    )
    for kind in ("dragenter", "dragover", "drop"):
        page.dispatch_event(box, kind, {"dataTransfer": files})
    assert page.evaluate("box => document.querySelector(box).files.length", box) == 1


def test_an_sms_and_a_petition_on_a_phone(browser: Browser, centre: Centre) -> None:
    with reader(browser, centre, width=390, scripts=True) as page:
        page.goto(f"{centre.address}/ja/report/sms/")
        page.fill("#id_sms_number", "090-0000-0000")
        page.fill("#id_sms_at", "2026-11-24T09:30")
        page.fill(
            "#id_sms_text", "お荷物をお届けしましたが不在のため持ち帰りました。http://sms.spam.example/"
        )
        send(page)
        page.wait_for_url("**/report/track/**")
        assert "SMS" in page.inner_text(".facts")
        page.goto(f"{centre.address}/ja/report/petition/")
        assert fits(page)
        page.check("input[name=addressees][value=caa]")
        page.check("input[name=matters][value='4']")
        for name in ("name", "address", "contact", "sender_facts", "screen_content", "reasons"):
            page.fill(f"#id_{name}", f"{name} の記入")
        send(page)
        page.wait_for_url("**/petition/track/**")
        text = page.inner_text("main")
        assert re.search(r"P-\d{4}-\d{4}-\d{4}", text)
        assert "消費者庁長官" in text
        assert "総務大臣" in text
        assert "の記入" not in text


def test_a_reporter_sees_the_campaign_that_the_mail_was_joined_to(browser: Browser, centre: Centre) -> None:
    with reader(browser, centre, width=1280, scripts=True) as page:
        page.goto(f"{centre.address}/en/report/no-consent/")
        page.fill("#id_source", SOURCE.format(number="joined"))
        page.set_input_files(
            "#id_mail_files",
            [
                {
                    "name": f"{number}.eml",
                    "mimeType": "message/rfc822",
                    "buffer": SOURCE.format(number=number).encode(),
                }
                for number in range(LEAST)
            ],
        )
        send(page)
        page.wait_for_url("**/report/track/**")
        assert int(centre.run("-c", STEPS)) > LEAST
        centre.run("-m", "meyasubako.cli", "follow", "--once")
        assert int(centre.run("-c", OUTCOMES)) > LEAST
        page.reload()
        page.click("text=joined to a campaign of the same mail")
        page.wait_for_url("**/campaigns/**")
        assert "spam.example" in page.inner_text("main").replace("[.]", ".")
        page.goto(f"{centre.address}/en/reports/?month={month(centre)}")
        page.wait_for_selector("html[data-charts=drawn]", state="attached")
        assert "about mail without consent" in page.inner_text("main")
        assert page.locator(".panel:has(#report-kinds) svg path").count() > 3


def month(centre: Centre) -> str:
    """The month in which the reports came."""
    return centre.run(
        "-c", "from datetime import *; print(f'{datetime.now(timezone(timedelta(hours=9))):%Y-%m}')"
    )

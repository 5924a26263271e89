"""A served site on loopback and a browser that reaches nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from served import Watched, serve, stop

FIGURES = Path(__file__).resolve().parents[1] / "corpus" / "site" / "figures.json"
BROWSER_SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def site_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site over the figures of the corpus."""
    home = tmp_path_factory.mktemp("site")
    served = serve({"MEYASU_HOME": str(home), "MEYASU_FIGURES_FILE": str(FIGURES)})
    yield served.address
    assert stop(served) == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; closed with each file, because its event loop would stand in the way of later tests."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=BROWSER_SWITCHES)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module", params=[1280, 390], ids=["desktop", "phone"])
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """Windows of desktop or phone width that share a cache."""
    opened = browser.new_context(viewport={"width": request.param, "height": 900})
    opened.set_default_timeout(20_000)
    yield opened
    opened.close()


@pytest.fixture
def watched(context: BrowserContext) -> Iterator[Watched]:
    """A page under watch."""
    page = context.new_page()
    console: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: console.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: console.append(f"error: {error}"))
    page.on("request", lambda asked: hosts.add(asked.url.split("/")[2]))
    yield Watched(page, console, hosts)
    page.close()

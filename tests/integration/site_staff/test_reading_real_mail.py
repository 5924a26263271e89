"""Real mail - phishing, bounces, malformed parts - read as an officer reads it: nothing raises, nothing can act."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from meyasubako.analysis.context import Context, ContextSpec
from meyasubako.analysis.types import Envelope
from meyasubako.centre.site_staff.mails.shown import page_of
from meyasubako.centre.site_staff.reading.markup import INERT, inert_markup
from meyasubako.centre.site_staff.reading.source import source_page
from meyasubako.engines.mail_store import KeptMail
from meyasubako.mail.parse import parse

EVERY = {"phishing-2019-2025": 60, "reports-and-bounces": 20, "malformed-mime": 8}
LARGEST = 2_000_000


@pytest.fixture(scope="module")
def context() -> Context:
    return Context(ContextSpec())


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("english", [False, True])
def test_real_mail_is_read_and_does_nothing(
    archive_mails: Callable[[str], Iterator[tuple[str, bytes]]], context: Context, name: str, english: bool
) -> None:
    read = 0
    for number, (path, raw) in enumerate(archive_mails(name)):
        if number % EVERY[name] or len(raw) > LARGEST:
            continue
        envelope = Envelope(
            "01a20d6a-ef9b-7680-8133-ba5110cc36e7", "0" * 64, datetime(2026, 11, 1, tzinfo=UTC), "boundary",
            "2026-11", "report",
        )  # fmt: skip
        kept = KeptMail(envelope, raw, None, None, None)
        page = page_of(kept, context, english=english, page=1, html_page=1, hide_recipients=number % 3 == 0)
        assert page["view"].fields or b":" not in raw[:200].partition(b"\n")[0], path
        inert = inert_markup(parse(raw).html)
        assert not inert.failed, path
        assert INERT.match(inert.markup) is not None, path
        assert re.search("https?://", re.sub("<[^>]*>", "", inert.markup), re.IGNORECASE) is None, path
        source_page(raw)
        read += 1
    assert read > 30

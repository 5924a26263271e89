"""Searching mails: what columns hold, what only the bytes hold, month by month, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from meyasubako.engines.campaigns import keep_campaigns
from meyasubako.engines.local import LocalEngine
from meyasubako.engines.mail_store import MailStore
from meyasubako.engines.search import MailSearch, OutdatedError, Terms, check, folded, national
from meyasubako.errors import UsageError
from meyasubako.receivers.ingest import ingest
from meyasubako.tables.home import Home

MONTHS = ("2026-03", "2026-04", "2026-05")
EACH = 30
SAME = "この度は当店の季節の売り出しをご案内いたします。品質には自信がございますので、ぜひ一度お試しくださいませ。"


def mail(month: str, number: int) -> bytes:
    """Mail ``number`` of a month; every tenth is about a watch, every third from another network."""
    network = "198.51.100" if number % 3 == 0 else "192.0.2"
    subject = f"高級時計 {number}" if number % 10 == 0 else f"お知らせ {number}"
    linked = "shop.watch-example.com" if number % 10 == 0 else "notwatch-example.com"
    return (
        f"Received: from mail.spam.example ([{network}.{number}]) by mx.isp.example; 10 {_name(month)} 2026 10:{number:02}:00 +0900\r\n"
        f"From: Shop {number} <shop{number}@{'mail.' if number % 2 else ''}sender-example.com>\r\n"
        f"To: a@reader.example\r\nSubject: {subject}\r\nDate: 10 {_name(month)} 2026 10:{number:02}:00 +0900\r\n"
        f"Message-ID: <{month}-{number}@spam.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        f"全品 半額 {number}\r\nhttp://{linked}/Item?n={number}\r\n電話 03-1234-{5000 + number}\r\n"
        f"{SAME * 3}\r\n"
    ).encode()


def _name(month: str) -> str:
    return f"{datetime.strptime(month, '%Y-%m').replace(tzinfo=UTC):%b}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Three months of mail."""
    folder = tmp_path_factory.mktemp("search")
    mails = folder / "mails"
    mails.mkdir()
    for month in MONTHS:
        for number in range(EACH):
            (mails / f"{month}-{number}.eml").write_bytes(mail(month, number))
    ingest([mails], home=folder / "home", channel="monitor", monitor="pc-1", monitor_class="pc")
    return Home.at(folder / "home")


@pytest.fixture(scope="module")
def search(home: Home) -> Iterator[MailSearch]:
    engine = LocalEngine(workers=1)
    yield MailSearch(home, engine)
    engine.close()


def terms(**given: str) -> Terms:
    return Terms(**{"first": MONTHS[0], "last": MONTHS[-1], **given})


def every(search: MailSearch, asked: Terms, **options: Any) -> list[dict[str, Any]]:
    """All pages together."""
    rows: list[dict[str, Any]] = []
    cursor = None
    for _ in range(1_000):
        hits = search.page(asked, cursor=cursor, **options)
        rows += hits.rows
        cursor = hits.cursor
        if cursor is None:
            return rows
    raise AssertionError("the search does not end")


def test_the_months_are_known(search: MailSearch) -> None:
    assert search.months() == [MONTHS[0], MONTHS[-1]]


def test_pages_hold_each_mail_once_newest_first(search: MailSearch) -> None:
    for size in (7, 50, 200):
        rows = every(search, terms(), size=size)
        assert len(rows) == len({row["arrival_id"] for row in rows}) == EACH * len(MONTHS)
        keys = [(row["received"], row["arrival_id"]) for row in rows]
        assert keys == sorted(keys, reverse=True)


def test_months_that_were_not_asked_for_stay_out(search: MailSearch) -> None:
    rows = every(search, Terms(first=MONTHS[1], last=MONTHS[1]))
    assert {row["month"] for row in rows} == {MONTHS[1]}
    assert len(rows) == EACH
    assert every(search, Terms(first="2020-01", last="2020-03")) == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"sender": "SHOP7@"}, 3),
        ({"sender": "shop 7"}, 3),
        ({"domain": "sender-example.com"}, EACH * 3),
        ({"domain": "mail.sender-example.com"}, EACH * 3 // 2),
        ({"domain": "watch-example.com"}, 9),
        ({"domain": "WATCH-example.com."}, 9),
        ({"url": "/item?n=4"}, 3),
        ({"ip": "192.0.2.7"}, 3),
        ({"ip": "198.51.100.0/24"}, 30),
        ({"ip": "198.51.100.0/29"}, 9),
        ({"ip": "2001:db8::/32"}, 0),
        ({"subject": "時計"}, 9),
        ({"subject": "時計", "ip": "198.51.100.0/24"}, 3),
        ({"channel": "monitor"}, EACH * 3),
        ({"channel": "report"}, 0),
        ({"phone": "03-1234-5009"}, 3),
        ({"phone": "+81 3 1234 5009"}, 3),
        ({"phone": "０３（１２３４）５００９"}, 3),
        ({"text": "全品半額"}, EACH * 3),
        ({"text": "全品　半額 ２９"}, 3),
        ({"text": "高級時計", "phone": "0312345010"}, 3),
        ({"text": "全品半額", "subject": "時計"}, 9),
        ({"text": "全品半額", "domain": "watch-example.com"}, 9),
        ({"text": "nowhere"}, 0),
    ],
)
def test_what_is_asked_is_found(search: MailSearch, asked: dict[str, str], found: int) -> None:
    assert len(every(search, terms(**asked))) == found


def test_reading_tells_how_far_it_came(search: MailSearch) -> None:
    hits = search.page(terms(text="全品半額", first=MONTHS[1], last=MONTHS[1]))
    assert (hits.read, hits.to_read) == (EACH, EACH)
    assert len(hits.rows) == EACH


def test_without_time_a_page_says_where_to_go_on(search: MailSearch) -> None:
    asked = terms(subject="時計")
    hits = search.page(asked, seconds=0.0)
    assert hits.late
    assert hits.cursor is not None
    assert len(every(search, asked, seconds=0.0)) == 9
    assert len(every(search, terms(text="高級時計"), seconds=0.0)) == 9


@pytest.mark.parametrize(
    ("given", "term"),
    [
        ({"first": "2026-05", "last": "2026-04"}, "first"),
        ({"first": "2026-13"}, "2026-13"),
        ({"ip": "192.0.2"}, "ip"),
        ({"domain": "not a host"}, "domain"),
        ({"phone": "123"}, "phone"),
        ({"text": "x" * 201}, "text"),
    ],
)
def test_what_makes_no_sense_is_named(given: dict[str, str], term: str) -> None:
    with pytest.raises(UsageError) as raised:
        check(terms(**given))
    assert raised.value.subject == term


@pytest.mark.parametrize("cursor", ["", "x", "2026-05.1", "v1.1.1", "2026-05.9;DROP.a", "v1.0.0.0"])
def test_a_cursor_that_is_none_of_ours_is_refused(search: MailSearch, cursor: str) -> None:
    with pytest.raises(UsageError):
        search.page(terms(), cursor=cursor)


def test_a_cursor_of_other_tables_begins_anew(search: MailSearch) -> None:
    with pytest.raises(OutdatedError):
        search.page(terms(text="x"), cursor="v999.0.0.0")


@pytest.mark.parametrize("needle", ["'", '"', "%", "_", "\\", ")--", "' OR 1=1 --", "\x00"])
def test_terms_are_values_not_sql(search: MailSearch, needle: str) -> None:
    for name in ("sender", "subject", "url", "text"):
        assert every(search, terms(**{name: f"zz{needle}zz"})) == []


def test_words_are_compared_without_width_case_and_white_space() -> None:
    assert folded("ＡＢＣ ｶﾀｶﾅ\n無 料") == "abcカタカナ無料"
    assert national("+81-(0)3-1234-5678") == "0312345678"


def test_a_mail_is_found_by_its_arrival(home: Home, search: MailSearch) -> None:
    engine = LocalEngine(workers=1)
    store = MailStore(home, engine)
    row = search.page(terms(sender="shop7@"), size=1).rows[0]
    kept = store.find(row["arrival_id"])
    assert kept is not None
    assert kept.raw == mail(row["month"], 7)
    assert kept.envelope.sha256 == row["sha256"]
    assert kept.envelope.monitor == "pc-1"
    assert kept.answers is None
    assert kept.observed is not None
    assert kept.observed["generation"] == 1
    assert kept.campaign is None
    assert store.find("00000000-0000-0000-0000-000000000000") is None
    engine.close()


def test_the_mails_of_a_campaign_are_listed(home: Home, search: MailSearch) -> None:
    keep_campaigns(home, now=datetime(2026, 6, 2, tzinfo=UTC))
    engine = LocalEngine(workers=1)
    store = MailStore(home, engine)
    kept = store.find(search.page(terms(first=MONTHS[1], last=MONTHS[1]), size=1).rows[0]["arrival_id"])
    assert kept is not None
    assert kept.campaign is not None
    rows = search.of_campaign(kept.campaign["campaign"], MONTHS[1])
    assert len(rows) == kept.campaign["mails"] > 1
    assert kept.envelope.arrival_id in {row["arrival_id"] for row in rows}
    assert {row["month"] for row in rows} == {MONTHS[1]}
    assert [row["received"] for row in rows] == sorted((row["received"] for row in rows), reverse=True)
    assert search.of_campaign(kept.campaign["campaign"], "2020-01") == []
    with pytest.raises(UsageError):
        search.of_campaign(kept.campaign["campaign"], "x")
    engine.close()


def test_an_empty_home_has_nothing_to_find(tmp_path: Path) -> None:
    engine = LocalEngine(workers=1)
    empty = MailSearch(Home.at(tmp_path), engine)
    assert empty.months() == []
    assert empty.page(terms()).rows == []
    assert empty.page(terms(text="x")).rows == []
    engine.close()

"""Monitors, mail to unknown recipients and keys of the API on the staff site."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from meyasubako.centre.accounts.models import Organisation
from meyasubako.centre.accounts.types import SYSTEM
from meyasubako.centre.audit.models import Event
from meyasubako.centre.keys.models import ApiKey
from meyasubako.centre.keys.services import key_shown
from meyasubako.centre.monitors import attempts, mail_counts, services
from meyasubako.centre.monitors.entry import Entry
from meyasubako.centre.monitors.models import Monitor
from meyasubako.centre.monitors.types import MailsSeen
from meyasubako.errors import StorageError
from meyasubako.receivers.routes import read_routes
from meyasubako.receivers.unknown import Attempt

Browser = Callable[[str], Client]
ENTRY = {"name": "tokyo-1", "address": "taro@decoy.example", "monitor_class": "pc", "decoy": "on"}
HOUR = datetime(2026, 4, 1, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    return tmp_path


@pytest.fixture
def registered(organisations: dict[str, Organisation], now: datetime) -> None:
    entry = Entry("tokyo-1", "taro@decoy.example", "pc", "Example Net", decoy=True)
    services.monitor_add(entry=entry, by=SYSTEM, now=now)


def page(browser: Client, address: str, status: int = 200) -> str:
    answer = browser.get(address)
    assert answer.status_code == status
    return answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_mailbox_is_registered_changed_and_retired_and_receivers_learn_of_it(
    staff: Browser, folder: Path
) -> None:
    browser = staff("administrator")
    assert browser.post("/ja/monitors/add/", ENTRY).status_code == 302
    assert read_routes(folder).monitors["tokyo-1"].monitor_class == "pc"
    changed = browser.post(
        "/en/monitors/tokyo-1/", {**ENTRY, "name": "other", "carrier": "Example Net"}, follow=True
    )
    assert "has been changed" in changed.content.decode()
    assert read_routes(folder).monitors["tokyo-1"].carrier == "Example Net"
    refused = browser.post("/en/monitors/tokyo-1/", {**ENTRY, "monitor_class": "mobile"})
    assert refused.status_code == 400
    assert "The class stays" in refused.content.decode()
    assert browser.post("/ja/monitors/tokyo-1/retire/", {"last_day": "2026-04-30"}).status_code == 302
    assert read_routes(folder).monitors["tokyo-1"].until == date(2026, 4, 30)
    assert browser.post("/ja/monitors/tokyo-1/retire/", {"last_day": "soon"}).status_code == 400
    actions = Event.objects.filter(subject__startswith="monitor:").values_list("action", flat=True)
    assert sorted(actions) == ["monitor.added", "monitor.changed", "monitor.retired"]


def test_the_list_tells_state_last_mail_and_counts(
    staff: Browser, registered: None, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    seen = {
        "tokyo-1": MailsSeen(date(2026, 4, 1), {"2026-04": 12_345, "2026-03": 678}),
        "stray": MailsSeen(date(2026, 3, 1), {"2026-03": 1}),
    }
    monkeypatch.setattr(mail_counts._shelf, "counts", lambda _home: seen)
    monkeypatch.setattr("meyasubako.centre.site_staff.gate.current_time", lambda: now)
    shown = page(staff("officer"), "/ja/monitors/")
    for told in (
        "tokyo-1",
        "taro@decoy.example",
        "運用中",
        "2026-04-01",
        "Example Net",
        "stray",
        "おとりドメイン",
    ):
        assert told in shown
    assert re.sub(r"\D", "", re.findall(r'class="number">([^<]*)</td>', shown)[0]) == "12345"
    assert "monitors/add" not in shown
    one = page(staff("officer"), "/en/monitors/tokyo-1/")
    assert "2026-03" in one
    assert '<form method="post" action="/en/monitors' not in one


def test_the_register_is_shown_without_counts_where_tables_fail(
    staff: Browser, registered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_home: Path) -> dict[str, MailsSeen]:
        raise StorageError("tables", "gone")

    monkeypatch.setattr(mail_counts._shelf, "counts", fail)
    shown = page(staff("officer"), "/en/monitors/")
    assert "tokyo-1" in shown
    assert "cannot be read at present" in shown


def test_a_csv_file_goes_out_and_in_with_every_wrong_line_named(staff: Browser, registered: None) -> None:
    browser = staff("administrator")
    content = browser.get("/ja/monitors/csv/").content
    assert content.startswith("\ufeffname,address,class".encode())

    def send(body: bytes, **more: str) -> str:
        answer = browser.post("/en/monitors/import/", {"file": SimpleUploadedFile("m.csv", body), **more})
        return answer.content.decode()

    assert "0 added, 0 changed, 1 as they were" in send(content)
    new = content + b"new,new@decoy.example,mobile,,,,0,\r\n"
    assert "1 added, 0 changed, 1 as they were" in send(new, dry_run="on")
    assert Monitor.objects.count() == 1
    wrong = send(content + b"bad,bad,tv,,,,0,\r\n")
    assert "Nothing was taken" in wrong
    assert re.search(r'<th scope="row">3</th><td>class</td>', wrong)
    assert "1 added" in send(new)
    assert Monitor.objects.count() == 2


def test_sources_are_shown_with_their_names_at_decoys_alone(
    staff: Browser, registered: None, organisations: dict[str, Organisation]
) -> None:
    counts = Counter(
        {
            Attempt(HOUR, "192.0.2.9", "<b>pc", "spam.example", "decoy.example", f"hana{n:03d}"): 2
            for n in range(30)
        }
    )
    counts |= Counter(
        {
            Attempt(HOUR, "192.0.2.9", "pc", "spam.example", "people.example", f"secret{n}"): 1
            for n in range(9)
        }
    )
    owner = organisations["centre"].pk
    attempts.attempts_add(counts, origin="log", owner=owner, decoys=frozenset({"decoy.example"}))
    browser = staff("officer")
    shown = page(browser, "/ja/unknown-recipients/")
    for told in ("192.0.2.9", "hana000", "連番の 30 件", "2026-04", "&lt;b&gt;pc", "<svg"):
        assert told in shown
    english = page(browser, "/en/unknown-recipients/?month=2026-04")
    assert "one of 30 names with numbers in a row, hana000 to hana029" in english
    assert "style=" not in english
    whole = json.loads(page(browser, "/en/unknown-recipients/sources.json?month=2026-04"))
    sheet = page(browser, "/en/unknown-recipients/sources.csv?month=2026-04")
    assert (whole["attempts"], whole["names"], whole["generated"]) == (69, 39, 39)
    assert "192.0.2.9" in sheet
    for text in (shown, english, json.dumps(whole), sheet):
        assert "secret" not in text
    assert "数えられていません" in page(browser, "/ja/unknown-recipients/?month=2020-01")
    assert browser.get("/ja/unknown-recipients/?month=now").status_code == 404


def test_a_key_is_made_shown_once_and_revoked(staff: Browser, organisations: dict[str, Organisation]) -> None:
    browser = staff("administrator")
    said = {
        "organisation": organisations["carrier"].pk, "name": "Plug-in", "scopes": ["reports:write"],
        "last_day": "2099-12-31", "requests_per_hour": 10, "mails_per_hour": 20,
    }  # fmt: skip
    made = browser.post("/ja/api-keys/add/", said).content.decode()
    token = re.search(r"meyasu_\w{12}_[\w-]{32}", made)
    assert token
    key = ApiKey.objects.get()
    assert key.made_by is not None
    assert key_shown(token[0], datetime.now(UTC)) == key
    listed = page(browser, "/ja/api-keys/")
    assert key.public_id in listed
    assert token[0].split("_", 2)[2] not in listed
    assert browser.post(f"/ja/api-keys/{key.public_id}/revoke/").status_code == 302
    assert key_shown(token[0], datetime.now(UTC)) is None
    wrong = browser.post(
        "/en/api-keys/add/",
        {**said, "organisation": organisations["sender"].pk, "scopes": ["petitions:write"]},
    )
    assert wrong.status_code == 400
    assert "Only a carrier" in wrong.content.decode()


def test_a_monitor_has_an_e_mail_address_and_days_only_where_they_are_known(
    staff: Browser, registered: None
) -> None:
    browser = staff("administrator")
    text = page(browser, "/ja/monitors/tokyo-1/")
    assert "メールアドレス" in text
    assert "住所" not in text
    assert "…" not in text
    Monitor.objects.update(since=date(2026, 4, 1))
    assert "2026-04-01 –" in page(browser, "/en/monitors/tokyo-1/")

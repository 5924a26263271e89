"""Kill -9 and a locked database in the middle of forms and steps: whatever got its receipt exists once, and arrives once."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from report_site import Answered, Site, source

from meyasubako.receivers.spool import Spool
from meyasubako.tables.home import Home
from meyasubako.tables.schema import ARRIVALS_LAYOUT, EVIDENCE_LAYOUT
from meyasubako.tables.table import Table

FORMS = 60
ROUNDS = 3


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of the module's own."""
    made = Site(tmp_path_factory.mktemp("killed"))
    made.start()
    deadline = time.monotonic() + 30
    while made.post(0, "no token")[0] == 0 and time.monotonic() < deadline:
        time.sleep(0.1)
    yield made
    if made.process is not None:
        made.kill()


def send_until_answered(site: Site, number: int) -> Answered:
    """As a person does whose browser says that nobody answers: send the same form again."""
    token = site.token(f"form-{number}")
    for tries in range(1, 400):
        status, location = site.post(number, token)
        if status == 302:
            return Answered(location, tries)
        assert status in (0, 500, 503), status
        time.sleep(0.05)
    raise AssertionError(f"form {number} was never answered")


def test_a_form_with_a_receipt_is_one_report_however_often_the_site_dies(site: Site) -> None:
    chance = random.Random(7)
    over = threading.Event()

    def kill_now_and_then() -> None:
        for _ in range(ROUNDS):
            before = site.ask("SELECT count(*) FROM reports_report")[0][0]
            deadline = time.monotonic() + 20
            while (
                site.ask("SELECT count(*) FROM reports_report")[0][0] == before
                and time.monotonic() < deadline
            ):
                time.sleep(0.01)
            time.sleep(chance.random() * 0.1)
            site.kill()
            site.start()
        over.set()

    killer = threading.Thread(target=kill_now_and_then)
    killer.start()
    with ThreadPoolExecutor(8) as people:
        answered = list(people.map(lambda number: send_until_answered(site, number), range(FORMS)))
    killer.join(60)
    assert over.is_set()
    assert any(one.tries > 1 for one in answered), "nothing was killed while it was sent"
    assert len({one.location for one in answered}) == FORMS
    assert site.ask(
        "SELECT count(*), count(DISTINCT number), count(DISTINCT link_hash) FROM reports_report"
    ) == [(FORMS, FORMS, FORMS)]
    assert site.ask(
        "SELECT count(*), count(DISTINCT sha256) FROM reports_reportmail WHERE raw IS NOT NULL"
    ) == [(FORMS, FORMS)]
    # Sent once more, each still gives its receipt.
    for number in chance.sample(range(FORMS), 5):
        assert send_until_answered(site, number).location == answered[number].location


def outer_mail(number: int) -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "hanako@mail.example", "meiwaku@centre.example"
    message["Subject"] = "report"
    message.set_content("spam")
    message.add_attachment(
        source(number).encode(), maintype="application", subtype="octet-stream", filename="a.eml"
    )
    return message.as_bytes()


def test_what_was_accepted_arrives_once_however_often_the_steps_die(site: Site) -> None:
    place = Home.at(site.home)
    chance = random.Random(11)
    mails = range(1_000, 1_040)

    def accept() -> None:
        with Spool(place.report_spool) as spool:
            for number in mails:
                envelope = {
                    "arrival_id": str(uuid.uuid4()), "received_at": datetime.now(UTC).isoformat(),
                    "envelope_from": "hanako@mail.example", "client_ip": "192.0.2.10", "helo": "mx.mail.example",
                }  # fmt: skip
                spool.accept(envelope, outer_mail(number)).result()
                if number % 7 == 0:
                    spool.rotate()
                time.sleep(0.02)

    receiver = threading.Thread(target=accept)
    receiver.start()
    for _ in range(3):
        steps = site.steps("forever")
        assert steps.stdout is not None
        steps.stdout.readline()
        time.sleep(chance.random() * 0.4)
        steps.kill()
        steps.communicate()
    receiver.join()
    last = site.steps("once")
    last.communicate(timeout=50)
    assert last.returncode == 0
    assert list(place.report_spool.iterdir()) == []
    assert site.ask("SELECT state, count(*) FROM reports_report WHERE channel = 'mail' GROUP BY state") == [
        ("taken", len(mails))
    ]
    arrivals = [row for batch in Table.open(place, ARRIVALS_LAYOUT).scan() for row in batch.to_pylist()]
    reported = Counter(row["sha256"] for row in arrivals)
    assert set(reported.values()) == {1}
    assert len(reported) == len(mails) + FORMS
    assert len({row["arrival_id"] for row in arrivals}) == len(arrivals)
    evidence = {
        row["sha256"] for batch in Table.open(place, EVIDENCE_LAYOUT).scan() for row in batch.to_pylist()
    }
    assert evidence == set(reported)
    assert site.ask(
        "SELECT count(*) FROM reports_reportmail WHERE raw IS NOT NULL OR delivered_at IS NULL"
    ) == [(0,)]
    # Nothing of the reporter, nor of how the report came, is in the tables.
    told = str([{**row, "received_at": None} for row in arrivals])
    assert "hanako" not in told
    assert "192.0.2.10" not in told


def reports(site: Site) -> int:
    return int(str(site.ask("SELECT count(*) FROM reports_report")[0][0]))


def locked(site: Site, seconds: float, number: int) -> tuple[int, str]:
    """What a form gets that is sent while another process holds the database for so long."""
    with closing(sqlite3.connect(site.home / "centre.sqlite3", isolation_level=None)) as locker:
        locker.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as person:
            answer = person.submit(site.post, number, site.token(f"locked-{number}"))
            time.sleep(seconds)
            locker.execute("ROLLBACK")
            return answer.result()


def test_a_database_locked_for_a_while_only_delays_the_receipt(site: Site) -> None:
    before = reports(site)
    status, location = locked(site, 2, 5_000)
    assert (status, site.post(5_000, site.token("locked-5000"))) == (302, (302, location))
    assert reports(site) == before + 1


@pytest.mark.soak
def test_a_database_locked_for_long_is_said_and_the_form_can_be_sent_again(site: Site) -> None:
    before = reports(site)
    assert locked(site, 22, 5_001)[0] == 503
    assert reports(site) == before
    assert site.post(5_001, site.token("locked-5001"))[0] == 302
    assert reports(site) == before + 1


def test_a_database_that_is_gone_gives_no_receipt(site: Site, tmp_path: Path) -> None:
    site.kill()
    database = site.home / "centre.sqlite3"
    away = list(site.home.glob("centre.sqlite3*"))
    for path in away:
        path.rename(tmp_path / path.name)
    database.mkdir()  # nothing can be opened in its place
    site.start()
    deadline = time.monotonic() + 30
    while (status := site.post(6_000, site.token("gone"))[0]) == 0 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert status == 503
    database.rmdir()
    for path in away:
        (tmp_path / path.name).rename(path)
    assert site.post(6_000, site.token("gone"))[0] == 302

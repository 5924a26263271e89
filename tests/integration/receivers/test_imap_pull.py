"""Pulling from a real Dovecot: each mail once, also killed and numbered anew; nothing changed there unless told."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dovecot import PASSWORD, USER, Dovecot, dovecot

from meyasubako.errors import UnavailableError
from meyasubako.receivers.imap.pull import Pulled, Rules, Target, arrival_id, pull_once
from meyasubako.receivers.imap.server import Login
from meyasubako.receivers.imap.state import Account
from meyasubako.receivers.spool import Record, free_segments
from meyasubako.tables.home import Home

MONITOR = Target("tokyo-1", "pc", "Example Net")
ROUTES = {"format": 1, "monitors": {"tokyo-1": {"class": "pc", "carrier": "Example Net"}}}
SLOWLY = """
import os, sys
from pathlib import Path
from meyasubako.receivers.imap import pull
from meyasubako.receivers.imap.server import Login
from meyasubako.receivers.imap.state import Account
from meyasubako.tables.home import Home
pull.BATCH_MAILS = 2
print("ready", flush=True)
pull.pull_once(
    Home.at(sys.argv[1]),
    Login(Account("127.0.0.1", int(sys.argv[2]), sys.argv[3], "INBOX"), os.environ["PASSWORD"], "none"),
    pull.Target("tokyo-1", "pc", None),
    pull.Rules(),
)
"""


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


def mail(number: int, size: int = 0) -> bytes:
    return b"From: a@shop.example\r\nSubject: mail %d\r\n\r\n%s\r\n" % (number, b"x" * size)


def login(server: Dovecot, *, tls: str = "none") -> Login:
    port = server.tls_port if tls == "implicit" else server.port
    return Login(Account("127.0.0.1", port, USER, "INBOX"), PASSWORD, tls, server.certificate)


def taken(folder: Path) -> list[Record]:
    """Every record of a spool, whose segments are removed as a committer does."""
    records: list[Record] = []
    for segment in free_segments(folder):
        records += segment.records()
        segment.remove()
    return records


def command(home: Path, server: Dovecot, *arguments: str, password: str = PASSWORD) -> list[str]:
    file = home / "password"
    file.write_text(password + "\n")
    words = [sys.executable, "-m", "meyasubako.cli", "imap", "127.0.0.1", "--user", USER, "--json"]
    return [*words, "--port", str(server.port), "--tls", "none", "--password-file", str(file), *arguments]


def run(
    home: Path, server: Dovecot, *arguments: str, password: str = PASSWORD
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(home, server, *arguments, password=password), capture_output=True, text=True, check=False
    )


def test_what_is_new_comes_once_and_nothing_changes_there(home: Path, server: Dovecot) -> None:
    at = datetime(2026, 3, 3, 9, 42, 7, tzinfo=UTC)
    server.append(mail(1), mail(2), at=at)
    place = Home.at(home)
    assert pull_once(place, login(server), MONITOR, Rules()) == Pulled(2)
    records = taken(place.spool)
    assert [record.raw for record in records] == [mail(1), mail(2)]
    envelope = records[0].envelope
    assert datetime.fromisoformat(envelope["received_at"]) == at
    assert (envelope["channel"], envelope["monitor"], envelope["monitor_class"]) == (
        "monitor",
        "tokyo-1",
        "pc",
    )
    assert (envelope["received_at_source"], envelope["month"]) == ("boundary", "2026-03")
    assert envelope["arrival_id"][14] == "7"
    assert pull_once(place, login(server), MONITOR, Rules()) == Pulled(0)
    server.append(mail(3))
    assert pull_once(place, login(server), MONITOR, Rules()) == Pulled(1)
    assert [record.raw for record in taken(place.spool)] == [mail(3)]
    assert server.uids() == [1, 2, 3]
    assert server.seen() == []


def test_the_id_of_a_mail_is_made_from_where_it_lies() -> None:
    account = Account("imap.example", 993, USER, "INBOX")
    at = datetime(2026, 3, 3, tzinfo=UTC)
    ids = {arrival_id(account, 1, uid, at) for uid in range(1, 1_000)}
    assert len(ids) == 999
    assert arrival_id(account, 1, 1, at) == arrival_id(account, 1, 1, at)
    assert arrival_id(account, 2, 1, at) not in ids


def test_reports_go_to_their_own_spool(home: Path, server: Dovecot) -> None:
    server.append(mail(1))
    place = Home.at(home)
    assert pull_once(place, login(server), Target(None), Rules()).taken == 1
    assert taken(place.spool) == []
    assert [record.envelope["channel"] for record in taken(place.report_spool)] == ["report"]


def test_killed_at_any_moment_nothing_comes_twice_and_nothing_is_lost(home: Path, server: Dovecot) -> None:
    server.append(*(mail(number, 2_000) for number in range(1, 61)))
    place = Home.at(home)
    chosen = random.Random(4)
    got: list[Record] = []
    kills = 0
    for _ in range(12):
        child = subprocess.Popen(
            [sys.executable, "-c", SLOWLY, str(home), str(server.port), USER],
            stdout=subprocess.PIPE,
            env={**os.environ, "PASSWORD": PASSWORD},
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        try:
            child.wait(timeout=chosen.uniform(0.01, 0.1))
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
            child.wait()
            kills += 1
        child.stdout.close()
        if chosen.random() < 0.5:
            got += taken(place.spool)
        if child.returncode == 0:
            break
    pull_once(place, login(server), MONITOR, Rules())
    got += taken(place.spool)
    assert sorted(record.raw for record in got) == sorted(mail(number, 2_000) for number in range(1, 61))
    assert len({record.envelope["arrival_id"] for record in got}) == 60
    assert kills >= 1


def test_a_mailbox_numbered_anew_is_not_taken_again(home: Path, server: Dovecot) -> None:
    server.append(mail(1), mail(2), mail(3))
    place = Home.at(home)
    pull_once(place, login(server), MONITOR, Rules())
    server.number_anew()
    server.append(mail(4))
    assert pull_once(place, login(server), MONITOR, Rules()) == Pulled(1, known=3, numbered_anew=True)
    assert [record.raw for record in taken(place.spool)] == [mail(number) for number in (1, 2, 3, 4)]
    assert pull_once(place, login(server), MONITOR, Rules()) == Pulled(0)


def test_what_is_old_and_safe_is_deleted_when_told_and_nothing_else(home: Path, server: Dovecot) -> None:
    server.append(mail(1), at=datetime.now(UTC) - timedelta(days=10))
    server.append(mail(2, 4_000), at=datetime.now(UTC) - timedelta(days=10))
    server.append(mail(3))
    with server.client() as client:
        client.uid("STORE", "3", "+FLAGS", r"(\Deleted)")  # somebody else's mark is not ours to carry out
    place = Home.at(home)
    rules = Rules(most_bytes=2_000, delete_after=timedelta(days=5))
    assert pull_once(place, login(server), MONITOR, rules) == Pulled(2, too_large=1, deleted=1)
    assert server.uids() == [2, 3]
    assert len(taken(place.spool)) == 2


def test_what_is_safe_is_moved_when_told(home: Path, server: Dovecot) -> None:
    server.append(mail(1), mail(2))
    place = Home.at(home)
    assert pull_once(place, login(server), MONITOR, Rules(move_to="Done")) == Pulled(2, moved=2)
    assert (server.uids(), len(server.uids("Done"))) == ([], 2)


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_with_tls_the_server_must_be_who_it_says(home: Path, server: Dovecot, tls: str) -> None:
    server.append(mail(1))
    place = Home.at(home)
    assert pull_once(place, login(server, tls=tls), MONITOR, Rules()).taken == 1
    stranger = Login(login(server, tls=tls).account, PASSWORD, tls)
    with pytest.raises(UnavailableError, match="certificate"):
        pull_once(place, stranger, MONITOR, Rules())


def test_a_large_mailbox_comes_in_batches(
    home: Path, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meyasubako.receivers.imap.pull.BATCH_BYTES", 100_000)
    server.append(*(mail(number, 30_000) for number in range(10)))
    place = Home.at(home)
    assert pull_once(place, login(server), MONITOR, Rules()).taken == 10
    segments = sorted(place.spool.glob("*.segment"))
    assert [segment.name[-16:-8] for segment in segments] == ["00000001", "00000002", "00000003", "00000004"]
    assert len(taken(place.spool)) == 10


def test_the_command_says_what_it_did_and_why_it_could_not(home: Path, server: Dovecot) -> None:
    (home / "routes.json").write_text(json.dumps(ROUTES))
    server.append(mail(1))
    done = run(home, server, "--monitor", "tokyo-1")
    assert (done.returncode, json.loads(done.stdout)["taken"]) == (0, 1)
    wrong = run(home, server, "--monitor", "tokyo-1", password="wrong")
    assert (wrong.returncode, wrong.stdout) == (5, "")
    assert "refuses the login" in wrong.stderr
    assert "wrong" not in wrong.stderr.replace("refuses", "")


def test_watching_takes_mail_as_it_comes_and_ends_when_told(home: Path, server: Dovecot) -> None:
    child = subprocess.Popen(
        command(home, server, "--report", "--watch", "--every", "60"), stdout=subprocess.PIPE, text=True
    )
    place = Home.at(home)
    try:
        for number in (1, 2):
            server.append(mail(number))
            deadline = time.monotonic() + 20
            while not list(place.report_spool.glob("*.segment")) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert [record.raw for record in taken(place.report_spool)] == [mail(number)]
    finally:
        child.send_signal(signal.SIGTERM)
        out, _ = child.communicate(timeout=20)
    assert (child.returncode, json.loads(out)["taken"]) == (0, 2)

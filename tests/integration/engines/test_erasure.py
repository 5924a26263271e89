"""Erasure on real tables: nothing of the mail is left anywhere, everything that was counted still is."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from plain_analysis import PlainEngine, arrival, arrival_rows, evidence_rows, mails, observe_plainly, raw_mail

from meyasubako.cli.erase import command
from meyasubako.cli.explain import command as explain
from meyasubako.engines.blanking import blank_erased
from meyasubako.engines.erasure import erase, sha256_of
from meyasubako.engines.figures import figures
from meyasubako.engines.follower import Follower, follow_once
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.engines.upkeep import keep_up
from meyasubako.errors import UsageError
from meyasubako.tables import ARRIVALS_LAYOUT, DNS_ANSWERS_LAYOUT, EVIDENCE_LAYOUT, Home
from meyasubako.tables.bytes import EvidenceReader, Found
from meyasubako.tables.compaction import compact
from meyasubako.tables.leases import reading
from meyasubako.tables.seal_checks import check_proof, prove, verify_seals
from meyasubako.tables.table import Table
from meyasubako.tables.tombstones import Tombstones
from meyasubako.tables.unique import ArchiveWriter

NOW = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
MARK = b"3|JP|ja|64496"
SHA256 = hashlib.sha256(MARK).hexdigest()
PERSONAL = "hanako@victim.example"
ROUNDS = 4


class NamingEngine(PlainEngine):
    """Says in every personal column whose mail it was."""

    def analyse(self, batches: Any) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = observe_plainly(batch).to_pylist()
            for row, raw in zip(rows, batch.column("raw").to_pylist(), strict=True):
                if raw:
                    row |= dict.fromkeys(("origin_helo", "from_address", "from_name", "subject"), PERSONAL)
                    row["links"] = [{"url": f"https://{PERSONAL}/", "domain": "victim.example"}]
                    row["fingerprint"] = PERSONAL.encode()
            yield pa.RecordBatch.from_pylist(rows, schema=OBSERVATIONS_LAYOUT.schema)


@pytest.fixture
def engine() -> Iterator[NamingEngine]:
    engine = NamingEngine()
    yield engine
    engine.close()


def fill(home: Home, commits: int, rows: int, *, start: int = 0) -> None:
    for number in range(start, start + commits):
        batch, raws = mails(number * rows, (number + 1) * rows)
        named = [
            {**row, "envelope_to": PERSONAL, "helo": PERSONAL, "client_ip": "192.0.2.1"}
            for row in batch.to_pylist()
        ]
        Table.open(home, EVIDENCE_LAYOUT).append(raws)
        Table.open(home, ARRIVALS_LAYOUT).append(arrival_rows(named))


def rows(home: Home, layout: Any, sha256: str = SHA256) -> list[dict[str, Any]]:
    found = pa.Table.from_batches(Table.open(home, layout).scan(), layout.schema).to_pylist()
    return [row for row in found if row["sha256"] == sha256]


def assert_gone(home: Home) -> None:
    """No live row says anything of the mail, and no file on the disk holds its bytes."""
    assert {row["raw"] for row in rows(home, EVIDENCE_LAYOUT)} == {None}
    for row in (*rows(home, ARRIVALS_LAYOUT), *rows(home, OBSERVATIONS_LAYOUT)):
        assert PERSONAL not in str(row)
        assert row.get("client_ip") is None
    for folder in ("evidence", "arrivals", "observations"):
        for path in (home.path / "tables" / folder).glob("*.parquet"):
            table = pa.parquet.read_table(path).to_pylist()
            assert [
                row for row in table if row["sha256"] == SHA256 and (row.get("raw") or PERSONAL in str(row))
            ] == []


def test_nothing_of_the_mail_is_left_and_the_figures_stay(home: Home, engine: NamingEngine) -> None:
    fill(home, 3, 10)
    follow_once(home, engine)
    Table.open(home, ARRIVALS_LAYOUT).append(
        arrival_rows([{**arrival(MARK, monitor_class="mobile"), "helo": PERSONAL}])
    )
    follow_once(home, engine)
    compact(home, Table.open(home, EVIDENCE_LAYOUT))
    before, sealed = figures(home, engine), verify_seals(home)
    done = erase(home, sha256=SHA256.upper(), reason="asked by the person", by="account:7", now=NOW)
    assert done.rows == {"evidence": 1, "arrivals": 2, "observations": 2}
    assert done.waiting == 0
    assert_gone(home)
    assert {row["defects"][0]["code"] for row in rows(home, OBSERVATIONS_LAYOUT)} == {"erased"}
    assert {row["country"] for row in rows(home, OBSERVATIONS_LAYOUT)} == {"JP"}
    assert len(rows(home, OBSERVATIONS_LAYOUT, hashlib.sha256(raw_mail(4)).hexdigest())) == 1
    counted = ("reports", "monitors", "countries", "networks", "findings")
    for from_observations in (False, True):
        after = figures(home, engine, from_observations=from_observations)
        assert [{name: month[name] for name in counted} for month in after] == [
            {name: month[name] for name in counted} for month in before
        ]
    assert verify_seals(home) == sealed
    assert check_proof(prove(home, rows(home, ARRIVALS_LAYOUT)[0]["arrival_id"]))
    with reading(home):
        assert EvidenceReader(home).find(SHA256) == Found(None, len(MARK))
    tombstones = Tombstones(home)
    tombstones.refresh()
    assert tombstones.find(SHA256) == done.tombstone
    assert follow_once(home, engine).observed == 0


def test_erasing_again_changes_nothing(home: Home, engine: NamingEngine) -> None:
    fill(home, 1, 10)
    follow_once(home, engine)
    first = erase(home, sha256=SHA256, reason="first", by="a", now=NOW)
    again = erase(home, sha256=SHA256, reason="second", by="b", now=NOW + timedelta(days=1))
    assert again.tombstone == first.tombstone
    assert set(again.rows.values()) == {0}


def test_the_same_bytes_again_are_counted_and_not_kept(home: Home, engine: NamingEngine) -> None:
    fill(home, 1, 10)
    follow_once(home, engine)
    erase(home, sha256=SHA256, reason="asked", by="account:7", now=NOW)
    (home.path / "indexes" / "evidence-sha256.json").unlink(missing_ok=True)
    writer = ArchiveWriter(home)
    other = arrival(MARK, monitor_class="mobile")
    assert writer.append(arrival_rows([other]), evidence_rows([MARK])).taken.tolist() == [True]
    forced = Tombstones(home).obey(evidence_rows([MARK, raw_mail(77)]))
    assert forced.column("raw").to_pylist() == [None, raw_mail(77)]
    assert follow_once(home, engine).observed == 1
    assert_gone(home)
    assert len(rows(home, OBSERVATIONS_LAYOUT)) == 2
    assert verify_seals(home).difference is None


def test_answers_of_the_dns_go_too(home: Home, engine: NamingEngine) -> None:
    fill(home, 1, 5)
    ids = [
        rows(home, ARRIVALS_LAYOUT, hashlib.sha256(raw_mail(n)).hexdigest())[0]["arrival_id"] for n in (3, 4)
    ]
    answers = [
        {
            "arrival_id": one,
            "name": "victim.example",
            "type": "TXT",
            "rcode": "NOERROR",
            "records": [],
            "asked_at": NOW,
        }
        for one in ids
    ]
    table = Table.open(home, DNS_ANSWERS_LAYOUT)
    table.append(pa.RecordBatch.from_pylist(answers, schema=DNS_ANSWERS_LAYOUT.schema))
    follow_once(home, engine)
    assert erase(home, sha256=SHA256, reason="asked", by="a", now=NOW).rows["dns_answers"] == 1
    table.refresh()
    assert [row for batch in table.scan() for row in batch.column("arrival_id").to_pylist()] == [ids[1]]


def test_files_wait_for_a_follower_that_lags(home: Home, engine: NamingEngine) -> None:
    fill(home, 1, 10)
    done = erase(home, sha256=SHA256, reason="asked", by="a", now=NOW)
    assert (done.rows["evidence"], done.rows["arrivals"], done.rows["observations"]) == (1, 1, 0)
    assert done.waiting == 1
    assert follow_once(home, engine).observed == 10
    keep_up(home, grace=3600)
    assert_gone(home)


def test_files_that_upkeep_made_do_not_wait(home: Home, engine: NamingEngine) -> None:
    fill(home, 3, 10)
    follow_once(home, engine)
    keep_up(home)
    assert erase(home, sha256=SHA256, reason="asked", by="a", now=NOW).waiting == 0
    assert_gone(home)
    fill(home, 1, 10, start=5)
    assert follow_once(home, engine).observed == 10
    assert verify_seals(home).difference is None


def test_files_wait_for_readers(home: Home, engine: NamingEngine) -> None:
    fill(home, 1, 10)
    follow_once(home, engine)
    with reading(home):
        assert erase(home, sha256=SHA256, reason="asked", by="a", now=NOW, wait=0.05).waiting >= 1
    keep_up(home, grace=3600)
    assert_gone(home)


def test_a_mail_in_the_hands_of_the_follower_is_blanked(home: Home) -> None:
    fill(home, 1, 10)

    class SlowEngine(NamingEngine):
        def analyse(self, batches: Any) -> Iterator[pa.RecordBatch]:
            for seen in super().analyse(batches):
                erase(home, sha256=SHA256, reason="asked", by="a", now=NOW, wait=0)
                yield seen

    Follower(home, SlowEngine()).step()
    keep_up(home, grace=3600)
    assert_gone(home)


def test_it_works_beside_a_follower_and_compactions(home: Home, engine: NamingEngine) -> None:
    fill(home, 2, 20)
    follow_once(home, engine)
    stop = threading.Event()

    def compacting() -> None:
        while not stop.is_set():
            for layout in (EVIDENCE_LAYOUT, ARRIVALS_LAYOUT, OBSERVATIONS_LAYOUT):
                compact(home, Table.open(home, layout))

    def following() -> None:
        own, number = NamingEngine(), 2
        try:
            while not stop.is_set():
                fill(home, 1, 20, start=number)
                number += 1
                follow_once(home, own)
        finally:
            own.close()

    with ThreadPoolExecutor(2) as pool:
        beside = [pool.submit(compacting), pool.submit(following)]
        try:
            hashes = [hashlib.sha256(raw_mail(number)).hexdigest() for number in range(8)]
            for sha256 in hashes:
                erase(home, sha256=sha256, reason="asked", by="a", now=NOW, wait=0.5)
        finally:
            stop.set()
        assert [one.result() for one in beside] == [None, None]
    keep_up(home, grace=3600)
    follow_once(home, engine)
    assert_gone(home)
    for sha256 in hashes:
        assert [row["raw"] for row in rows(home, EVIDENCE_LAYOUT, sha256)] == [None]
    seen = pa.Table.from_batches(Table.open(home, OBSERVATIONS_LAYOUT).scan())["arrival_id"].to_pylist()
    kept = pa.Table.from_batches(Table.open(home, ARRIVALS_LAYOUT).scan())["arrival_id"].to_pylist()
    assert sorted(seen) == sorted(kept)
    assert len(set(seen)) == len(seen)
    assert verify_seals(home).difference is None


def test_killed_anywhere_the_next_upkeep_finishes(home: Home, engine: NamingEngine) -> None:
    fill(home, 2, 400)
    follow_once(home, engine)
    before = figures(home, engine)
    chance = random.Random(4)
    for _ in range(ROUNDS):
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "meyasubako.cli",
                "erase",
                "--sha256",
                SHA256,
                "--reason",
                "r",
                "--by",
                "b",
            ],
            env={**os.environ, "MEYASU_HOME": str(home.path)},
            stdout=subprocess.DEVNULL,
        )
        while process.poll() is None and Tombstones(home).refresh() < 1:
            time.sleep(0.01)
        time.sleep(chance.random() * 0.3)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert verify_seals(home).difference is None
        assert figures(home, engine)[0]["countries"] == before[0]["countries"]
    tombstones = Tombstones(home)
    if tombstones.refresh() < 0:
        erase(home, sha256=SHA256, reason="r", by="b", now=NOW)
    keep_up(home, grace=3600)
    assert_gone(home)
    assert set(blank_erased(home).values()) == {0}


def test_what_cannot_be_erased(home: Home, engine: NamingEngine) -> None:
    fill(home, 1, 4)
    for wrong in ({"sha256": "0" * 64}, {"sha256": SHA256, "reason": " "}, {"sha256": SHA256, "by": ""}):
        with pytest.raises(UsageError):
            erase(home, **{"reason": "r", "by": "b", "now": NOW, **wrong})  # type: ignore[arg-type]
    assert Tombstones(home).refresh() == -1
    with pytest.raises(UsageError, match="is no arrival"):
        sha256_of(home, "nothing")


def test_the_verb(
    home: Home, engine: NamingEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MEYASU_HOME", str(home.path))
    fill(home, 1, 10)
    follow_once(home, engine)
    arrival_id = rows(home, ARRIVALS_LAYOUT)[0]["arrival_id"]
    with pytest.raises(UsageError, match="one of"):
        command(reason="r", by="b")
    command(arrival=arrival_id, reason="asked", by="b")
    assert "evidence 1, arrivals 1, observations 1" in capsys.readouterr().out
    command(sha256=SHA256, reason="asked", by="b", as_json=True)
    assert f'"sha256": "{SHA256}"' in capsys.readouterr().out
    assert_gone(home)
    assert Path(home.table("tombstones")).is_dir()


def test_a_mail_explained_says_that_it_was_erased_here(
    home: Home,
    engine: NamingEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MEYASU_HOME", str(home.path))
    raw = b"From: a@example.com\r\nSubject: one\r\n\r\nHello.\r\n"
    path = tmp_path / "one.eml"
    path.write_bytes(raw)
    Table.open(home, EVIDENCE_LAYOUT).append(evidence_rows([raw]))
    erase(home, sha256=hashlib.sha256(raw).hexdigest(), reason="asked", by="account:7", now=NOW)
    explain([path], as_json=True)
    assert json.loads(capsys.readouterr().out)["erased"] == {
        "at": "2026-02-03T04:05:00+00:00",
        "reason": "asked",
        "by": "account:7",
    }
    explain([path])
    assert "account:7" in capsys.readouterr().out

"""Seals over real tables: whole after everything lawful, and naming the row after everything else."""

from __future__ import annotations

import json
import random
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

import plain_analysis
import pyarrow as pa
import pytest
from plain_analysis import PlainEngine, mails

from meyasubako.cli.seals import Action, command
from meyasubako.engines.follower import follow_once
from meyasubako.engines.upkeep import keep_up
from meyasubako.errors import StorageError, UsageError
from meyasubako.tables import ARRIVALS_LAYOUT, EVIDENCE_LAYOUT, Home
from meyasubako.tables.compaction import compact, vacuum
from meyasubako.tables.seal_checks import check_proof, prove, verify_seals
from meyasubako.tables.seal_heads import KEY_FILE, check_head, publish_head, signed_head
from meyasubako.tables.seals import SEALER_APP, SEALS_LAYOUT, Sealer
from meyasubako.tables.table import AppTransaction, Table

ROUNDS = 3
NOW = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)


def fill(home: Home, commits: int, rows: int, *, start: int = 0) -> list[str]:
    ids: list[str] = []
    for number in range(start, start + commits):
        batch, raws = mails(number * rows, (number + 1) * rows)
        Table.open(home, EVIDENCE_LAYOUT).append(raws)
        Table.open(home, ARRIVALS_LAYOUT).append(batch)
        ids += batch.column("arrival_id").to_pylist()
    return ids


def rewrite(home: Home, layout: Any, change: Any) -> None:
    """Somebody who may write alters a table behind everybody's back."""
    table = Table.open(home, layout)
    rows = pa.Table.from_batches(table.scan(), layout.schema).to_pylist()
    files = table.write(pa.RecordBatch.from_pylist(change(rows), schema=layout.schema))
    names = [file.path.rpartition("/")[2] for file in table.files()]
    number = (table.transaction_version("rewrite") or 0) + 1
    assert table.replace(names, files, AppTransaction("rewrite", number))


@pytest.fixture
def sealed(home: Home, engine: PlainEngine) -> list[str]:
    ids = fill(home, 3, 20)
    follow_once(home, engine)
    return ids


def test_each_commit_gets_one_seal(home: Home, sealed: list[str]) -> None:
    found = verify_seals(home)
    assert found[:3] == (3, 60, 0)
    assert found.difference is None
    assert found.head.arrivals_version == 3
    fill(home, 2, 5, start=100)
    assert verify_seals(home)[:3] == (3, 60, 10)
    assert Sealer(home).keep() == 10
    assert Sealer(home).keep() == 0
    assert verify_seals(home)[:3] == (5, 70, 0)


def test_seals_survive_compaction_and_vacuum(home: Home, engine: PlainEngine, sealed: list[str]) -> None:
    fill(home, 3, 20, start=50)
    follow_once(home, engine)
    before = verify_seals(home)
    keep_up(home, grace=0)
    assert len(Table.open(home, ARRIVALS_LAYOUT).files()) == 1
    assert verify_seals(home) == before
    fill(home, 1, 20, start=90)
    follow_once(home, engine)
    assert verify_seals(home)[:3] == (7, 140, 0)


def test_vacuum_stays_behind_the_sealer(home: Home, engine: PlainEngine, sealed: list[str]) -> None:
    fill(home, 2, 20, start=50)
    arrivals = Table.open(home, ARRIVALS_LAYOUT)
    compact(home, arrivals)
    keep_up(home, grace=0)
    assert Sealer(home).keep() == 40
    assert verify_seals(home)[:3] == (5, 100, 0)


def test_a_home_older_than_its_seals_is_sealed_whole(home: Home) -> None:
    ids = fill(home, 3, 20)
    arrivals = Table.open(home, ARRIVALS_LAYOUT)
    compact(home, arrivals)
    vacuum(home, arrivals, grace=0)
    assert Sealer(home).keep() == 60
    assert verify_seals(home)[:3] == (1, 60, 0)
    assert check_proof(prove(home, ids[7]))


def test_commits_lost_later_are_an_error(home: Home, sealed: list[str]) -> None:
    fill(home, 2, 20, start=50)
    arrivals = Table.open(home, ARRIVALS_LAYOUT)
    compact(home, arrivals)
    vacuum(home, arrivals, grace=0)
    with pytest.raises(StorageError, match="cannot be read again"):
        Sealer(home).keep()


def test_two_sealers_at_once_seal_once(home: Home, sealed: list[str]) -> None:
    fill(home, 1, 20, start=50)
    slow = Sealer(home)
    slow._arrivals.refresh()
    commits = list(slow._commits())
    Sealer(home).keep()
    with pytest.raises(StorageError, match="another sealer"):
        slow._seal(iter(commits), 4)
    assert verify_seals(home)[:3] == (4, 80, 0)


def changed(rows: list[dict[str, Any]], **values: Any) -> list[dict[str, Any]]:
    return [{**row, **(values if place == 7 else {})} for place, row in enumerate(rows)]


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("row changed", lambda rows: changed(rows, sha256="0" * 64)),
        ("row changed", lambda rows: changed(rows, received_at=NOW)),
        ("row missing", lambda rows: [*rows[:7], *rows[8:]]),
        (
            "row added",
            lambda rows: [*rows, {**rows[7], "arrival_id": "0190b5a0-0000-7000-8000-000000000000"}],
        ),
        ("row added", lambda rows: [*rows, rows[7]]),
    ],
)
def test_a_row_that_differs_is_named(home: Home, sealed: list[str], what: str, change: Any) -> None:
    rewrite(home, ARRIVALS_LAYOUT, change)
    difference = verify_seals(home).difference
    assert difference is not None
    assert difference.what == what
    wanted = "0190b5a0-0000-7000-8000-000000000000"
    assert difference.arrival_id in (sealed[7], wanted)
    if what != "row added":
        assert (difference.sequence, difference.arrivals_version) == (1, 1)


def test_what_is_not_sealed_may_change(home: Home, sealed: list[str]) -> None:
    rewrite(home, ARRIVALS_LAYOUT, lambda rows: changed(rows, envelope_to=None, helo="other.example"))
    assert verify_seals(home).difference is None


@pytest.mark.parametrize(
    ("what", "place", "change"),
    [
        ("chain", 2, lambda rows: [rows[0], rows[2]]),
        ("chain", 1, lambda rows: [{**rows[0], "root": "ab" * 32}, *rows[1:]]),
        ("chain", 1, lambda rows: [{**rows[0], "rows": 21}, *rows[1:]]),
        ("row missing", 1, lambda rows: [{**rows[0], "ids": ["gone", *rows[0]["ids"][1:]]}, *rows[1:]]),
    ],
)
def test_a_chain_that_was_altered_is_broken(
    home: Home, sealed: list[str], what: str, place: int, change: Any
) -> None:
    rewrite(home, SEALS_LAYOUT, change)
    difference = verify_seals(home).difference
    assert difference is not None
    assert difference.what == what
    assert difference.sequence == (3 if place == 2 else place)


def test_a_chain_made_anew_differs_from_the_head_held_outside(home: Home, sealed: list[str]) -> None:
    held = check_head(signed_head(home, now=NOW))
    assert verify_seals(home, anchored=[held]).difference is None
    rewrite(home, ARRIVALS_LAYOUT, lambda rows: changed(rows, sha256="0" * 64))
    rewrite(home, SEALS_LAYOUT, lambda _rows: [])
    table = Table.open(home, SEALS_LAYOUT)
    assert table.transaction_version(SEALER_APP) == 3
    sealer = Sealer(home)
    sealer._arrivals.refresh()
    sealer.table.append((), transaction=AppTransaction("forger", 1))
    sealer._seal(sealer._everything(), 4)
    assert verify_seals(home).difference is None
    difference = verify_seals(home, anchored=[held]).difference
    assert difference is not None
    assert difference.what in {"head", "chain"}


def test_a_proof_holds_for_its_arrival_alone(home: Home, engine: PlainEngine, sealed: list[str]) -> None:
    head = signed_head(home, now=NOW)["head"]
    for arrival_id in (sealed[0], sealed[33], sealed[59]):
        proof = json.loads(json.dumps(prove(home, arrival_id)))
        assert proof["head"] == head
        assert check_proof(proof)
        for name, value in (
            ("sha256", "0" * 64),
            ("received_at", 1),
            ("arrival_id", sealed[1]),
            ("head", "0" * 64),
        ):
            assert not check_proof({**proof, name: value})
        assert not check_proof({**proof, "path": proof["path"][1:]})
        assert not check_proof({**proof, "links": []})
    assert not check_proof({})
    with pytest.raises(UsageError, match="under no seal"):
        prove(home, "unknown")


def test_the_key_is_made_once_for_its_owner_alone(home: Home, sealed: list[str]) -> None:
    first, second = signed_head(home, now=NOW), signed_head(home, now=NOW)
    assert first == second
    assert stat.S_IMODE((home.path / KEY_FILE).stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="does not hold"):
        check_head({**first, "head": "0" * 64})
    with pytest.raises(UsageError, match="another key"):
        check_head(first, key="AAAA")
    published = publish_head(home, now=NOW)
    assert published.name == "2026-02-03.json"
    assert check_head(json.loads(published.read_text())).sequence == 3
    (home.path / KEY_FILE).write_text("no key")
    with pytest.raises(StorageError, match="cannot be read"):
        signed_head(home, now=NOW)


def test_a_follower_killed_anywhere_seals_each_commit_once(home: Home, engine: PlainEngine) -> None:
    chance = random.Random(11)
    for number in range(ROUNDS):
        fill(home, 3, 300, start=3 * number)
        process = subprocess.Popen([sys.executable, plain_analysis.__file__, str(home.path)])
        sealed, before = Table.open(home, SEALS_LAYOUT), verify_seals(home).seals
        while process.poll() is None and not sealed.count() - before and chance.random() > 0.002:
            time.sleep(0.01)
            sealed.refresh()
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert verify_seals(home).difference is None
    follow_once(home, engine)
    assert verify_seals(home)[:3] == (3 * ROUNDS, 900 * ROUNDS, 0)


def test_the_verb(
    home: Home, sealed: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MEYASU_HOME", str(home.path))
    command(Action.HEAD)
    held = home.path / "held.json"
    held.write_text(capsys.readouterr().out)
    command(Action.VERIFY, anchored=[held])
    assert "everything is as it was sealed" in capsys.readouterr().out
    command(Action.PROVE, sealed[3])
    proof = home.path / "proof.json"
    proof.write_text(capsys.readouterr().out)
    command(Action.CHECK, str(proof), anchored=[held])
    assert "the proof holds" in capsys.readouterr().out
    proof.write_text(json.dumps({**json.loads(proof.read_text()), "index": 0}))
    with pytest.raises(Exception, match="3"):
        command(Action.CHECK, str(proof))
    capsys.readouterr()
    rewrite(home, ARRIVALS_LAYOUT, lambda rows: rows[1:])
    with pytest.raises(Exception, match="3"):
        command(Action.VERIFY, as_json=True)
    assert json.loads(capsys.readouterr().out)["difference"]["what"] == "row missing"
    with pytest.raises(UsageError, match="ARRIVAL_ID"):
        command(Action.PROVE)

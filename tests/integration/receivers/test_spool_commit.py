"""From the spool to the tables: what shares a commit, what the tables keep of it for ever, and asking the DNS before."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from meyasubako.analysis.context import ContextSpec
from meyasubako.engines.follower import OBSERVATIONS_LAYOUT, follow_once
from meyasubako.engines.local import LocalEngine
from meyasubako.errors import StorageError
from meyasubako.origin import load_trust
from meyasubako.receivers.capturing import SenderCapture
from meyasubako.receivers.commit import commit_forever, spool_commit
from meyasubako.receivers.spool import Spool
from meyasubako.sample import generate
from meyasubako.sample.resolver import SampleResolver
from meyasubako.tables.home import Home
from meyasubako.tables.schema import ARRIVALS_LAYOUT, DNS_ANSWERS, DNS_ANSWERS_LAYOUT, EVIDENCE_LAYOUT
from meyasubako.tables.table import Table
from meyasubako.tables.unique import ArchiveWriter


def envelope(arrival_id: str) -> dict[str, object]:
    return {
        "arrival_id": arrival_id,
        "received_at": "2026-05-01T00:00:00.000001+00:00",
        "received_at_source": "clock",
        "month": "2026-05",
        "channel": "monitor",
    }


def spooled(home: Home, segments: int) -> None:
    """So many segments of one writer, three mails each."""
    with Spool(home.spool) as spool:
        for segment in range(segments):
            for number in range(3):
                spool.accept(envelope(f"{segment}-{number}"), b"mail %d\r\n" % number).result(10)
            spool.rotate()


def entries(home: Home) -> list[list[dict[str, dict[str, object]]]]:
    """The actions of each version of ``arrivals``."""
    folder = Table.open(home, ARRIVALS_LAYOUT).log
    return [
        [json.loads(line) for line in path.read_bytes().splitlines()]
        for path in sorted(folder.glob("*.json"))
    ]


def test_segments_share_a_commit_and_the_table_remembers_one_number_a_writer(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    for _ in range(3):
        spooled(home, 40)
        with closing(ArchiveWriter(home)) as writer:
            assert spool_commit(home, writer) == (40, 120, 0)
    versions = entries(home)[1:]
    assert len(versions) == 3
    remembered = [action["txn"] for version in versions for action in version if "txn" in action]
    assert len({txn["appId"] for txn in remembered}) == 3
    assert [txn["version"] for txn in remembered] == [40, 40, 40]
    assert Table.open(home, ARRIVALS_LAYOUT).count() == 360
    assert Table.open(home, EVIDENCE_LAYOUT).count() == 3
    assert list(home.spool.iterdir()) == []


def test_some_of_a_batch_come_back_and_are_dropped_the_rest_is_taken(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    spooled(home, 5)
    held = {path: path.read_bytes() for path in sorted(home.spool.iterdir())}
    late = list(held)[3:]
    for path in late:
        path.unlink()
    with closing(ArchiveWriter(home)) as writer:
        assert spool_commit(home, writer) == (3, 9, 0)
        for path, content in held.items():
            path.write_bytes(content)
        assert spool_commit(home, writer) == (2, 6, 0)
    assert Table.open(home, ARRIVALS_LAYOUT).count() == 15


def test_the_dns_is_asked_before_and_once_though_the_arrivals_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home.at(tmp_path)
    spooled(home, 2)
    asked: list[str] = []

    def capture(arrivals: pa.RecordBatch, raws: Sequence[bytes]) -> pa.RecordBatch:
        assert Table.open(home, ARRIVALS_LAYOUT).count() == 0
        ids = arrivals.column("arrival_id").to_pylist()
        asked.extend(ids)
        assert len(raws) == len(ids)
        moment = datetime(2026, 5, 1, tzinfo=UTC)
        rows = [
            {"arrival_id": one, "name": "example.com", "type": "TXT", "rcode": "NOERROR", "records": [], "ttl": 60,
             "asked_at": moment, "resolver": "192.0.2.53"}
            for one in ids
        ]  # fmt: skip
        return pa.RecordBatch.from_pylist(rows, schema=DNS_ANSWERS)

    with closing(ArchiveWriter(home)) as writer:
        with monkeypatch.context() as broken:

            def refuse(*_: object, **__: object) -> None:
                raise StorageError("arrivals", "No space left on device")

            broken.setattr(writer.arrivals, "append", refuse)
            with pytest.raises(StorageError):
                spool_commit(home, writer, capture)
        assert spool_commit(home, writer, capture) == (2, 6, 0)
    assert len(asked) == 6
    assert Table.open(home, DNS_ANSWERS_LAYOUT).count() == 6
    assert Table.open(home, ARRIVALS_LAYOUT).count() == 6


def test_a_refusing_disk_is_tried_again_until_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home.at(tmp_path)
    spooled(home, 1)
    monkeypatch.setattr("meyasubako.receivers.commit.PAUSE_AFTER_FAILURE", 0.05)
    real, tries = Table.append, []

    def failing(self: Table, *rest: object, **named: object) -> object:
        tries.append(self.name)
        if len(tries) < 4:
            raise StorageError(self.name, "No space left on device")
        return real(self, *rest, **named)

    monkeypatch.setattr(Table, "append", failing)
    stop = threading.Event()
    threading.Timer(1.0, stop.set).start()
    assert commit_forever(home, stop, every=0.05).mails == 3
    assert list(home.spool.iterdir()) == []


def test_a_deep_spool_is_not_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home.at(tmp_path)
    spooled(home, 4)
    monkeypatch.setattr("meyasubako.receivers.commit.ASKED_ROWS", 3)
    monkeypatch.setattr(
        "meyasubako.receivers.commit.ASK_BELOW", sum(f.stat().st_size for f in home.spool.iterdir()) * 3 // 5
    )
    asked: list[int] = []

    def capture(arrivals: pa.RecordBatch, _raws: Sequence[bytes]) -> pa.RecordBatch:
        asked.append(arrivals.num_rows)
        return pa.RecordBatch.from_pylist([], schema=DNS_ANSWERS)

    with closing(ArchiveWriter(home)) as writer:
        assert spool_commit(home, writer, capture) == (4, 12, 0)
    assert asked == [3, 3]
    assert Table.open(home, ARRIVALS_LAYOUT).count() == 12


def test_mails_of_the_spool_are_authenticated_by_what_the_dns_said_at_receipt(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    sample = list(generate(5, 60, "2009-01..2009-01"))
    with Spool(home.spool) as spool:
        for number, mail in enumerate(sample):
            spool.accept(envelope(f"01920000-0000-7000-8000-{number:012d}"), mail.raw).result(10)
    trust = load_trust(None)
    with (
        closing(ArchiveWriter(home)) as writer,
        SenderCapture.of_resolver(trust, SampleResolver(), "sample") as capture,
    ):
        assert spool_commit(home, writer, capture).mails == len(sample)
    with closing(LocalEngine(ContextSpec.of_home(home.path))) as engine:
        assert follow_once(home, engine).observed == len(sample)
    observed = [row for batch in Table.open(home, OBSERVATIONS_LAYOUT).scan() for row in batch.to_pylist()]
    assert {row["auth_reason"] for row in observed} == {"dns-captured"}
    assert len({row["auth_dmarc"] for row in observed}) > 1

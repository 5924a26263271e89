"""Evidence that is written while its mails pass by: once, synced, without what was erased meanwhile."""

from __future__ import annotations

import hashlib
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meyasubako.errors import StorageError
from meyasubako.tables import evidence as room
from meyasubako.tables import files
from meyasubako.tables.evidence import EvidenceWriter
from meyasubako.tables.home import Home
from meyasubako.tables.schema import EVIDENCE, EVIDENCE_LAYOUT
from meyasubako.tables.table import Table
from meyasubako.tables.tombstones import Tombstone, Tombstones

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path)


def rows(first: int, last: int) -> pa.RecordBatch:
    raws = [b"Subject: %d\n\n" % number for number in range(first, last)]
    digests = [hashlib.sha256(raw).hexdigest() for raw in raws]
    columns = {"sha256": digests, "raw": raws, "size": list(map(len, raws)), "first_seen": [NOW] * len(raws)}
    return pa.RecordBatch.from_pydict(columns, schema=EVIDENCE)


def held(home: Home) -> dict[str, bytes | None]:
    """What the table holds; each hash once."""
    found = [row for batch in Table.open(home, EVIDENCE_LAYOUT).scan() for row in batch.to_pylist()]
    assert len({row["sha256"] for row in found}) == len(found)
    return {row["sha256"]: row["raw"] for row in found}


def expected(first: int, last: int) -> dict[str, bytes | None]:
    return {row["sha256"]: row["raw"] for row in rows(first, last).to_pylist()}


def data_files(home: Home) -> int:
    return len(list(Path(home.table("evidence")).glob("part-*")))


def test_a_draft_is_in_the_table_when_it_is_committed(home: Home) -> None:
    with closing(EvidenceWriter(home)) as writer:
        draft = writer.draft()
        draft.write(rows(0, 5))
        draft.write(rows(3, 8))
        assert held(home) == {}
        assert draft.commit() == 8
        assert held(home) == expected(0, 8)
        assert data_files(home) == 1


def test_what_another_draft_brings_is_left_to_it(home: Home) -> None:
    with closing(EvidenceWriter(home)) as writer:
        first, second = writer.draft(), writer.draft()
        first.write(rows(0, 5))
        second.write(rows(0, 6))
        assert (first.commit(), second.commit()) == (5, 1)
    with closing(EvidenceWriter(home)) as writer:
        third = writer.draft()
        third.write(rows(0, 7))
        assert third.commit() == 1
    assert held(home) == expected(0, 7)


def test_what_another_process_committed_is_left_out_of_the_next_draft(home: Home) -> None:
    with closing(EvidenceWriter(home)) as writer, closing(EvidenceWriter(home)) as other:
        draft = writer.draft()
        draft.write(rows(0, 2))
        theirs = other.draft()
        theirs.write(rows(2, 4))
        theirs.commit()
        draft.commit()
        after = writer.draft()
        after.write(rows(0, 5))
        assert after.commit() == 1
    assert held(home) == expected(0, 5)


def test_a_draft_that_is_discarded_leaves_nothing_and_may_be_tried_again(home: Home) -> None:
    with closing(EvidenceWriter(home)) as writer:
        draft = writer.draft()
        draft.write(rows(0, 5))
        draft.discard()
        assert data_files(home) == 0
        again = writer.draft()
        again.write(rows(0, 5))
        assert again.commit() == 5


def test_bytes_erased_while_they_are_drafted_are_not_kept(home: Home) -> None:
    gone = rows(1, 2).column("sha256")[0].as_py()
    with closing(EvidenceWriter(home)) as writer:
        draft = writer.draft()
        draft.write(rows(0, 3))
        Tombstones(home).add(Tombstone(gone, NOW, "asked for", "test", None))
        draft.write(rows(3, 4))
        assert draft.commit() == 4
    assert held(home) == {**expected(0, 4), gone: None}
    assert data_files(home) == 1
    with closing(EvidenceWriter(home)) as writer:
        late = writer.draft()
        late.write(rows(0, 4))
        assert late.commit() == 0


def test_a_disk_that_refuses_is_an_error_and_nothing_is_left(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> None:
        raise OSError(28, "No space left on device")

    with closing(EvidenceWriter(home)) as writer:
        draft = writer.draft()
        draft.write(rows(0, 3))
        with monkeypatch.context() as patch:
            patch.setattr(room, "sync_folder", refuse)
            with pytest.raises(StorageError, match="No space"):
                draft.commit()
        assert data_files(home) == 0
        again = writer.draft()
        again.write(rows(0, 3))
        assert again.commit() == 3


def test_a_file_has_row_groups_of_its_layout_however_small_the_pieces(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(EvidenceWriter(home)) as writer:
        for held in (files.HELD_BYTES, 1_000):
            monkeypatch.setattr(files, "HELD_BYTES", held)
            first = 0 if held > 1_000 else 5_000
            draft = writer.draft()
            for start in range(first, first + 2_400, 100):
                draft.write(rows(start, start + 100))
            assert draft.commit() == 2_400
    found = sorted(
        (pq.ParquetFile(path).metadata for path in Path(home.table("evidence")).glob("part-*")),
        key=lambda metadata: metadata.num_row_groups,
    )
    groups = [[one.row_group(place).num_rows for place in range(one.num_row_groups)] for one in found]
    assert groups == [[1_000, 1_000, 400], [100] * 24]

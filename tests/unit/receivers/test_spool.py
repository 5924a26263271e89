"""The spool's segments: what was answered for is read back, a torn tail is not, damage is noticed."""

from __future__ import annotations

import errno
import os
import threading
import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.errors import StorageError
from meyasubako.receivers.spool import Record, SegmentWriter, Spool, framed, free_segments, payload_of

HEAD = 32
WRITER = uuid.UUID(int=7)

RECORDS = [
    Record({"arrival_id": str(number), "helo": "ホスト"}, b"mail %d\r\n" % number * 9) for number in range(5)
]


def encoded(record: Record) -> bytes:
    return framed(payload_of(*record), 0)


def written(folder: Path, records: list[Record] = RECORDS) -> Path:
    writer = SegmentWriter(folder, WRITER, 1)
    writer.append([payload_of(*record) for record in records])
    writer.sync()
    writer.close()
    return writer.path


def read(folder: Path) -> tuple[list[Record], bool]:
    records: list[Record] = []
    damaged = False
    for segment in free_segments(folder):
        records += segment.records()
        damaged |= segment.damaged
    return records, damaged


def test_what_was_written_is_read(tmp_path: Path) -> None:
    written(tmp_path)
    assert read(tmp_path) == (RECORDS, False)


def test_a_segment_in_writing_is_nobody_elses(tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, WRITER, 1)
    writer.append([payload_of(*record) for record in RECORDS])
    assert list(free_segments(tmp_path)) == []
    writer.close()
    assert read(tmp_path)[0] == RECORDS


def test_an_empty_segment_goes_with_its_writer(tmp_path: Path) -> None:
    SegmentWriter(tmp_path, WRITER, 1).close()
    assert list(tmp_path.iterdir()) == []


def test_torn_at_any_byte_the_whole_records_before_it_are_read(tmp_path: Path) -> None:
    path = written(tmp_path)
    content = path.read_bytes()
    ends = [HEAD]
    for record in RECORDS:
        ends.append(ends[-1] + len(encoded(record)))
    for length in range(len(content)):
        path.write_bytes(content[:length])
        whole = sum(1 for end in ends[1:] if end <= length)
        assert read(tmp_path) == (RECORDS[:whole], False)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_flipped_bits_lose_their_record_alone_and_are_noticed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    path = written(folder)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(HEAD, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    records, damaged = read(folder)
    assert len(records) == len(RECORDS) - 1
    assert all(record in RECORDS for record in records)
    assert damaged == (RECORDS[-1] in records)


def test_a_damaged_segment_is_put_aside_not_removed(tmp_path: Path) -> None:
    path = written(tmp_path)
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    for segment in free_segments(tmp_path):
        assert len(list(segment.records())) == len(RECORDS) - 1
        segment.remove()
    assert [file.suffix for file in tmp_path.iterdir()] == [".damaged"]


def test_a_record_inside_a_mail_never_passes_for_one(tmp_path: Path) -> None:
    forged = encoded(Record({"arrival_id": "forged"}, b"evil"))
    path = written(tmp_path, [Record({"arrival_id": "1"}, b"x" + forged + forged)])
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    assert read(tmp_path) == ([], False)


def test_every_answer_comes_after_a_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = []
    real = os.fdatasync

    def note(descriptor: int) -> None:
        real(descriptor)
        synced.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr(os, "fdatasync", note)
    with Spool(tmp_path) as spool:
        spool.accept(*RECORDS[0]).result(10)
        assert synced[-1] == HEAD + len(encoded(RECORDS[0]))


def test_many_threads_share_syncs_and_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    syncs = 0
    real = os.fdatasync

    def count(descriptor: int) -> None:
        nonlocal syncs
        syncs += 1
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", count)
    with Spool(tmp_path) as spool:

        def send(thread: int) -> None:
            answers = [spool.accept({"arrival_id": f"{thread}-{number}"}, b"raw") for number in range(200)]
            for answer in answers:
                answer.result(10)

        threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    records, damaged = read(tmp_path)
    assert sorted(record.envelope["arrival_id"] for record in records) == sorted(
        f"{thread}-{number}" for thread in range(8) for number in range(200)
    )
    assert not damaged
    assert syncs < 1_600


def test_a_full_disk_refuses_the_mail_and_spares_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    full = given = False

    def short(descriptor: int, data: memoryview) -> int:
        nonlocal given
        if full and given:
            raise OSError(errno.ENOSPC, "No space left on device")
        given = full
        return real(descriptor, data[:10] if full else data)

    monkeypatch.setattr(os, "write", short)
    with Spool(tmp_path) as spool:
        spool.accept(*RECORDS[0]).result(10)
        full = True
        with pytest.raises(StorageError, match="No space left"):
            spool.accept(*RECORDS[1]).result(10)
        full = False
        spool.accept(*RECORDS[2]).result(10)
    assert read(tmp_path) == ([RECORDS[0], RECORDS[2]], False)


def test_after_a_failed_sync_the_segment_takes_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Spool(tmp_path) as spool:
        spool.accept(*RECORDS[0]).result(10)
        with monkeypatch.context() as broken:

            def fail(_: int) -> None:
                raise OSError(errno.EIO, "Input/output error")

            broken.setattr(os, "fdatasync", fail)
            with pytest.raises(StorageError, match="cannot be synced"):
                spool.accept(*RECORDS[1]).result(10)
        spool.accept(*RECORDS[2]).result(10)
    assert len(list(tmp_path.glob("*.segment"))) == 2


def test_a_closed_spool_takes_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.close()
    with pytest.raises(StorageError, match="closed"):
        spool.accept({}, b"")


def test_rotation_frees_the_segment_for_the_commit(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        spool.accept(*RECORDS[0]).result(10)
        assert read(tmp_path)[0] == []
        spool.rotate()
        spool.accept(*RECORDS[1]).result(10)
        assert read(tmp_path)[0] == [RECORDS[0]]


def test_what_no_record_can_hold_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meyasubako.receivers.spool.LARGEST_PAYLOAD", 1_000)
    with Spool(tmp_path) as spool:
        with pytest.raises(ValueError, match="envelope"):
            spool.accept({"helo": b"bytes"}, b"")
        with pytest.raises(ValueError, match="more than a record holds"):
            spool.accept({}, b"x" * 1_000)
        spool.accept(*RECORDS[0]).result(10)
    assert read(tmp_path)[0] == [RECORDS[0]]


def test_a_mail_to_several_is_kept_once_and_read_for_each(tmp_path: Path) -> None:
    raw = b"x" * 10_000
    with Spool(tmp_path) as spool:
        spool.accept([{"arrival_id": "1"}, {"arrival_id": "2"}], raw).result(10)
    (path,) = tmp_path.iterdir()
    assert path.stat().st_size < 11_000
    assert read(tmp_path)[0] == [Record({"arrival_id": "1"}, raw), Record({"arrival_id": "2"}, raw)]


def test_segments_of_a_writer_stand_in_order_whatever_the_clock_did(tmp_path: Path) -> None:
    others = uuid.UUID(int=3)
    for number in (1, 2, 11):
        for writer in (WRITER, others):
            one = SegmentWriter(tmp_path, writer, number)
            one.append([payload_of(*RECORDS[0])])
            one.close()
            os.utime(one.path, (50 - number, 50 - number) if writer is WRITER else (45, 45))
    order = [(segment.writer, segment.number) for segment in free_segments(tmp_path)]
    assert order == [(WRITER, 1), (WRITER, 2), (WRITER, 11), (others, 1), (others, 2), (others, 11)]


def test_what_a_failed_sync_left_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Spool(tmp_path) as spool:
        spool.accept(*RECORDS[0]).result(10)
        with monkeypatch.context() as broken:

            def fail(_: int) -> None:
                raise OSError(errno.ENOSPC, "No space left on device")

            broken.setattr(os, "fdatasync", fail)
            with pytest.raises(StorageError):
                spool.accept(*RECORDS[1]).result(10)
    assert read(tmp_path) == ([RECORDS[0]], False)


def test_a_segment_that_cannot_be_begun_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with Spool(tmp_path) as spool:
        with monkeypatch.context() as broken:
            broken.setattr(os, "fdatasync", fail)
            with pytest.raises(StorageError, match="No space left"):
                spool.accept(*RECORDS[0]).result(10)
        assert list(tmp_path.iterdir()) == []
        spool.accept(*RECORDS[1]).result(10)
    assert read(tmp_path)[0] == [RECORDS[1]]


def test_the_spool_outlives_a_segment_that_cannot_be_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Spool(tmp_path) as spool:
        spool.accept(*RECORDS[0]).result(10)
        with monkeypatch.context() as broken:
            real = SegmentWriter.close

            def fail(writer: SegmentWriter) -> None:
                real(writer)
                raise OSError(errno.EIO, "Input/output error")

            broken.setattr(SegmentWriter, "close", fail)
            spool.rotate()
            spool.accept(*RECORDS[1]).result(10)
    assert read(tmp_path)[0] == RECORDS[:2]


def test_what_died_before_it_had_a_name_is_removed_in_time(tmp_path: Path) -> None:
    young, old = tmp_path / ".a.00000001.segment", tmp_path / ".b.00000001.segment"
    for path in (young, old):
        path.write_bytes(b"x" * HEAD)
    os.utime(old, (1_000_000_000, 1_000_000_000))
    Spool(tmp_path).close()
    assert list(tmp_path.iterdir()) == [young]
    assert read(tmp_path)[0] == []

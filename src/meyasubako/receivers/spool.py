"""The spool: where a live receiver lays a mail before it answers for it, and from where it goes to the tables.

A segment is a file of records under the home's ``spool`` folder, ``<writer>.<number>.segment``::

    segment  = "MEYASPL2" writer(16) number(8)     writer: UUID of one run of one process, number: from 1
    record   = "MREC" size(4) digest(8) payload(size)      numbers little-endian, digest: xxh3-64 of the payload,
                                                    seeded from writer and number, which no sender of a mail can know
    payload  = envelope-size(4) envelope raw               envelope: JSON, the columns of ``arrivals``; or a list of
                                                    them, for a mail that has several recipients

**Accept**: append, then one fdatasync for all that were appended meanwhile (group commit), then the answer. A
segment's name is on the disk before its first record is answered for. **Commit**: evidence, then arrivals with the
application transaction (writer, number), then the segment is removed: however often it is tried, it happens once. A
writer's segments are committed in their order, so that one transaction a run of a process is all that the table
keeps for ever, not one a segment.

What a power cut tears is the tail, and nobody was answered for it: it is left out. A bad record with good ones
behind it is something else, a damaged disk: the good ones are committed and the segment is put aside, not removed.
Who holds a segment's lock (flock) writes it; the lock of a dead writer is free.
"""

from __future__ import annotations

import errno
import fcntl
import itertools
import json
import logging
import math
import os
import struct
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import xxhash

from meyasubako.errors import StorageError
from meyasubako.tables.durable import sync_folder

SEGMENT_MAGIC = b"MEYASPL2"
RECORD_MAGIC = b"MREC"
SUFFIX = ".segment"
DAMAGED_SUFFIX = ".damaged"
SEGMENT_BYTES = 32 * 1024 * 1024
SEGMENT_RECORDS = 10_000
UNBORN_SECONDS = 60.0
"""Age at which a segment without a name belongs to nobody: it gets one within a sync."""
LARGEST_PAYLOAD = 256 * 1024 * 1024

_HEAD = struct.Struct("<4sIQ")
_SIZE = struct.Struct("<I")
_START = struct.Struct("<8s16sQ")

_log = logging.getLogger(__name__)

Envelope = dict[str, Any]


class Record(NamedTuple):
    """A mail accepted: the columns of its arrival (JSON values; times as ISO 8601) and its bytes."""

    envelope: Envelope
    raw: bytes


def _seed(writer: uuid.UUID, number: int) -> int:
    """Seed of a segment's digests: bytes inside a mail never pass for a record, whatever its sender writes."""
    return (writer.int & 0xFFFF_FFFF_FFFF_FFFF) ^ number


def payload_of(envelope: Envelope | Sequence[Envelope], raw: bytes) -> bytes:
    """The payload of a mail. Raises ValueError for an envelope that is no JSON, or more than a record holds."""
    try:
        said = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
    except (TypeError, UnicodeEncodeError) as error:
        raise ValueError(f"envelope: {error}") from error
    if _SIZE.size + len(said) + len(raw) > LARGEST_PAYLOAD:
        raise ValueError(f"a mail of {len(raw)} bytes is more than a record holds")
    return b"".join((_SIZE.pack(len(said)), said, raw))


def framed(payload: bytes, seed: int) -> bytes:
    """The record as it stands in a segment whose digests have this seed."""
    return _HEAD.pack(RECORD_MAGIC, len(payload), xxhash.xxh3_64_intdigest(payload, seed)) + payload


class SegmentWriter:
    """One open segment of one process. Not for two threads; :class:`Spool` is."""

    def __init__(self, folder: Path, writer: uuid.UUID, number: int) -> None:
        """Make a segment in the folder, its name and head on the disk, and lock it. Raises StorageError."""
        self.path = folder / f"{writer}.{number:08d}{SUFFIX}"
        self.records = 0
        self.size = _START.size
        self._safe = self.size, 0
        self._broken = False
        self._seed = _seed(writer, number)
        unnamed = folder / f".{self.path.name}"
        try:
            self._file = os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StorageError(str(self.path), error.strerror or str(error)) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            if os.write(self._file, _START.pack(SEGMENT_MAGIC, writer.bytes, number)) != _START.size:
                raise OSError(errno.ENOSPC, "No space left on device")
            os.fdatasync(self._file)
            unnamed.rename(self.path)  # locked before anybody can see it
            sync_folder(folder)
        except OSError as error:
            os.close(self._file)
            unnamed.unlink(missing_ok=True)
            self.path.unlink(missing_ok=True)
            raise StorageError(str(self.path), error.strerror or str(error)) from error

    @property
    def is_full(self) -> bool:
        """Whether it is time for another segment."""
        return self._broken or self.size >= SEGMENT_BYTES or self.records >= SEGMENT_RECORDS

    def append(self, payloads: list[bytes]) -> None:
        """Write records (of :func:`payload_of`) behind the others; they are safe only after :meth:`sync`.

        Raises StorageError when the disk refuses: none of these records is in the segment then.
        """
        data = memoryview(b"".join(framed(payload, self._seed) for payload in payloads))
        written = 0
        try:
            while written < len(data):
                written += os.write(self._file, data[written:])
        except OSError as error:
            self._take_back()
            raise StorageError(str(self.path), error.strerror or str(error)) from error
        self._safe = self.size, self.records
        self.size += written
        self.records += len(payloads)

    def _take_back(self) -> None:
        """Cut off what nobody is answered for; where not even that works, nothing more goes into this segment."""
        try:
            os.ftruncate(self._file, self.size)
            os.lseek(self._file, self.size, os.SEEK_SET)
        except OSError:
            self._broken = True

    def sync(self) -> None:
        """Everything appended is on the disk when this returns.

        After a failure the kernel may have dropped the pages and a second try would lie: the segment takes no
        more, and what was appended last is taken back. Raises StorageError.
        """
        try:
            os.fdatasync(self._file)
        except OSError as error:
            self.size, self.records = self._safe
            self._take_back()
            self._broken = True
            raise StorageError(str(self.path), f"cannot be synced: {error.strerror}") from error

    def close(self) -> None:
        """Let go of the segment: whoever commits may take it. An empty one is removed."""
        try:
            if not self.records:
                self.path.unlink(missing_ok=True)
        finally:
            os.close(self._file)


class Spool:
    """Takes records from any thread and answers when they are on the disk: one sync for all that wait.

    Use as a context manager; :meth:`close` waits for what is under way.
    """

    def __init__(self, folder: Path) -> None:
        """Write into this folder, which exists. The first segment is made with the first record."""
        remove_unborn(folder)
        self._folder = folder
        self._id = uuid.uuid4()
        self._numbers = itertools.count(1)
        self._waiting: list[tuple[bytes, Future[None]]] = []
        self._wake = threading.Condition()
        self._closed = False
        self._rotate = False
        self._writer: SegmentWriter | None = None
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def accept(self, envelope: Envelope | Sequence[Envelope], raw: bytes) -> Future[None]:
        """Lay a mail down. The future is done once it is on the disk, or raises the StorageError.

        Several envelopes are several arrivals of the mail, which are laid down together or not at all. Raises ValueError
        for an envelope that is no JSON or a mail too large for a record, StorageError when closed.
        """
        payload = payload_of(envelope, raw)
        answer: Future[None] = Future()
        with self._wake:
            if self._closed:
                raise StorageError(str(self._folder), "the spool is closed")
            self._waiting.append((payload, answer))
            self._wake.notify()
        return answer

    def rotate(self) -> None:
        """Let go of the present segment, so that it can be committed; the next record opens another."""
        with self._wake:
            self._rotate = True
            self._wake.notify()

    def close(self) -> None:
        """Finish what waits and let go of the segment."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._waiting or self._closed or self._rotate)
                group, self._waiting = self._waiting, []
                rotate, self._rotate = self._rotate, False
                closed = self._closed
            if rotate:
                self._let_go()
            if group:
                self._write(group)
            if closed or (self._writer is not None and self._writer.is_full):
                self._let_go()
            if closed and not self._waiting:
                return

    def _let_go(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            try:
                writer.close()
            except OSError as error:  # all that was answered for is synced already; the thread must live on
                _log.error("segment %s: %s", writer.path.name, error.strerror)

    def _write(self, group: list[tuple[bytes, Future[None]]]) -> None:
        try:
            if self._writer is None:
                self._writer = SegmentWriter(self._folder, self._id, next(self._numbers))
            self._writer.append([payload for payload, _ in group])
            self._writer.sync()
        except StorageError as error:
            for _, answer in group:
                answer.set_exception(error)
            return
        for _, answer in group:
            answer.set_result(None)


class Segment:
    """A segment whose writer has let go of it or died, locked for the one who commits it."""

    def __init__(self, path: Path, descriptor: int) -> None:
        """Use :func:`free_segments`."""
        self.path = path
        self.id = path.name.removesuffix(SUFFIX)
        writer, _, number = self.id.partition(".")
        self.writer, self.number = uuid.UUID(writer), int(number)
        self._seed = _seed(self.writer, self.number)
        self.damaged = False
        """Whether a bad record stood before a good one; known once :meth:`records` has ended."""
        self._descriptor = descriptor

    def records(self) -> Iterator[Record]:
        """Every whole record, in the order they were accepted; one for each envelope of a mail. Raises StorageError."""
        self.damaged = False
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise StorageError(str(self.path), error.strerror or str(error)) from error
        head = _START.size
        gap = not data.startswith(SEGMENT_MAGIC) and len(data) > head
        position = head
        while position < len(data):
            found = self._record_at(data, position)
            if found is not None:
                self.damaged |= gap
                gap = False
                envelopes, raw, position = found
                yield from (Record(envelope, raw) for envelope in envelopes)
            else:
                gap = True
                position = data.find(RECORD_MAGIC, position + 1)
                if position < 0:
                    return

    def _record_at(self, data: bytes, position: int) -> tuple[list[Envelope], bytes, int] | None:
        """Envelopes and mail of the record that begins here, and where it ends; None for none, or not the whole of it."""
        start = position + _HEAD.size
        if start > len(data):
            return None
        magic, size, digest = _HEAD.unpack_from(data, position)
        end = start + size
        if magic != RECORD_MAGIC or not _SIZE.size <= size <= LARGEST_PAYLOAD or end > len(data):
            return None
        if xxhash.xxh3_64_intdigest(memoryview(data)[start:end], self._seed) != digest:
            return None
        body = start + _SIZE.size + _SIZE.unpack_from(data, start)[0]
        if body > end:
            return None
        said = json.loads(data[start + _SIZE.size : body])
        return said if isinstance(said, list) else [said], data[body:end], end

    def remove(self) -> None:
        """Its records are in the tables: remove it, or put it aside where it was damaged."""
        if self.damaged:
            self.path.rename(self.path.with_suffix(DAMAGED_SUFFIX))
        else:
            self.path.unlink()
        sync_folder(self.path.parent)

    def release(self) -> None:
        """Let go of the lock."""
        os.close(self._descriptor)


def free_segments(folder: Path) -> Iterator[Segment]:
    """Segments that nobody writes or commits at present, each locked while it is yielded.

    The writer of the oldest comes first, and a writer's segments stand in their order.
    """
    for path in in_order(folder):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        segment = Segment(path, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.exists():  # another one may have committed it between listing and locking
                yield segment
        except BlockingIOError:
            continue
        finally:
            segment.release()


def remove_unborn(folder: Path) -> None:
    """Remove segments whose writer died before they had a name: nothing was ever in them."""
    for path in folder.glob(f".*{SUFFIX}"):
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > UNBORN_SECONDS:
                path.unlink()


def in_order(folder: Path) -> list[Path]:
    """The segments of a folder, by the age of their writers, then by number."""
    ages: dict[str, float] = {}
    paths = sorted(folder.glob(f"[!.]*{SUFFIX}"))
    for path in paths:
        writer = path.name.partition(".")[0]
        ages[writer] = min(_age(path), ages.get(writer, math.inf))
    return sorted(paths, key=lambda path: (ages[path.name.partition(".")[0]], path.name))


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0

"""The state of a mailbox: whatever step a process dies at, each batch is in the spool once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from meyasubako.errors import StorageError
from meyasubako.receivers.imap import pull, state
from meyasubako.receivers.imap.pull import Rules, Target, _batches
from meyasubako.receivers.imap.server import Fetched, Waiting, is_loopback
from meyasubako.receivers.imap.state import Account, PullState, digest_of
from meyasubako.receivers.spool import SegmentWriter, free_segments, payload_of
from meyasubako.tables.home import Home

ACCOUNT = Account("imap.example", 993, "decoy@decoy.example", "INBOX")


class DiedError(Exception):
    """The process ends here."""


def opened(home: Path) -> PullState:
    place = Home.at(home)
    return PullState(place, ACCOUNT, place.spool)


def take(pulling: PullState, uids: list[int]) -> None:
    raws = {uid: b"Subject: %d\r\n\r\n" % uid for uid in uids}
    pulling.take(
        [payload_of({"uid": uid}, raw) for uid, raw in raws.items()],
        [(uid, digest_of(raw)) for uid, raw in raws.items()],
        next_uid=uids[-1] + 1,
    )


def in_spool(home: Path) -> list[int]:
    return [record.envelope["uid"] for one in free_segments(Home.at(home).spool) for record in one.records()]


@pytest.mark.parametrize(
    ("owner", "step", "after"),
    [
        (SegmentWriter, "append", False),
        (SegmentWriter, "sync", False),
        (SegmentWriter, "sync", True),
        (PullState, "_note", False),
        (PullState, "_note", True),
        (PullState, "_save", False),
        (PullState, "_save", True),
        (PullState, "_finish", False),
        (PullState, "_finish", True),
    ],
)
def test_a_batch_counts_once_whatever_step_dies(
    home: Path, monkeypatch: pytest.MonkeyPatch, owner: type, step: str, after: bool
) -> None:
    pulling = opened(home)
    pulling.numbered_anew(7, 1)
    take(pulling, [1, 2])
    whole = getattr(owner, step)

    def dies(*arguments: Any, **named: Any) -> None:
        if after:
            whole(*arguments, **named)
        raise DiedError

    monkeypatch.setattr(owner, step, dies)
    with pytest.raises(DiedError):
        take(pulling, [3, 4])
    monkeypatch.undo()
    again = opened(home)
    assert again.progress.next_uid in (3, 5)
    if again.progress.next_uid == 3:
        take(again, [3, 4])
    take(again, [5])
    assert in_spool(home) == [1, 2, 3, 4, 5]
    assert opened(home).progress.taken == 5


def test_a_full_disk_takes_nothing_and_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulling = opened(home)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(state, "write_durably", full)
    with pytest.raises(StorageError, match="No space left"):
        take(pulling, [1])
    monkeypatch.undo()
    again = opened(home)
    assert (again.progress.next_uid, in_spool(home)) == (1, [])


def test_only_what_counts_is_known_by_its_bytes(home: Path) -> None:
    pulling = opened(home)
    pulling.numbered_anew(7, 3)
    assert not pulling.compares
    take(pulling, [1, 2])
    pulling._note([(3, digest_of(b"never counted"))])
    assert opened(home).known() == {digest_of(b"Subject: 1\r\n\r\n"), digest_of(b"Subject: 2\r\n\r\n")}
    pulling.numbered_anew(8, 3)
    assert (pulling.compares, pulling.progress.next_uid) == (True, 1)


def test_a_state_that_cannot_be_read_is_said(home: Path) -> None:
    opened(home).numbered_anew(7, 1)
    path = next((home / "imap").glob("*.json"))
    path.write_text("{")
    with pytest.raises(StorageError, match="cannot be read"):
        opened(home)
    path.write_text('{"format": 99}')
    with pytest.raises(StorageError, match="format"):
        opened(home)


def test_batches_bear_what_memory_bears() -> None:
    waiting = [Waiting(uid, size) for uid, size in enumerate([6, 6, 6, 900, 6], start=1)]
    batches = list(_batches(iter(waiting), 100))
    assert [[mail.uid for mail in batch] for batch in batches] == [[1, 2, 3, 4, 5]]


@pytest.mark.parametrize(
    ("host", "is_here"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("imap.example", False)]
)
def test_only_this_machine_is_trusted_without_tls(host: str, is_here: bool) -> None:
    assert is_loopback(host) is is_here


class Mailbox:
    """A server that hands out every mail but those numbered in ``withheld``, and deletes what it is told."""

    uidvalidity = 7

    def __init__(self, sizes: dict[int, int], withheld: frozenset[int] = frozenset()) -> None:
        self.sizes = sizes
        self.withheld = withheld
        self.uidnext = max(sizes) + 1

    def waiting(self, first_uid: int) -> Iterator[Waiting]:
        return (Waiting(uid, size) for uid, size in sorted(self.sizes.items()) if uid >= first_uid)

    def fetched(self, uids: Sequence[int]) -> list[Fetched]:
        return [Fetched(uid, None, b"Subject: %d\r\n\r\n" % uid) for uid in uids if uid not in self.withheld]

    def taken_before(self, _day: datetime, next_uid: int) -> list[int]:
        return [uid for uid in sorted(self.sizes) if uid < next_uid]

    def remove(self, uids: Sequence[int]) -> None:
        for uid in uids:
            del self.sizes[uid]


@pytest.mark.parametrize(
    ("sizes", "withheld"),
    [
        ({1: 10, 2: 10, 3: 10}, frozenset({2})),
        ({1: 10, 2: 10, 3: 10}, frozenset({3})),
        (dict.fromkeys(range(1, 1_301), 900), frozenset()),
    ],
)
def test_what_was_not_taken_is_never_deleted(
    home: Path, sizes: dict[int, int], withheld: frozenset[int]
) -> None:
    """A server that hands one mail out not now, and one with more large mails than anybody expects."""
    left = withheld or frozenset(sizes)
    server: Any = Mailbox(dict(sizes), withheld)
    rules = Rules(most_bytes=100, delete_after=timedelta(days=1))
    done = pull._Puller(Home.at(home), ACCOUNT, Target("decoy", "pc"), rules).pull(server)
    assert set(server.sizes) == left
    assert (done.taken, done.deleted) == (len(sizes) - len(left), len(sizes) - len(left))

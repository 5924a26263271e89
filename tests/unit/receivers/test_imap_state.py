"""The state of a mailbox: whatever step a process dies at, each batch is in the spool once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meyasubako.errors import StorageError
from meyasubako.receivers.imap import state
from meyasubako.receivers.imap.pull import _batches
from meyasubako.receivers.imap.server import Waiting, is_loopback
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

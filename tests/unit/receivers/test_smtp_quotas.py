"""Who may connect and send, and whether there is room: counts, rates and depths without sockets."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from meyasubako.receivers.smtp import admission
from meyasubako.receivers.smtp.admission import Admission, Quotas, source_of
from meyasubako.receivers.smtp.room import Depths, Room

A, B = source_of("192.0.2.1"), source_of("198.51.100.1")


@pytest.mark.parametrize(
    ("ip", "source"),
    [
        ("192.0.2.200", "192.0.2.0/24"),
        ("2001:db8:0:1:ffff::1", "2001:db8:0:1::/64"),
        ("127.0.0.1", None),
        ("::1", None),
        (None, None),
    ],
)
def test_a_source_is_a_network(ip: str | None, source: str | None) -> None:
    assert source_of(ip) == (None if source is None else ip_network(source))


def test_connections_in_all_and_of_a_source() -> None:
    who = Admission(Quotas(connections=4, connections_of_source=2))
    assert [who.enter(source) for source in (A, A, A, B, None, None)] == [
        True,
        True,
        False,
        True,
        True,
        False,
    ]
    who.leave(B)
    assert not who.enter(A)
    assert who.enter(None)
    who.leave(A)
    assert who.enter(A)


def test_mails_of_a_source_come_back_with_time() -> None:
    who = Admission(Quotas(mails_a_minute=60))
    assert [who.may_send(A, 0.0) for _ in range(61)] == [True] * 60 + [False]
    assert who.may_send(B, 0.0)
    assert who.may_send(None, 0.0)
    assert not who.may_send(A, 0.9)
    assert who.may_send(A, 1.1)
    assert not who.may_send(A, 1.2)
    assert [who.may_send(A, 600.0) for _ in range(61)] == [True] * 60 + [False]


def test_zero_is_no_limit() -> None:
    who = Admission(Quotas(0, 0, 0))
    assert all(who.enter(A) and who.may_send(A, 0.0) for _ in range(1_000))


def test_quiet_sources_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "_FORGET_AT", 10)
    who = Admission(Quotas(mails_a_minute=2))
    for number in range(100):
        assert who.may_send(source_of(f"10.0.{number}.1"), float(number * 10))
    assert len(who._allowances) <= 11


def test_room_is_what_the_spool_may_still_take(tmp_path: Path) -> None:
    room = Room((tmp_path,), Depths(spool_bytes=1_000, spool_files=2, disk_free=0, memory=10_000))
    assert room.is_there(999)
    assert not room.is_there(1_000)
    room.take(600)
    assert not room.is_there(500)
    room.refresh()
    assert room.is_there(500)
    (tmp_path / "a.segment").write_bytes(b"x" * 900)
    (tmp_path / "other").write_bytes(b"x" * 900)
    room.refresh()
    assert room.is_there(50)
    assert not room.is_there(200)
    (tmp_path / "b.segment").write_bytes(b"")
    room.refresh()
    assert not room.is_there(0)


def test_memory_and_a_free_reserve_count_too(tmp_path: Path) -> None:
    room = Room((tmp_path,), Depths(disk_free=0, memory=1_000))
    room.held = 900
    assert room.is_there(100)
    assert not room.is_there(101)
    room.held = 1_001
    assert room.is_memory_full
    assert not Room((tmp_path,), Depths(disk_free=1 << 62)).is_there(0)

"""The lazy trace behaves as the tuple of its fields, and reads a field only when it is asked for."""

from __future__ import annotations

import pytest

from meyasubako.mail import trace as module
from meyasubako.mail.received import parse_received
from meyasubako.mail.trace import Trace

VALUES = [
    b" from a.example ([192.0.2.1]) by b.example with ESMTP id 1; Tue, 24 Nov 2026 16:00:00 +0900",
    b" from c.example ([198.51.100.1]) by a.example with ESMTP id 2; Tue, 24 Nov 2026 15:59:00 +0900",
    b" by c.example; Tue, 24 Nov 2026 15:58:00 +0900",
]
READ = tuple(parse_received(value, index) for index, value in enumerate(VALUES))


def test_is_the_tuple_of_its_fields() -> None:
    trace = Trace(VALUES)
    assert tuple(trace) == READ
    assert trace == READ
    assert trace != READ[:2]
    assert trace != 3
    assert hash(trace) == hash(READ)
    assert repr(trace) == repr(READ)
    assert trace[1:] == READ[1:]
    assert Trace(VALUES)[-1] == READ[-1]
    with pytest.raises(IndexError):
        trace[3]


def test_reads_each_field_once_and_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    monkeypatch.setattr(
        module, "parse_received", lambda value, index: read.append(index) or parse_received(value, index)
    )
    trace = Trace(VALUES)
    assert len(trace) == 3
    assert read == []
    assert trace[1] is trace[1]
    assert read == [1]


def test_dates_are_read_without_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = Trace(VALUES)
    monkeypatch.setattr(module, "parse_received", None)
    assert [trace.date(place) for place in range(3)] == [hop.date for hop in READ]


def test_a_walk_asks_for_less(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Trace.of(READ)
    trace = Trace(VALUES)
    monkeypatch.setattr(module, "parse_received", None)
    for place, hop in enumerate(READ):
        assert trace.hop(place) == whole.hop(place) == hop[:5]
        assert trace.writer(place) == whole.writer(place) == hop.by
        assert hop.date is not None
        assert trace.seconds(place) == whole.seconds(place) == int(hop.date.timestamp())


@pytest.mark.parametrize("trace", [Trace(VALUES), Trace.of(READ)], ids=["as it came", "read before"])
def test_whether_any_is_later(trace: Trace) -> None:
    newest = trace.seconds(0)
    assert newest is not None
    assert trace.any_after(0, 3, newest - 1)
    assert not trace.any_after(0, 8, newest)
    assert not trace.any_after(1, 8, newest - 60)
    assert not trace.any_after(3, 8, 0)

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


def test_its_parts_are_for_who_wants_less() -> None:
    trace = Trace(VALUES)
    assert trace.parts() == (VALUES, [None, None, None])
    first = trace[0]
    assert trace.parts() == (VALUES, [first, None, None])
    assert Trace.of(READ).parts()[1] == list(READ)
    assert Trace.of(READ) == trace

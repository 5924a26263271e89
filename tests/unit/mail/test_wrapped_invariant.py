"""Any bytes are taken apart or held with a reason, in time linear in their number."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wrapped_invariant import check

from meyasubako.mail.wrapped import WrapLimits, unwrap

CORPUS = Path(__file__).resolve().parent.parent.parent / "corpus" / "wrapped"
SAMPLES = [path.read_bytes() for path in sorted(CORPUS.glob("*.eml"))]
TIGHT = WrapLimits(mails=2, depth=1, mail_bytes=800, total_bytes=5_000)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_answered(raw: bytes) -> None:
    check(raw, WrapLimits())


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=12)), max_size=4),
    st.booleans(),
)
def test_damaged_reports_are_answered(raw: bytes, damage: list[tuple[int, bytes]], tight: bool) -> None:
    data = bytearray(raw)
    for place, noise in damage:
        at = place % (len(data) + 1)
        data[at : at + len(noise)] = noise
    check(bytes(data), TIGHT if tight else WrapLimits())


LABELS = "From: a@example.jp\nDate: 2026/3/3 10:00\nSubject: x\n"
HOSTILE = {
    "heads of forwards": lambda size: f"Subject: Fwd: x\n\n{LABELS * (size // len(LABELS))}".encode(),
    "one field over and over": lambda size: b"Subject: Fwd: x\n\n" + b"From: a@b\n" * (size // 10),
    "announcing lines": lambda size: b"Subject: x\n\n" + b"-----Original Message-----\n" * (size // 27),
    "quotation signs": lambda size: b"Subject: x\n\n" + b">" * size,
    "open tags": lambda size: b"Subject: x\nContent-Type: text/html\n\n" + b"<p>" * (size // 3),
    "blank paragraphs": lambda size: b"Subject: x\nContent-Type: text/html\n\n" + b"<p> </p> " * (size // 9),
    "open comments": lambda size: b"Subject: x\nContent-Type: text/html\n\n" + b"<!--<style>" * (size // 11),
    "styles": lambda size: b"Subject: x\nContent-Type: text/html\n\n" + b"<STYLE></STYLE>" * (size // 15),
    "sources": lambda size: b"Subject: x\n\n" + b"Received: from a by b\n\n" * (size // 23),
    "quotes in addresses": lambda size: (
        b"Subject: x\n\nFrom: " + b'"<' * (size // 2) + b"\nDate: 1\nSubject: 2\n"
    ),
    "deep JSON": lambda size: (
        b"Subject: x\nContent-Type: application/json\n\n" + b'{"xarf_version":' * (size // 16)
    ),
    "colons": lambda size: b"Subject: x\n\n" + b"a:\n" * (size // 3),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_time_is_linear_in_the_size(name: str) -> None:
    small, large = 60_000, 480_000
    unwrap(HOSTILE[name](1_000))
    times = []
    for size in (small, large):
        raw = HOSTILE[name](size)
        started = time.process_time()
        unwrap(raw)
        times.append(time.process_time() - started)
    assert times[1] < max(times[0] * 8 * 4, 0.4), (
        f"{times[0]:.3f} s, then {times[1]:.3f} s for 8 times the size"
    )

"""The walk over a header says what patterns say of it, of every real mail and of any bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fields_oracle import split_by_patterns
from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.mail import Limits, split_fields

PIECES = [
    b"\n", b"\r\n", b"\r", b"\n\n", b"\r\n\r\n", b"\r\r\n", b" ", b"\t", b":", b": ", b" :", b"\0", b"\x7f", b"\xff", b"--b",
    b"From ", b">From ", b"From: a", b"TO:", b"Subject", b"x-a: b", b"X_1:", b"Received: from a", b"A", b"a b c", b"\xef\xbb\xbf",
    b"Content-Type: text/plain",
]  # fmt: skip
HEADS = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)


@pytest.mark.parametrize(
    "archive", ["spam-ham-2001-2002", "malformed-mime", "reports-and-bounces", "japanese"]
)
def test_both_agree_on_real_mails(
    archive: str, archive_mails: Callable[[str], Iterator[tuple[str, bytes]]]
) -> None:
    for path, raw in archive_mails(archive):
        fields, body, defects = split_fields(raw)
        assert (tuple(fields), body, defects) == split_by_patterns(raw, Limits(), 0, len(raw)), path


@settings(max_examples=500, deadline=None)
@given(
    HEADS,
    st.sampled_from([Limits(), Limits(header_bytes=40), Limits(header_fields=3), Limits(header_fields=0)]),
    st.integers(0, 20),
    st.integers(0, 20),
)
def test_both_agree_on_any_bytes(raw: bytes, limits: Limits, before: int, behind: int) -> None:
    first = min(before, len(raw))
    end = max(len(raw) - behind, first)
    for start in {0, first}:
        fields, body, defects = split_fields(raw, limits, start, end)
        assert (tuple(fields), body, defects) == split_by_patterns(raw, limits, start, end)
        names = {field.name.lower() for field in fields}
        for name in names | {"from", "to", "x", ""}:
            assert fields.values(name) == [one.value for one in fields if one.name.lower() == name]

"""Lists of addresses in their usual forms: read in one pass, they say what the reader of tokens says."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.mail.addresses import parse_addresses

BY_TOKENS = b"group:;, "
"""A list that begins with a group is read by tokens to its end."""

BLANKS = st.sampled_from([b"", b" ", b"  ", b"\t", b"\n ", b"\r\n\t"])
PHRASES = st.sampled_from(
    [b"", b"Name", b"Two  Names", b"Fold\n ed", b"a@b", b"=?utf-8?q?caf=C3=A9?=", b"x\x0by", b"\x01"]
)
QUOTED = st.sampled_from([b'""', b'"Name"', b'" A,  B "', b'"a@b <c>"', b'"(x)\n y"', b'"=?utf-8?b?44GC?="'])
SPECS = st.sampled_from([b"a@example.org", b"a.b+c@example.org", b"=?x?q?y?=@example.org", b"a@[192.0.2.1]"])
COMMENTS = st.sampled_from([b"", b"(Name)", b"( Two  Names\n here )", b"(=?utf-8?b?44GC?=)", b"()"])


@st.composite
def mailboxes(draw: st.DrawFn) -> bytes:
    """One mailbox in a usual form, with blanks and folds wherever they may stand."""
    blanks = [draw(BLANKS) for _ in range(4)]
    spec = draw(SPECS)
    if draw(st.booleans()):
        return b"".join((blanks[0], spec, blanks[1], draw(COMMENTS), blanks[2]))
    name = draw(st.one_of(PHRASES, QUOTED))
    return b"".join((blanks[0], name, blanks[1], b"<", blanks[2], spec, blanks[3], b">"))


@settings(deadline=None)
@given(st.lists(mailboxes(), min_size=2, max_size=4))
def test_both_readers_agree_on_lists(boxes: list[bytes]) -> None:
    value = b",".join(boxes)
    assert parse_addresses(value) == parse_addresses(BY_TOKENS + value)


PIECES = [
    b"a@example.org", b"Name ", b"<", b">", b'"', b"(", b")", b",", b";", b":", b"@", b"\\", b" ", b"\n ", b"\t", b"\x0b",
    b"=?utf-8?q?a?=", "あ".encode(), b"\x82\xa0", b"\x1b$B$\"\x1b(B",
]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join))
def test_both_readers_agree_on_anything(value: bytes) -> None:
    value = b"x@example.org, " + value + b", y@example.org"
    assert parse_addresses(value) == parse_addresses(BY_TOKENS + value)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (b" Two  Names <a@example.org>", ("Two  Names", "a@example.org")),
        (b' "Two  Names" <a@example.org>', ("Two  Names", "a@example.org")),
        (b" Two\n  Names  Here <a@example.org>", ("Two Names  Here", "a@example.org")),
        (b" Two  Names <a@example.org >", ("Two Names", "a@example.org")),
        (b" a@b  c <a@example.org>", ("a@b c", "a@example.org")),
        (b" a@example.org (Two  Names)", ("Two  Names", "a@example.org")),
        (b" a@example.org>", ("", "a@example.org")),
        ("Ä  B <a@example.org>".encode(), ("Ä  B", "a@example.org")),
        ("A <a@例え.jp>".encode(), ("A", "a@例え.jp")),
    ],
)
def test_blanks_inside_a_name(value: bytes, wanted: tuple[str, str]) -> None:
    assert parse_addresses(value)[0] == (wanted,)


@pytest.mark.parametrize("count", [999, 1000, 1001])
@pytest.mark.parametrize("end", [b"", b","])
def test_no_more_than_a_thousand(count: int, end: bytes) -> None:
    found, codes = parse_addresses(b", ".join([b"a@example.org"] * count) + end)
    assert len(found) == min(count, 1000)
    assert codes == ((("addresses-too-many", None),) if count > 1000 or (count == 1000 and end) else ())


@pytest.mark.parametrize(
    "unit",
    [
        b" ",
        b"a",
        b"a@",
        b"a@b ",
        b"a@b,",
        b"<",
        b"<a@b",
        b'"',
        b'"" ',
        b"(",
        b"a@b (",
        b"=?",
        b"x=?a?b?",
        b"\n ",
    ],
)
def test_linear_in_hostile_input(unit: bytes) -> None:
    value = unit * (400_000 // len(unit))
    started = time.process_time()
    parse_addresses(value)
    parse_addresses(value + b"@b (c) <")
    assert time.process_time() - started < 3

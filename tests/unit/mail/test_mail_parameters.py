"""``type; name=value`` fields as mailers break them; whatever they hold is read in linear time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.mail.parameters import parse_parameters

PIECES = st.sampled_from(
    [b"text/plain", b";", b" ", b"\t", b"\n ", b"\f", b"name=", b'"', b"\\", b"'", b"=", b" charset=utf-8", b"x*0*=", b"x*1=",
     b"utf-8''", b"%E3", b"=?utf-8?q?a?=", b"\xe3\x81\x82"]
)  # fmt: skip


@pytest.mark.parametrize(
    ("field", "parameters"),
    [
        (b'a/b; name = "c;d" ; x=1', {"name": "c;d", "x": "1"}),
        (b'a/b; name="c\\\\', {"name": "c\\"}),
        (b'a/b; name="c\\', {"name": "c"}),
        (b'a/b; name="c" d="e"', {"name": "c", "d": "e"}),
        (b"a/b; name='c' d=e", {"name": "c", "d": "e"}),
        (b"a/b; name='c'd", {"name": "c'd"}),
        (b"a/b; name='c;d'", {"name": "c"}),
        (b"a/b; x=1; x=2", {"x": "1"}),
        (b"a/b; name; x=1", {"x": "1"}),
        (b'a/b; "x"=1; y=2', {"y": "2"}),
        (b"a/b; " + b"n" * 101 + b"=1; y=2", {"y": "2"}),
        (b"a/b; name=c  filename \t=d type=e", {"name": "c", "filename": "d", "type": "e"}),
        (b"a/b; name=", {"name": ""}),
        (b"x=1;y=2", {"x": "1", "y": "2"}),
    ],
)
def test_broken_parameters(field: bytes, parameters: dict[str, str]) -> None:
    assert parse_parameters(field).parameters == parameters


def test_parameters_beyond_the_cap_are_left_out() -> None:
    read = parse_parameters(b"a/b" + b"".join(b"; n%d=x" % number for number in range(300)))
    assert len(read.parameters) == 200


@given(st.lists(PIECES, max_size=30).map(b"".join))
def test_any_bytes_are_read(field: bytes) -> None:
    read = parse_parameters(field)
    assert read.value == read.value.lower()
    assert all(";" not in name and "=" not in name for name in read.parameters)


@pytest.mark.parametrize(
    "piece",
    [b"a;", b"a=b", b'"', b"='", b'a="\\', b";", b"a='x ", b"a= name=", b"a=b name", b" ", b"=b ", b"n\t"],
)
def test_time_is_linear(piece: bytes) -> None:
    for field in (b"a/b;" + piece * 200_000 + b"x=y", b"a/b; x=y" + piece * 200_000 + b"x=y"):
        started = time.process_time()
        parse_parameters(field)
        assert time.process_time() - started < 2

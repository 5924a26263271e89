"""Authentication-Results as they are written, and what may be believed of them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.mail.fields import split_fields
from meyasubako.sender import Claim, claims
from meyasubako.sender.claims import read_results, without_comments


def read(raw: bytes, **how: object) -> tuple[Claim, ...]:
    return claims(split_fields(raw)[0], **how)  # type: ignore[arg-type]


def test_results_of_the_standard() -> None:
    """After the examples of RFC 8601 appendix B."""
    server, _, rows = read_results(
        b" example.com;\r\n auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n"
        b' spf=pass smtp.mailfrom=example.net; dkim=fail reason="bad; signature" header.d=example.net'
    )
    assert server == "example.com"
    assert rows == [
        ("auth", "pass", None, (("smtp.auth", "sender@example.net"),)),
        ("spf", "pass", None, (("smtp.mailfrom", "example.net"),)),
        ("dkim", "fail", "bad; signature", (("header.d", "example.net"),)),
    ]


@pytest.mark.parametrize(
    ("value", "server", "rows"),
    [
        (b" example.com 1; none", "example.com", []),
        (b" spf=fail (sender IP is 192.0.2.1) smtp.mailfrom=example.net;dkim=none", "", ["spf", "dkim"]),
        (
            b" foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One) = (wait) fail",
            "foo.example.net",
            [],
        ),
        (b"", "", []),
        (b" ;;;", "", []),
    ],
)
def test_odd_forms(value: bytes, server: str, rows: list[str]) -> None:
    found, _, said = read_results(value)
    assert found == server
    if rows:
        assert [row[0] for row in said] == rows


def test_trust_needs_the_name_and_the_place() -> None:
    raw = (
        b"Authentication-Results: mx.example.net; spf=fail\r\nReceived: by mx.example.net\r\n"
        b"Authentication-Results: mx.example.net; spf=pass\r\nAuthentication-Results: evil.example; dmarc=pass\r\n"
        b"ARC-Authentication-Results: i=1; mx.example.net; dkim=pass\r\n\r\n"
    )
    found = read(raw, trusted={"mx.example.net"}, boundary=1)
    assert [(one.method, one.result, one.trusted, one.instance) for one in found] == [
        ("spf", "fail", True, None),
        ("spf", "pass", False, None),
        ("dmarc", "pass", False, None),
        ("dkim", "pass", False, 1),
    ]
    assert not any(one.trusted for one in read(raw))


def test_comments_nest_and_quotes_hide_them() -> None:
    assert without_comments('a (b (c) d) "(e)" f)') == 'a "(e)" f'
    assert without_comments("a (never closed") == "a"


@pytest.mark.parametrize("piece", [b"(", b'"', b'"\\', b"a=", b";", b"a.b=c ", b"\\"])
def test_hostile_values_take_linear_time(piece: bytes) -> None:
    started = time.process_time()
    read_results(piece * (200_000 // len(piece)))
    assert time.process_time() - started < 1.0


@given(st.binary(max_size=500))
def test_any_bytes_are_read_without_raising(value: bytes) -> None:
    server, _, rows = read_results(value, chained=True)
    assert isinstance(server, str)
    assert len(rows) <= 200

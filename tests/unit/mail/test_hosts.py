"""Addresses in text against the standard library's reading of the same text, and hosts as fields name them."""

from __future__ import annotations

import time
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.mail.hosts import canonical_ip, client_of, host_of, number

PIECES = st.sampled_from(["0", "1", "ab", "FFFF", "0001", "12345", "", "g", "255", "1.2.3.4", "01.2.3.4"])
NEARLY = st.lists(PIECES, max_size=10).map(":".join) | st.lists(PIECES, max_size=5).map(".".join)
ADDRESSES = st.ip_addresses().map(lambda ip: ip.exploded) | st.ip_addresses(v=6).map(str)


@given(NEARLY | ADDRESSES | st.text(max_size=20))
def test_says_what_the_standard_library_says(text: str) -> None:
    try:
        address = ip_address(text)
    except ValueError:
        assert number(text) == (0, 0)
        assert canonical_ip(text) is None
        return
    if "%" in text:
        return
    assert number(text) == (address.version, int(address))
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    assert canonical_ip(text) == str(mapped or address)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.256", None),
        ("192.0.2.01", None),
        ("192.0.2.1%4", None),
        ("2001:DB8::0:1", "2001:db8::1"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::192.0.2.1", "::c000:201"),
        ("fe80::1%eth0", "fe80::1"),
        ("fe80::1%", None),
        ("fe80::1%a%b", None),
        ("12:30:45", None),
        ("\u0661.2.3.4", None),
        ("", None),
    ],
)
def test_canonical_addresses(text: str, expected: str | None) -> None:
    assert canonical_ip(text) == expected


@pytest.mark.parametrize(
    ("word", "host"),
    [
        (b"mx.example.", "mx.example"),
        (b"[192.0.2.1]", "192.0.2.1"),
        (b"[IPv6:2001:DB8::1]", "2001:db8::1"),
        (b"[192.0.2.1]:25", "192.0.2.1"),
        (b"192.0.2.1.dyn.example", "192.0.2.1.dyn.example"),
        (b"[x]", "[x]"),
        (b"..", None),
        (b"", None),
    ],
)
def test_hosts(word: bytes, host: str | None) -> None:
    assert host_of(word, 0, len(word)) == host


@pytest.mark.parametrize(
    ("rest", "client"),
    [
        (b" (r.example [192.0.2.1])", ("192.0.2.1", "w.example", "r.example")),
        (b" (u@r.example [192.0.2.1])", ("192.0.2.1", "w.example", "r.example")),
        (b" (HELO h.example) (192.0.2.1)", ("192.0.2.1", "h.example", "w.example")),
        (b" (192.0.2.1:25)", ("192.0.2.1", "w.example", None)),
        (b" ([192.0.2.1:2525])", ("192.0.2.1", "w.example", None)),
        (b" ([fe80::1%4])", ("fe80::1", "w.example", None)),
        (b" (" + b"a" * 255 + b" [192.0.2.1])", ("192.0.2.1", "w.example", "a" * 255)),
        (b" (" + b"a" * 256 + b" [192.0.2.1])", ("192.0.2.1", "w.example", None)),
        (b"", (None, "w.example", None)),
    ],
)
def test_clients(rest: bytes, client: tuple[str | None, str | None, str | None]) -> None:
    data = b"w.example" + rest
    assert client_of(data, 0, 9, len(data), False) == client


@pytest.mark.parametrize("unit", [b"(", b"(a@", b"[1.", b"[IPv6:", b"helo=", b"(a ", b":"])
def test_linear_in_hostile_input(unit: bytes) -> None:
    data = unit * (1_000_000 // len(unit))
    start = time.process_time()
    client_of(data, 0, 0, len(data), False)
    assert time.process_time() - start < 1.0


def test_the_ends_of_both_families() -> None:
    for ip in (IPv4Address(0), IPv4Address(2**32 - 1), IPv6Address(0), IPv6Address(2**128 - 1)):
        assert number(str(ip)) == (ip.version, int(ip))
    assert canonical_ip("1::2::3") is None

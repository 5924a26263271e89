"""PROXY headers of both versions: read whole or not at all, whatever comes."""

from __future__ import annotations

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.receivers.smtp.proxy import SIGNATURE, Proxied, ProxyError, read_proxy


def binary(command: int, family: int, body: bytes) -> bytes:
    return SIGNATURE + struct.pack(">BBH", command, family, len(body)) + body


V4 = bytes([192, 0, 2, 7, 198, 51, 100, 1]) + struct.pack(">HH", 4711, 25)
V6 = (
    ipaddress.ip_address("2001:db8::7").packed
    + ipaddress.ip_address("2001:db8::1").packed
    + struct.pack(">HH", 1, 2)
)
MAPPED = ipaddress.ip_address("::ffff:192.0.2.7").packed * 2 + struct.pack(">HH", 4711, 25)


@pytest.mark.parametrize(
    ("header", "ip", "port"),
    [
        (b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 25\r\n", "192.0.2.7", 4711),
        (b"PROXY TCP6 2001:db8::7 2001:db8::1 1 25\r\n", "2001:db8::7", 1),
        (b"PROXY TCP6 ::ffff:192.0.2.7 ::1 1 25\r\n", "192.0.2.7", 1),
        (b"PROXY UNKNOWN\r\n", None, None),
        (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", None, None),
        (binary(0x21, 0x11, V4), "192.0.2.7", 4711),
        (binary(0x21, 0x11, V4 + b"\x04\x00\x01x"), "192.0.2.7", 4711),
        (binary(0x21, 0x21, V6), "2001:db8::7", 1),
        (binary(0x21, 0x21, MAPPED), "192.0.2.7", 4711),
        (binary(0x20, 0x00, b""), None, None),
        (binary(0x21, 0x31, b"x" * 216), None, None),
    ],
)
def test_headers(header: bytes, ip: str | None, port: int | None) -> None:
    assert read_proxy(header + b"EHLO x\r\n") == Proxied(ip, port, len(header))
    for end in range(len(header)):
        assert read_proxy(header[:end]) is None


@pytest.mark.parametrize(
    "header",
    [
        b"EHLO x\r\n",
        b"PROXY TCP4 2001:db8::7 2001:db8::1 1 25\r\n",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 99999 25\r\n",
        b"PROXY TCP4 192.0.2.7\r\n",
        b"PROXY \r\n",
        b"PROXY TCP4 999.0.2.7 198.51.100.1 1 25\r\n",
        b"PROXY TCP4 " + b"1" * 120,
        binary(0x31, 0x11, V4),
        binary(0x22, 0x11, V4),
        binary(0x21, 0x11, V4[:-1]),
        binary(0x21, 0x11, b"x" * 5_000),
    ],
)
def test_what_is_none(header: bytes) -> None:
    with pytest.raises(ProxyError):
        read_proxy(header)


@given(st.binary(max_size=80), st.sampled_from([b"", b"PROXY ", SIGNATURE, SIGNATURE + b"\x21\x11\x00\x0c"]))
def test_any_bytes_are_a_header_or_none(data: bytes, start: bytes) -> None:
    try:
        header = read_proxy(start + data)
    except ProxyError:
        return
    assert header is None or header.size <= len(start + data)

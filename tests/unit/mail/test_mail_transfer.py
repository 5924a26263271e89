"""Base64 as it stands in mails: broken into lines anywhere, with and without its padding, with foreign bytes."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meyasubako.mail.transfer import decode_base64, encoding_name


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.integers(1, 90), st.sampled_from([b"\n", b"\r\n", b" ", b"\t\n"]))
def test_what_was_encoded_comes_back(data: bytes, width: int, end: bytes) -> None:
    signs = base64.b64encode(data)
    lines = end.join(signs[at : at + width] for at in range(0, len(signs), width)) + end
    assert decode_base64(lines) == (data, ())


@given(st.binary(min_size=1, max_size=50), st.binary(min_size=1, max_size=3), st.integers(0, 60))
def test_foreign_bytes_are_left_out(data: bytes, foreign: bytes, at: int) -> None:
    foreign = bytes(byte | 128 for byte in foreign)
    signs = base64.b64encode(data).rstrip(b"=")
    at = min(at, len(signs))
    decoded, codes = decode_base64(signs[:at] + foreign + signs[at:])
    assert (decoded, codes) == (data, ("base64-foreign-bytes",))


@pytest.mark.parametrize(
    ("value", "name", "known"),
    [
        (b" base64", "base64", True),
        (b" Quoted-Printable \r\n", "quoted-printable", True),
        (b' "8BIT"; x=y', "8bit", True),
        (b"", "7bit", True),
        (b"7-bit", "7bit", False),
        (b"base64mime", "base64", False),
        (b"rot13", "7bit", False),
    ],
)
def test_names_of_encodings(value: bytes, name: str, known: bool) -> None:
    assert encoding_name(value) == (name, known)

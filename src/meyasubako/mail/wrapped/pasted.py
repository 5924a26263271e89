"""The source of a mail pasted into a text: by people who know where their program shows it, by SpamCop ("Offending
message:"), by servers that write DMARC failures without the parts of RFC 6591.

It is a mail from its first trace field on, byte for byte as far as the text kept it.
"""

from __future__ import annotations

import re

from meyasubako.mail.parse import read_header_block
from meyasubako.mail.types import Limits
from meyasubako.mail.wrapped.parts import Contents
from meyasubako.mail.wrapped.types import WrappedMail

_FIRST = re.compile(
    rb"^[ \t]{0,8}((?:Received|Return-Path|Delivered-To|X-Original-To|Envelope-To|ARC-Seal|X-Apparently-To|X-Received):)",
    re.IGNORECASE | re.MULTILINE,
)
_MARKED = re.compile(
    rb"^[ \t]{0,8}Offending message:?[ \t]*\r?\n(?:[ \t]*\r?\n){0,3}", re.IGNORECASE | re.MULTILINE
)
_WANTED = frozenset({"from", "subject", "date", "to", "message-id"})
_LOOK = Limits(header_bytes=256 * 1024, header_fields=1_000)
_TRIES = 8
_SEARCHED = 8 * 1024 * 1024


def pasted_mail(contents: Contents) -> WrappedMail | None:
    """The first mail whose source stands in the text; None where there is none."""
    for leaf in contents.leaves:
        if leaf.type != "text/plain":
            continue
        data = contents.of(leaf)
        if data is None:
            continue
        data = data[:_SEARCHED]
        for how, pattern in (("inline:spamcop", _MARKED), ("inline:source", _FIRST)):
            found = _source(data, pattern)
            if found is not None:
                return WrappedMail(found, how, lost=("redacted",) if how == "inline:spamcop" else ())
    return None


def _source(data: bytes, pattern: re.Pattern[bytes]) -> bytes | None:
    for number, found in enumerate(pattern.finditer(data)):
        if number >= _TRIES:
            return None
        start = found.start(1) if pattern.groups else found.end()
        block = read_header_block(data[start:], _LOOK)
        names = {field.name.lower() for field in block.fields}
        if len(names & _WANTED) >= 3 and (names & {"received", "return-path"}):
            return data[start:].rstrip(b"\r\n \t") + b"\n"
    return None

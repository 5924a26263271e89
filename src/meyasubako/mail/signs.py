"""Tables that say of every byte what it is, for the walks that look at one byte after the other."""

from __future__ import annotations

from collections.abc import Mapping


def kinds_of_bytes(signs: Mapping[int, bytes]) -> bytes:
    """For each of the 256 bytes the flags under whose signs it stands, added up."""
    return bytes(sum(flag for flag, of_flag in signs.items() if byte in of_flag) for byte in range(256))

"""Writes winmail.dat files for tests (MS-OXTNEF) from the plain values of ``msg_writer``."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import datetime

from msg_writer import EPOCH, Msg, Value

_MESSAGE_INTERFACE = bytes.fromhex("0703020000000000c000000000000046")


def write_tnef(message: Msg, code_page: int = 932) -> bytes:
    """The bytes of a winmail.dat with this message."""
    pieces = [struct.pack("<IH", 0x223E9F78, 1), _attribute(1, 0x00069007, struct.pack("<II", code_page, 0))]
    pieces.append(_attribute(1, 0x00069003, _properties(message.properties)))
    if message.recipients:
        rows = b"".join(map(_properties, message.recipients))
        pieces.append(_attribute(1, 0x00069004, struct.pack("<I", len(message.recipients)) + rows))
    for attachment in message.attachments:
        pieces.append(_attribute(2, 0x00069002, b"\0" * 14))
        if isinstance(attachment, Msg):
            held = _MESSAGE_INTERFACE + write_tnef(attachment, code_page)
            row = struct.pack("<HHII", 0x000D, 0x3701, 1, len(held)) + held + b"\0" * (-len(held) % 4)
            pieces.append(_attribute(2, 0x00069005, struct.pack("<I", 1) + row))
        else:
            named = {key: value for key, value in attachment.items() if key != 0x3701}
            data = attachment[0x3701]
            assert isinstance(data, bytes)
            pieces.append(_attribute(2, 0x0006800F, data))
            pieces.append(_attribute(2, 0x00069005, _properties(named)))
    return b"".join(pieces)


def _attribute(level: int, identity: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, identity, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _properties(values: Mapping[int, Value]) -> bytes:
    rows = [struct.pack("<I", len(values) + 2)]
    rows.append(struct.pack("<HH", 0x0003, 0x8001) + b"G" * 16 + struct.pack("<III", 0, 7, 1))
    name = "odd".encode("utf-16-le")
    rows.append(
        struct.pack("<HH", 0x101F, 0x8002) + b"G" * 16 + struct.pack("<II", 1, len(name)) + name + b"\0\0"
        + struct.pack("<I", 2) + (struct.pack("<I", 4) + "ab".encode("utf-16-le")) * 2
    )  # fmt: skip
    for number, value in values.items():
        if isinstance(value, int):
            rows.append(struct.pack("<HHi", 0x0003, number, value))
        elif isinstance(value, datetime):
            rows.append(
                struct.pack("<HHQ", 0x0040, number, int((value - EPOCH).total_seconds() * 10_000_000))
            )
        else:
            kind, data = (0x0102, value) if isinstance(value, bytes) else (0x001F, value.encode("utf-16-le"))
            rows.append(struct.pack("<HHII", kind, number, 1, len(data)) + data + b"\0" * (-len(data) % 4))
    return b"".join(rows)

"""Writes .msg files for tests: a compound file (MS-CFB, version 3) of MAPI properties (MS-OXMSG), from plain values.

Small and strict where the reader is tolerant; ``test_wrapped_msg`` has an independent reader confirm what it writes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

SECTOR, MINI, CUTOFF = 512, 64, 4096
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
EPOCH = datetime(1601, 1, 1, tzinfo=UTC)

Value = str | bytes | int | datetime


@dataclass
class Storage:
    """A storage: streams by name, storages by name."""

    streams: dict[str, bytes] = field(default_factory=dict)
    storages: dict[str, Storage] = field(default_factory=dict)


@dataclass
class Msg:
    """A message: properties by number, recipients, attachments (an attachment may be a message)."""

    properties: Mapping[int, Value] = field(default_factory=dict)
    recipients: Sequence[Mapping[int, Value]] = ()
    attachments: Sequence[Mapping[int, Value] | Msg] = ()
    string8: str | None = None


def write_msg(message: Msg) -> bytes:
    """The bytes of a .msg file."""
    return write_compound(_message(message, 32))


def _message(message: Msg, header: int) -> Storage:
    storage = _properties(message.properties, header, message.string8)
    for number, recipient in enumerate(message.recipients):
        storage.storages[f"__recip_version1.0_#{number:08X}"] = _properties(recipient, 8, message.string8)
    for number, attachment in enumerate(message.attachments):
        if isinstance(attachment, Msg):
            inner = _properties({0x3705: 5}, 8, message.string8)
            inner.storages["__substg1.0_3701000D"] = _message(attachment, 24)
        else:
            inner = _properties(attachment, 8, message.string8)
        storage.storages[f"__attach_version1.0_#{number:08X}"] = inner
    return storage


def _properties(values: Mapping[int, Value], header: int, string8: str | None) -> Storage:
    storage = Storage()
    rows = [b"\0" * header]
    for number, value in values.items():
        if isinstance(value, int):
            rows.append(struct.pack("<HHIiI", 0x0003, number, 6, value, 0))
        elif isinstance(value, datetime):
            ticks = int((value - EPOCH).total_seconds() * 10_000_000)
            rows.append(struct.pack("<HHIQ", 0x0040, number, 6, ticks))
        else:
            if isinstance(value, bytes):
                kind, data = 0x0102, value
            elif string8 is not None:
                kind, data = 0x001E, value.encode(string8)
            else:
                kind, data = 0x001F, value.encode("utf-16-le")
            storage.streams[f"__substg1.0_{number:04X}{kind:04X}"] = data
            rows.append(struct.pack("<HHIII", kind, number, 6, len(data), 0))
    storage.streams["__properties_version1.0"] = b"".join(rows)
    return storage


@dataclass
class _Node:
    name: str
    kind: int
    data: bytes = b""
    left: int = FREE
    right: int = FREE
    child: int = FREE
    start: int = END
    size: int = 0


def write_compound(root: Storage) -> bytes:
    """The bytes of a compound file with this root."""
    nodes = [_Node("Root Entry", 5)]
    _collect(root, 0, nodes)
    sectors: list[bytes] = []
    table: list[int] = []
    mini = b""
    mini_table: list[int] = []
    for node in nodes:
        node.size = len(node.data)
        if node.kind == 2 and 0 < node.size < CUTOFF:
            node.start = len(mini_table)
            count = -(-node.size // MINI)
            mini_table += [*range(node.start + 1, node.start + count), END]
            mini += node.data.ljust(count * MINI, b"\0")
        elif node.kind == 2 and node.size:
            node.start = _place(node.data, sectors, table)
    nodes[0].start, nodes[0].size = (_place(mini, sectors, table), len(mini)) if mini else (END, 0)
    mini_start = (
        _place(struct.pack(f"<{len(mini_table)}I", *mini_table), sectors, table) if mini_table else END
    )
    entries = b"".join(map(_entry, nodes))
    padding = -len(nodes) % 4
    first_entry = _place(entries + _entry(_Node("", 0)) * padding, sectors, table)
    fat_count = 1
    while fat_count * (SECTOR // 4) < len(table) + fat_count:
        fat_count += 1
    fat_start = len(sectors)
    table += [FAT] * fat_count
    table += [FREE] * (fat_count * (SECTOR // 4) - len(table))
    packed = struct.pack(f"<{len(table)}I", *table)
    sectors += [packed[at : at + SECTOR] for at in range(0, len(packed), SECTOR)]
    places = [fat_start + number for number in range(fat_count)]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack(
        "<IIIIIIIII", 0, fat_count, first_entry, 0, CUTOFF, mini_start, bool(mini_table), END, 0
    )
    header += struct.pack("<109I", *(places + [FREE] * (109 - len(places))))
    return header + b"".join(sectors)


def _collect(storage: Storage, number: int, nodes: list[_Node]) -> None:
    """Append what a storage holds; its entries hang to the right of one another."""
    names = sorted([*storage.streams, *storage.storages], key=lambda name: (len(name), name.upper()))
    last = None
    inner: list[tuple[Storage, int]] = []
    for name in names:
        nodes.append(_Node(name, 2, storage.streams[name]) if name in storage.streams else _Node(name, 1))
        here = len(nodes) - 1
        if last is None:
            nodes[number].child = here
        else:
            nodes[last].right = here
        last = here
        if name in storage.storages:
            inner.append((storage.storages[name], here))
    for held, here in inner:
        _collect(held, here, nodes)


def _place(data: bytes, sectors: list[bytes], table: list[int]) -> int:
    start = len(sectors)
    pieces = [data[at : at + SECTOR].ljust(SECTOR, b"\0") for at in range(0, len(data), SECTOR)]
    sectors += pieces
    table += [*range(start + 1, start + len(pieces)), END]
    return start


def _entry(node: _Node) -> bytes:
    name = node.name.encode("utf-16-le")
    row = name.ljust(64, b"\0") + struct.pack("<HBB", len(name) + 2 if node.kind else 0, node.kind, 1)
    row += struct.pack("<III", node.left, node.right, node.child) + b"\0" * 36
    return row + struct.pack("<IQ", node.start if node.kind in (2, 5) else 0, node.size)


def compress_rtf(rtf: bytes) -> bytes:
    """RTF in the form that Outlook stores, written as letters only."""
    body = b"".join(b"\0" + rtf[at : at + 8] for at in range(0, len(rtf), 8))
    return struct.pack("<IIII", len(body) + 12, len(rtf), 0x75465A4C, 0) + body

"""The invariant of the mail room as a check that tests and the fuzzer share: it holds for any bytes."""

from __future__ import annotations

from meyasubako.mail import Limits, Message, Part, parse, read_header_block, split_fields


def check(raw: bytes, limits: Limits) -> Message:
    """Parse, assert everything that must hold, and hand the message on."""
    message = parse(raw, limits)
    assert message == parse(raw, limits)
    assert message.raw is raw
    end = min(len(raw), limits.size)
    last = 0
    for field in message.fields:
        assert last <= field.start < field.end <= end
        assert raw[field.start : field.end].lstrip().startswith(field.name.encode("ascii"))
        last = field.end
    assert len(message.fields) <= limits.header_fields
    assert _check_part(message.root, 0, end, 0, limits) <= limits.parts
    assert len(message.plain) + len(message.html) <= limits.text + limits.parts
    assert len(message.links) <= limits.links
    for defect in message.defects:
        assert defect.code
        assert defect.where
    assert read_header_block(raw, limits).fields == message.fields
    fields, body, _ = split_fields(raw, limits, 0, end)
    assert fields == message.fields
    assert body == message.root.body
    return message


def _check_part(part: Part, start: int, end: int, depth: int, limits: Limits) -> int:
    """Offsets nest and follow one another; returns how many parts there are."""
    assert start <= part.start <= part.body <= part.end <= end
    assert depth <= limits.depth
    count = 1
    last = part.body
    for number, child in enumerate(part.children, start=1):
        assert child.path == (f"{part.path}.{number}" if part.path else str(number))
        assert child.start >= last
        count += _check_part(child, part.body, part.end, depth + 1, limits)
        last = child.end
    return count

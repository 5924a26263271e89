"""Machine-readable blocks of reports: header-like fields in a part (RFC 5965 section 3, RFC 3464 section 2).

Names in lower case; what stands several times is joined by line ends, in the order of the report.
"""

from __future__ import annotations

from meyasubako.mail.charset import decode
from meyasubako.mail.fields import split_fields
from meyasubako.mail.types import Limits
from meyasubako.mail.words import unfold

_MOST_FIELDS = 400
_MOST_VALUE = 4_000
_MOST_BLOCKS = 200
_LIMITS = Limits(header_bytes=256 * 1024, header_fields=_MOST_FIELDS)


def field_text(value: bytes) -> str:
    """A raw field value as one line of text."""
    return decode(unfold(value), None).text[:_MOST_VALUE]


def read_block(data: bytes, found: dict[str, str] | None = None) -> dict[str, str]:
    """The fields of one block, added to those found before."""
    fields = {} if found is None else found
    for field in split_fields(data.lstrip(b"\r\n \t-"), _LIMITS)[0]:
        name, value = field.name.lower(), field_text(field.value)
        if not value:
            continue
        known = fields.get(name)
        if known is None:
            if len(fields) < _MOST_FIELDS:
                fields[name] = value
        elif value not in known.split("\n") and len(known) < _MOST_VALUE:
            fields[name] = f"{known}\n{value}"
    return fields


def read_blocks(data: bytes) -> dict[str, str]:
    """The fields of all blocks that blank lines part, as one table."""
    fields: dict[str, str] = {}
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for block in lines.split(b"\n\n", _MOST_BLOCKS)[:_MOST_BLOCKS]:
        read_block(block, fields)
    return fields

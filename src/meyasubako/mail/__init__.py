"""Reads mail: bytes in, a frozen ``Message`` out. What a mail means is the business of other rooms."""

from meyasubako.mail.fields import split_fields
from meyasubako.mail.parse import HeaderBlock, parse, read_header_block
from meyasubako.mail.types import (
    Address,
    Attachment,
    Defect,
    HeaderField,
    Limits,
    Link,
    Message,
    Part,
    Received,
)

__all__ = [
    "Address",
    "Attachment",
    "Defect",
    "HeaderBlock",
    "HeaderField",
    "Limits",
    "Link",
    "Message",
    "Part",
    "Received",
    "parse",
    "read_header_block",
    "split_fields",
]

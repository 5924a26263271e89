"""Mails attached whole: message/rfc822 (RFC 2046 section 5.2.1), .eml files under any type, headers alone
(text/rfc822-headers, RFC 6522 section 4).

Each is handed on byte for byte. Whether what claims to be a mail is one is decided by its first line: a header
field of a well-known name.
"""

from __future__ import annotations

from meyasubako.mail.parse import read_header_block
from meyasubako.mail.types import Limits
from meyasubako.mail.wrapped.outlook.message import msg_mail
from meyasubako.mail.wrapped.parts import Contents, Leaf
from meyasubako.mail.wrapped.types import WrappedMail

MESSAGES = frozenset({"message/rfc822", "message/global", "message/news"})
HEADERS = frozenset(
    {"text/rfc822-headers", "text/rfc822-header", "message/rfc822-headers", "message/global-headers"}
)
_FILE_SUFFIXES = frozenset({"eml", "emlx", "mim", "mime"})
_MSG_TYPES = frozenset({"application/vnd.ms-outlook", "application/msoutlook", "application/x-msg"})
KNOWN_FIELDS = frozenset(
    {"received", "from", "to", "subject", "date", "message-id", "return-path", "content-type", "delivered-to"}
)
"""Fields that nearly every mail has; a file without them is none."""
_LOOK = Limits(header_bytes=64 * 1024, header_fields=400)


def looks_like_mail(data: bytes) -> bool:
    """Whether these bytes begin with the header of a mail: two fields that every mail has."""
    block = read_header_block(data, _LOOK)
    return len({field.name.lower() for field in block.fields} & KNOWN_FIELDS) >= 2


def attached_mail(leaf: Leaf, contents: Contents) -> WrappedMail | None:
    """The mail a leaf is; None where it is none."""
    if leaf.suffix == "msg" or leaf.type in _MSG_TYPES:
        data = contents.of(leaf)
        return msg_mail(data, contents.limits) if data is not None else None
    if leaf.type in MESSAGES:
        how = leaf.type
    elif leaf.type in HEADERS:
        how = "message/rfc822-headers"
    elif leaf.suffix in _FILE_SUFFIXES:
        how = f"file:{leaf.suffix}"
    else:
        return None
    data = contents.of(leaf)
    if data is None:
        return None
    data = data.lstrip(b"\r\n \t") if data[:1] in b"\r\n" else data
    if not looks_like_mail(data):
        return None
    lost = ("body",) if leaf.type in HEADERS else ()
    return WrappedMail(data, how, lost=lost)

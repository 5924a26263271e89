"""bytes -> Message: the one entry of this room.

``parse`` reads a whole mail; ``read_header_block`` only its header, for those who need no more. Neither
raises, whatever the bytes are; both take time linear in their number. What was wrong, and what was guessed,
stands in ``Message.defects``.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import cython

from meyasubako.mail.addresses import parse_addresses
from meyasubako.mail.body import read_body
from meyasubako.mail.dates import parse_date
from meyasubako.mail.fields import split_fields
from meyasubako.mail.head import Fields
from meyasubako.mail.mime import read_tree
from meyasubako.mail.trace import Trace
from meyasubako.mail.types import DEFAULT_LIMITS, Address, Defect, Limits, Message
from meyasubako.mail.words import decode_header, unfold

_ONCE = frozenset({"from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "content-type"})
"""Fields that may stand once only (RFC 5322 section 3.6)."""

_MOST_RECEIVED = 200


class HeaderBlock(NamedTuple):
    """The header of a mail alone: raw fields, where the body begins, trace fields (newest first), date."""

    fields: Fields
    body_start: int
    received: Trace
    date: datetime | None
    defects: tuple[Defect, ...]


@cython.final
@cython.cclass
class _Header:
    """The fields of one mail by name, and the defects met while they are read."""

    first: dict[str, bytes]
    received: list[bytes]
    hint: str | None
    defects: list[Defect]

    def __init__(self, fields: Fields, defects: tuple[Defect, ...]) -> None:
        self.first, self.received, repeated = fields.read()
        self.defects = list(defects)
        for name in repeated:
            if name in _ONCE:
                self.defects.append(Defect("header-repeated", f"header:{name}"))
        self.hint = None

    @cython.cfunc
    def note(self, name: str, codes: tuple[tuple[str, str | None], ...]) -> None:
        for code, guessed in codes:
            self.defects.append(Defect(code, f"header:{name}", guessed))

    @cython.cfunc
    def text(self, name: str) -> str | None:
        """Decoded text of an unstructured field."""
        value = self.first.get(name)
        if value is None:
            return None
        text, codes, _ = decode_header(value, self.hint)
        if codes:
            self.note(name, codes)
        return text

    @cython.cfunc
    def addresses(self, name: str) -> tuple[Address, ...]:
        value = self.first.get(name)
        if value is None:
            return ()
        found, codes = parse_addresses(value, self.hint)
        if codes:
            self.note(name, codes)
        return found

    @cython.cfunc
    def mailbox(self, name: str) -> Address | None:
        """The first mailbox with an address, else the first with a name."""
        found = self.addresses(name)
        for box in found:
            if "@" in box.address:
                return box
        return found[0] if found else None

    @cython.cfunc
    def date(self) -> datetime | None:
        value = self.first.get("date")
        if value is None:
            return None
        moment = parse_date(value)
        if moment is None:
            self.defects.append(Defect("date-unreadable", "header:date"))
        return moment

    @cython.cfunc
    def message_id(self) -> str | None:
        """What stands between the angle brackets (RFC 5322 section 3.6.4), or the whole where none are."""
        value = self.first.get("message-id")
        if value is None:
            return None
        text: str = unfold(value).decode("latin-1")
        start: cython.Py_ssize_t = text.find("<")
        end: cython.Py_ssize_t = text.rfind(">")
        return text[start + 1 : end] if 0 <= start < end else text

    @cython.cfunc
    def trace(self) -> Trace:
        if len(self.received) > _MOST_RECEIVED:
            self.defects.append(Defect("received-too-many", "header:received"))
            del self.received[_MOST_RECEIVED:]
        return Trace(self.received)


def read_header_block(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> HeaderBlock:
    """Read the header only; the body is not looked at. Never raises."""
    fields, body_start, defects = split_fields(raw, limits, 0, min(len(raw), limits.size))
    header = _Header(fields, defects)
    received, date = header.trace(), header.date()
    return HeaderBlock(fields, body_start, received, date, tuple(header.defects))


def parse(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Message:
    """Read a mail. Never raises; linear in ``len(raw)``; ``limits`` bounds what is kept."""
    end = min(len(raw), limits.size)
    fields, body_start, defects = split_fields(raw, limits, 0, end)
    header = _Header(fields, defects)
    if end < len(raw):
        header.defects.append(Defect("mail-too-large", f"byte:{end}"))
    root, tree_defects = read_tree(raw, header.first, body_start, end, limits)
    header.hint = root.charset
    body = read_body(raw, root, limits, header.hint)
    subject = header.text("subject")
    from_, sender, reply_to = header.mailbox("from"), header.mailbox("sender"), header.mailbox("reply-to")
    to, cc = header.addresses("to"), header.addresses("cc")
    date, message_id, received = header.date(), header.message_id(), header.trace()
    return Message(
        raw,
        fields,
        root,
        subject,
        from_,
        sender,
        reply_to,
        to,
        cc,
        date,
        message_id,
        received,
        body.text,
        body.plain,
        body.html,
        body.html_text,
        body.charset,
        body.links,
        body.attachments,
        body.addresses,
        body.phones,
        body.nested,
        (*header.defects, *tree_defects, *body.defects),
    )

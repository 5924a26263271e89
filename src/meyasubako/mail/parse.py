"""bytes -> Message: the one entry of this room.

``parse`` reads a whole mail; ``read_header_block`` only its header, for those who need no more. Neither
raises, whatever the bytes are; both take time linear in their number. What was wrong, and what was guessed,
stands in ``Message.defects``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from meyasubako.mail.addresses import parse_addresses
from meyasubako.mail.body import Body, read_body
from meyasubako.mail.dates import parse_date
from meyasubako.mail.fields import split_fields
from meyasubako.mail.head import HeaderField, fields_read
from meyasubako.mail.mime import parameters_of, read_tree
from meyasubako.mail.trace import Trace
from meyasubako.mail.types import DEFAULT_LIMITS, Address, Defect, Limits, Message
from meyasubako.mail.words import decode_header, unfold

_ONCE = frozenset({"from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "content-type"})
"""Fields that may stand once only (RFC 5322 section 3.6)."""

_MOST_RECEIVED = 200
_Codes = tuple[tuple[str, str | None], ...]


class HeaderBlock(NamedTuple):
    """The header of a mail alone: raw fields, where the body begins, trace fields (newest first), date."""

    fields: Sequence[HeaderField]
    body_start: int
    received: Trace
    date: datetime | None
    defects: tuple[Defect, ...]


class _Header:
    """The fields of one mail by name, and the defects met while they are read."""

    __slots__ = ("defects", "first", "hint", "received")

    def __init__(self, fields: Sequence[HeaderField], defects: tuple[Defect, ...]) -> None:
        self.defects = list(defects)
        self.first: dict[str, bytes] = {}
        self.received: list[bytes] = []
        for name, value in fields_read(fields):
            if name == "received":
                self.received.append(value)
            elif name not in self.first:
                self.first[name] = value
            elif name in _ONCE:
                self.defects.append(Defect("header-repeated", f"header:{name}"))
        kind = self.first.get("content-type")
        self.hint = parameters_of(kind).parameters.get("charset") if kind is not None else None

    def note(self, name: str, codes: _Codes) -> None:
        for code, guessed in codes:
            self.defects.append(Defect(code, f"header:{name}", guessed))

    def text(self, name: str) -> str | None:
        """Decoded text of an unstructured field."""
        value = self.first.get(name)
        if value is None:
            return None
        decoded = decode_header(value, self.hint)
        if decoded.codes:
            self.note(name, decoded.codes)
        return decoded.text

    def addresses(self, name: str) -> tuple[Address, ...]:
        value = self.first.get(name)
        if value is None:
            return ()
        found, codes = parse_addresses(value, self.hint)
        if codes:
            self.note(name, codes)
        return found

    def mailbox(self, name: str) -> Address | None:
        """The first mailbox with an address, else the first with a name."""
        found = self.addresses(name)
        return next((box for box in found if "@" in box.address), found[0] if found else None)

    def date(self) -> datetime | None:
        value = self.first.get("date")
        if value is None:
            return None
        moment = parse_date(value)
        if moment is None:
            self.defects.append(Defect("date-unreadable", "header:date"))
        return moment

    def message_id(self) -> str | None:
        """What stands between the angle brackets (RFC 5322 section 3.6.4), or the whole where none are."""
        value = self.first.get("message-id")
        if value is None:
            return None
        text = unfold(value).decode("latin-1")
        start, end = text.find("<"), text.rfind(">")
        return text[start + 1 : end] if 0 <= start < end else text

    def trace(self) -> Trace:
        if len(self.received) > _MOST_RECEIVED:
            self.defects.append(Defect("received-too-many", "header:received"))
        return Trace(self.received[:_MOST_RECEIVED])


def read_header_block(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> HeaderBlock:
    """Read the header only; the body is not looked at. Never raises."""
    fields, body_start, defects = split_fields(raw, limits, 0, min(len(raw), limits.size))
    header = _Header(fields, defects)
    received, date = header.trace(), header.date()
    return HeaderBlock(fields, body_start, received, date, tuple(header.defects))


def parse(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Message:
    """Read a mail. Never raises; linear in ``len(raw)``; ``limits`` bounds what is kept."""
    end = len(raw)
    if end > limits.size:
        end = limits.size
    fields, body_start, defects = split_fields(raw, limits, 0, end)
    header = _Header(fields, defects)
    if end < len(raw):
        header.defects.append(Defect("mail-too-large", f"byte:{end}"))
    root, tree_defects = read_tree(raw, header.first, body_start, end, limits)
    body: Body = read_body(raw, root, limits, header.hint)
    subject = header.text("subject")
    from_, sender, reply_to = header.mailbox("from"), header.mailbox("sender"), header.mailbox("reply-to")
    to, cc, date = header.addresses("to"), header.addresses("cc"), header.date()
    received = header.trace()
    return Message(
        raw=raw,
        fields=fields,
        root=root,
        subject=subject,
        from_=from_,
        sender=sender,
        reply_to=reply_to,
        to=to,
        cc=cc,
        date=date,
        message_id=header.message_id(),
        received=received,
        text=body.text,
        plain=body.plain,
        html=body.html,
        html_text=body.html_text,
        charset=body.charset,
        links=body.links,
        attachments=body.attachments,
        addresses=body.addresses,
        phones=body.phones,
        nested=body.nested,
        defects=(*header.defects, *tree_defects, *body.defects),
    )

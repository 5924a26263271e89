"""winmail.dat (MS-OXTNEF): how Outlook and Exchange pack what is attached to a mail in rich text.

Only what is attached is of use here: the mail itself stands beside it as text. Attributes are read one behind the
other; the properties of attachments and of mails in them are the MAPI properties of .msg files in another order.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from datetime import datetime

from meyasubako.mail.charset import decode
from meyasubako.mail.wrapped.outlook import properties as mapi
from meyasubako.mail.wrapped.outlook.properties import code_page, moment_of

SIGNATURE = 0x223E9F78
_HEAD = struct.Struct("<BII")
_CODE_PAGE, _MESSAGE = 0x00069007, 0x00069003
_NEW_ATTACHMENT, _TITLE, _DATA, _ATTACHMENT = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_RECIPIENTS = 0x00069004
_TEXTS = {0x00018004: mapi.SUBJECT, 0x0002800C: mapi.BODY}
"""What older programs write as attributes of their own."""
_FIXED = {0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 4, 0x0014: 8,
          0x0040: 8, 0x0048: 16}  # fmt: skip
_TEXT8, _UNICODE, _OBJECT, _BINARY, _SEVERAL = 0x001E, 0x001F, 0x000D, 0x0102, 0x1000
_MOST_ATTRIBUTES = 20_000
_MOST_PROPERTIES = 5_000
_MOST_ATTACHMENTS = 500
_INTERFACE = 16

Values = dict[tuple[int, int], bytes]


class TnefObject:
    """A message, a recipient or an attachment of a winmail.dat."""

    def __init__(self, values: Values, charset: str | None) -> None:
        self.values = values
        self.charset = charset
        self._recipients: list[TnefObject] = []
        self._attachments: list[TnefObject] = []

    @classmethod
    def read(cls, data: bytes) -> TnefObject | None:
        """The message of a winmail.dat, None where these bytes are none."""
        if len(data) < 6 or struct.unpack_from("<I", data)[0] != SIGNATURE:
            return None
        message = cls({}, None)
        for identity, content in _attributes(data):
            message._take(identity, content)
        return message

    def _take(self, identity: int, content: bytes) -> None:
        """One attribute of the message, or of the attachment under way."""
        if identity == _CODE_PAGE and len(content) >= 4:
            self.charset = code_page(struct.unpack_from("<I", content)[0])
        elif identity in _TEXTS:
            self.values.setdefault((_TEXTS[identity], _TEXT8), content)
        elif identity == _MESSAGE:
            self.values.update(_properties(content, 0)[0])
        elif identity == _RECIPIENTS:
            self._recipients = [TnefObject(values, self.charset) for values in _rows(content)]
        elif identity == _NEW_ATTACHMENT and len(self._attachments) < _MOST_ATTACHMENTS:
            self._attachments.append(TnefObject({}, self.charset))
        elif self._attachments:
            values = self._attachments[-1].values
            if identity == _TITLE:
                values.setdefault((mapi.SHORT_NAME, _TEXT8), content)
            elif identity == _DATA:
                values.setdefault((mapi.DATA, _BINARY), content)
            elif identity == _ATTACHMENT:
                values.update(_properties(content, 0)[0])

    def text(self, *names: int) -> str:
        """The first of these texts that is there and not empty."""
        for name in names:
            if (data := self.values.get((name, _UNICODE))) is not None:
                text = data.decode("utf-16-le", "replace").rstrip("\0")
            elif (data := self.values.get((name, _TEXT8))) is not None:
                text = decode(data.rstrip(b"\0"), self.charset).text
            else:
                continue
            if text:
                return text
        return ""

    def data(self, name: int) -> bytes:
        """A binary property, b"" where it is not there."""
        return self.values.get((name, _BINARY), b"")

    def number(self, name: int) -> int | None:
        """A 32-bit number."""
        value = self.values.get((name, 0x0003))
        return struct.unpack("<i", value)[0] if value is not None else None

    def time(self, *names: int) -> datetime | None:
        """The first of these times that is there."""
        moments = (
            moment_of(value) for name in names if (value := self.values.get((name, 0x0040))) is not None
        )
        return next((moment for moment in moments if moment is not None), None)

    def recipients(self) -> Sequence[TnefObject]:
        """Whom the message went to."""
        return self._recipients

    def attachments(self) -> Sequence[TnefObject]:
        """What is attached to the message."""
        return self._attachments

    def embedded(self) -> TnefObject | None:
        """The message that the attachment is; None for a file."""
        data = self.values.get((mapi.DATA, _OBJECT))
        return TnefObject.read(data[_INTERFACE:]) if data is not None else None

    def is_object(self) -> bool:
        """Whether the attachment is something else than a file."""
        return (mapi.DATA, _OBJECT) in self.values


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(identity, content) of each attribute that is there whole."""
    place = 6
    for _ in range(_MOST_ATTRIBUTES):
        if place + _HEAD.size > len(data):
            return
        level, identity, size = _HEAD.unpack_from(data, place)
        start = place + _HEAD.size
        if level not in (1, 2) or start + size > len(data):
            return
        yield identity, data[start : start + size]
        place = start + size + 2


def _rows(data: bytes) -> Iterator[Values]:
    """The properties of each recipient."""
    if len(data) < 4:
        return
    place = 4
    for _ in range(min(struct.unpack_from("<I", data)[0], _MOST_ATTACHMENTS)):
        values, place = _properties(data, place)
        if not values:
            return
        yield values


def _properties(data: bytes, place: int) -> tuple[Values, int]:
    """The properties that begin here, as far as they can be read, and where they end."""
    values: Values = {}
    if place + 4 > len(data):
        return values, len(data)
    count = min(struct.unpack_from("<I", data, place)[0], _MOST_PROPERTIES)
    place += 4
    for _ in range(count):
        if place + 4 > len(data):
            break
        kind, name = struct.unpack_from("<HH", data, place)
        place = _after_name(data, place + 4, name)
        found, place = _value(data, place, kind)
        if found is None:
            break
        values.setdefault((name, kind), found)
    return values, place


def _after_name(data: bytes, place: int, name: int) -> int:
    """Behind the long name that properties of a program's own bear."""
    if name < 0x8000 or place + 24 > len(data):
        return place
    kind, size = struct.unpack_from("<II", data, place + 16)
    return place + 24 if kind == 0 else place + 24 + _padded(size)


def _value(data: bytes, place: int, kind: int) -> tuple[bytes | None, int]:
    """The first value of a property, None where it cannot be read, and where the property ends."""
    single = kind & ~_SEVERAL
    if kind & _SEVERAL or single not in _FIXED:
        if place + 4 > len(data):
            return None, len(data)
        count = min(struct.unpack_from("<I", data, place)[0], _MOST_PROPERTIES)
        place += 4
    else:
        count = 1
    first: bytes | None = b"" if count == 0 else None
    for _ in range(count):
        if single in _FIXED:
            size = _FIXED[single]
        elif single in (_TEXT8, _UNICODE, _OBJECT, _BINARY) and place + 4 <= len(data):
            size = struct.unpack_from("<I", data, place)[0]
            place += 4
        else:
            return None, len(data)
        if place + size > len(data):
            return None, len(data)
        first = data[place : place + size] if first is None else first
        place += _padded(size)
    return first, place


def _padded(size: int) -> int:
    return size + -size % 4

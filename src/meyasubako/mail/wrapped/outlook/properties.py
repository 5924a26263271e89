"""MAPI properties as .msg files store them (MS-OXMSG): fixed ones in one stream, long ones in a stream each.

Texts are Unicode, or bytes in the code page that the message names; the charsets of the mail room read them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from meyasubako.mail.charset import decode
from meyasubako.mail.wrapped.outlook.compound import CompoundFile

TRANSPORT_HEADERS, SUBJECT, BODY, HTML, RTF = 0x007D, 0x0037, 0x1000, 0x1013, 0x1009
SENDER_NAME, SENDER_ADDRESS, SENDER_SMTP = 0x0C1A, 0x0C1F, 0x5D01
AUTHOR_NAME, AUTHOR_ADDRESS, AUTHOR_SMTP = 0x0042, 0x0065, 0x5D02
SUBMITTED, DELIVERED, MESSAGE_ID, REPLY_TO_ID = 0x0039, 0x0E06, 0x1035, 0x1042
DISPLAY_TO, DISPLAY_CC, CLASS = 0x0E04, 0x0E03, 0x001A
DISPLAY_NAME, ADDRESS, SMTP, RECIPIENT_TYPE = 0x3001, 0x3003, 0x39FE, 0x0C15
DATA, LONG_NAME, SHORT_NAME, MIME_TYPE, METHOD = 0x3701, 0x3707, 0x3704, 0x370E, 0x3705
EMBEDDED = 5
"""The method of an attachment that is a message."""
INTERNET_CODE_PAGE, MESSAGE_CODE_PAGE = 0x3FDE, 0x3FFD

_STREAM = re.compile(r"__substg1\.0_([0-9a-f]{4})([0-9a-f]{4})\Z")
_UNICODE, _STRING8, _BINARY, _OBJECT = 0x001F, 0x001E, 0x0102, 0x000D
_MOST_FIXED = 5_000
_MOST_INNER = 2_000
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_CODE_PAGES = {
    932: "shift_jis", 936: "gb18030", 949: "euc-kr", 950: "big5", 20127: "us-ascii", 20932: "euc-jp", 51932: "euc-jp",
    50220: "iso-2022-jp", 50221: "iso-2022-jp", 50222: "iso-2022-jp", 50225: "iso-2022-kr", 51949: "euc-kr",
    54936: "gb18030", 65000: "utf-7", 65001: "utf-8", 28591: "iso-8859-1", 20866: "koi8-r", 874: "windows-874",
}  # fmt: skip


def code_page(number: int | None) -> str | None:
    """The charset a Windows code page is, None for none."""
    if number is None:
        return None
    return _CODE_PAGES.get(number) or (f"windows-{number}" if 1250 <= number <= 1258 else None)


def moment_of(value: bytes) -> datetime | None:
    """A time: 100 nanoseconds since 1601, eight bytes; None where there is no such moment."""
    try:
        return _EPOCH + timedelta(microseconds=struct.unpack("<Q", value)[0] // 10)
    except OverflowError:
        return None


class MapiObject(Protocol):
    """A message, a recipient or an attachment, wherever its properties stand."""

    charset: str | None

    def text(self, *names: int) -> str:
        """The first of these texts that is there and not empty."""

    def data(self, name: int) -> bytes:
        """A binary property, b"" where it is not there."""

    def number(self, name: int) -> int | None:
        """A 32-bit number."""

    def time(self, *names: int) -> datetime | None:
        """The first of these times that is there."""

    def recipients(self) -> Sequence[MapiObject]:
        """Whom a message went to."""

    def attachments(self) -> Sequence[MapiObject]:
        """What is attached to a message."""

    def embedded(self) -> MapiObject | None:
        """The message that an attachment is; None for a file."""

    def is_object(self) -> bool:
        """Whether an attachment is something else than a file: a message, a linked document."""


class Properties:
    """The properties of one message, recipient or attachment: a storage of the compound file.

    ``header`` is how many bytes stand before the fixed ones: 32 for the message of the file, 24 for one in it,
    8 for recipients and attachments.
    """

    def __init__(self, file: CompoundFile, storage: int, header: int, charset: str | None = None) -> None:
        self.file = file
        self.entries = file.children(storage)
        self._streams: dict[tuple[int, int], int] = {}
        for name, number in self.entries.items():
            if found := _STREAM.match(name):
                self._streams[int(found[1], 16), int(found[2], 16)] = number
        self._fixed = _fixed(file, self.entries, header)
        self.charset = charset
        if charset is None:
            page = self.number(INTERNET_CODE_PAGE) or self.number(MESSAGE_CODE_PAGE)
            self.charset = code_page(page)

    def text(self, *names: int) -> str:
        """The first of these texts that is there and not empty."""
        for name in names:
            if (number := self._streams.get((name, _UNICODE))) is not None:
                text = self.file.stream(number).decode("utf-16-le", "replace").rstrip("\0")
            elif (number := self._streams.get((name, _STRING8))) is not None:
                text = decode(self.file.stream(number).rstrip(b"\0"), self.charset).text
            else:
                continue
            if text:
                return text
        return ""

    def data(self, name: int) -> bytes:
        """A binary property, b"" where it is not there."""
        number = self._streams.get((name, _BINARY))
        return self.file.stream(number) if number is not None else b""

    def number(self, name: int) -> int | None:
        """A 32-bit number."""
        value = self._fixed.get((name, 0x0003))
        return struct.unpack("<i", value[:4])[0] if value is not None else None

    def time(self, *names: int) -> datetime | None:
        """The first of these times that is there: 100 nanoseconds since 1601."""
        for name in names:
            value = self._fixed.get((name, 0x0040))
            if value is not None and (moment := moment_of(value)) is not None:
                return moment
        return None

    def recipients(self) -> Sequence[Properties]:
        """Whom the message went to."""
        return self._inner("__recip_version1.0_")

    def attachments(self) -> Sequence[Properties]:
        """What is attached to the message."""
        return self._inner("__attach_version1.0_")

    def embedded(self) -> Properties | None:
        """The message that the attachment is; None for a file."""
        number = self._streams.get((DATA, _OBJECT))
        if number is None or not self.file.is_storage(number) or self.number(METHOD) != EMBEDDED:
            return None
        return Properties(self.file, number, 24)

    def is_object(self) -> bool:
        """Whether the attachment is something else than a file."""
        return (DATA, _OBJECT) in self._streams

    def _inner(self, prefix: str) -> list[Properties]:
        """The storages of recipients or attachments, in their order."""
        return [
            Properties(self.file, self.entries[name], 8, self.charset)
            for name in sorted(self.entries)[:_MOST_INNER]
            if name.startswith(prefix) and self.file.is_storage(self.entries[name])
        ]


def _fixed(file: CompoundFile, entries: dict[str, int], header: int) -> dict[tuple[int, int], bytes]:
    number = entries.get("__properties_version1.0")
    if number is None:
        return {}
    data = file.stream(number)
    found: dict[tuple[int, int], bytes] = {}
    for place in range(header, min(len(data) - 15, header + _MOST_FIXED * 16), 16):
        kind, name = struct.unpack_from("<HH", data, place)
        found.setdefault((name, kind), data[place + 8 : place + 16])
    return found

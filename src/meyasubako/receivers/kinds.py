"""What a run of bytes is, told from its content alone: a mail, an mbox, an archive, or something else.

Names of files decide nothing: spam traps call mails anything. A mail is known by its header (RFC 5322 section 2.2):
field after field from the first line on, two of them known to mail and one of these more than a MIME label, for
`Content-Type` alone also heads parts, web answers and saved pages. A leading `From ` line (RFC 4155) is allowed.
"""

from __future__ import annotations

import re
from enum import Enum

HEAD_BYTES = 64 * 1024

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LINES = 2_000

# RFC 5322 section 3.6, RFC 5321 section 4.4, and what carriers, filters and mail programs add.
_MAIL_FIELDS = frozenset(
    b"""apparently-to arc-authentication-results arc-message-signature arc-seal authentication-results bcc cc date
    delivered-to dkim-signature domainkey-signature envelope-to errors-to feedback-id from in-reply-to list-id
    list-unsubscribe message-id received received-spf references reply-to resent-date resent-from resent-message-id
    resent-to return-path sender subject to x-envelope-from x-envelope-to x-mailer x-original-to x-originating-ip
    x-received x-sender x-spam-status x-uidl x-virus-scanned""".split()
)
_MIME_FIELDS = frozenset(
    b"mime-version content-type content-transfer-encoding content-disposition content-id content-description".split()
)


class Kind(Enum):
    """What the content of a file or member is."""

    MAIL = "mail"
    MBOX = "mbox"
    TAR = "tar"
    ZIP = "zip"
    GZIP = "gzip"
    XZ = "xz"
    BZIP2 = "bzip2"
    ZSTD = "zstd"
    EMPTY = "empty"
    OTHER = "other"


COMPRESSED = frozenset({Kind.GZIP, Kind.XZ, Kind.BZIP2, Kind.ZSTD})

_MAGIC = (
    (b"\x1f\x8b\x08", Kind.GZIP),
    (b"\xfd7zXZ\x00", Kind.XZ),
    (b"BZh", Kind.BZIP2),
    (b"\x28\xb5\x2f\xfd", Kind.ZSTD),
    (b"PK\x03\x04", Kind.ZIP),
    (b"PK\x05\x06", Kind.ZIP),
)


def recognise(head: bytes) -> Kind:
    """The kind of what begins with these bytes (give the first ``HEAD_BYTES``, or all there is)."""
    if not head:
        return Kind.EMPTY
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if _is_tar(head):
        return Kind.TAR
    start = after_from_line(head)
    if begins_header(head, start):
        return Kind.MBOX if start else Kind.MAIL
    return Kind.OTHER


def after_from_line(head: bytes) -> int:
    """Offset behind a leading `From ` line (a byte order mark before it included); 0 where there is none."""
    mark = len(_BYTE_ORDER_MARK) if head.startswith(_BYTE_ORDER_MARK) else 0
    if not head.startswith(b"From ", mark) or _FIELD.match(head, mark):
        return 0
    end = _LINE_END.search(head, mark)
    return end.end() if end else 0


def begins_header(data: bytes | bytearray, start: int = 0) -> bool:
    """Whether the header of a mail begins at ``start``.

    Reads no further than it must: most mails are known after two or three fields. Lines that are no field
    (some gateways write such) are borne as long as they are fewer than the fields.
    """
    if data.startswith(_BYTE_ORDER_MARK, start):
        start += len(_BYTE_ORDER_MARK)
    position, fields, strays, labels, known = start, 0, 0, 0, 0
    for _ in range(_LINES):
        end = _LINE_END.search(data, position)
        stop = end.start() if end else len(data)
        if stop == position:
            break
        if data[position] not in b" \t":
            field = _FIELD.match(data, position, stop)
            if field:
                fields += 1
                name = field[1].lower()
                known += name in _MAIL_FIELDS
                labels += name in _MIME_FIELDS
                if known and known + labels >= 2 and fields > strays:
                    return True
            elif not data.startswith(b">From ", position):
                strays += 1
        if end is None or (not fields and strays):
            break
        position = end.end()
    return False


def _is_tar(head: bytes) -> bool:
    """Whether the first 512 bytes are a tar header: its checksum holds (POSIX.1-1988 ustar and the older form)."""
    if len(head) < 512 or not head[0]:
        return False
    written = head[148:156].strip(b"\x00 ")
    if not written or not written.isdigit():
        return False
    try:
        checksum = int(written, 8)
    except ValueError:
        return False
    return checksum == sum(head[:148]) + 8 * 0x20 + sum(head[156:512])

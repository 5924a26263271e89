"""What a run of bytes is, told from its content alone: a mail, an mbox, an archive, or something else.

Names of files decide nothing: spam traps call mails anything. A mail is known by its header (RFC 5322 section 2.2):
field after field from the first line on, two of them known to mail and one of these more than a MIME label, for
`Content-Type` alone also heads parts, web answers and saved pages. A leading `From ` line (RFC 4155) is allowed.
Compiled (ADR 10).
"""

from __future__ import annotations

from enum import Enum

import cython

HEAD_BYTES = 64 * 1024

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LINES = 2_000
_NAME_BYTES = 64
"""Longer names than any known to mail are not looked up."""

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
_MAGIC_FIRST = frozenset(magic[0] for magic, _ in _MAGIC)


def recognise(head: bytes) -> Kind:
    """The kind of what begins with these bytes (give the first ``HEAD_BYTES``, or all there is)."""
    if not head:
        return Kind.EMPTY
    if head[0] in _MAGIC_FIRST:
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
    mark: cython.Py_ssize_t = _after_mark(head, 0)
    size: cython.Py_ssize_t = len(head)
    if not head.startswith(b"From ", mark) or _name_end(head, mark, size) > 0:
        return 0
    end: cython.Py_ssize_t = _line_end(head, mark, size)
    return _line_after(head, end, size) if end < size else 0


def begins_header(data: bytes, start: cython.Py_ssize_t = 0) -> bool:
    """Whether the header of a mail begins at ``start``.

    Reads no further than it must: most mails are known after two or three fields. Lines that are no field
    (some gateways write such) are borne as long as they are fewer than the fields.
    """
    size: cython.Py_ssize_t = len(data)
    position: cython.Py_ssize_t = _after_mark(data, start)
    fields: cython.Py_ssize_t = 0
    strays: cython.Py_ssize_t = 0
    labels: cython.Py_ssize_t = 0
    known: cython.Py_ssize_t = 0
    line: cython.Py_ssize_t
    for line in range(_LINES):  # noqa: B007
        stop: cython.Py_ssize_t = _line_end(data, position, size)
        if stop == position:
            break
        if data[position] != 0x20 and data[position] != 0x09:
            name_end: cython.Py_ssize_t = _name_end(data, position, stop)
            if name_end > 0:
                fields += 1
                if name_end - position <= _NAME_BYTES:
                    name = data[position:name_end].lower()
                    if name in _MAIL_FIELDS:
                        known += 1
                    elif name in _MIME_FIELDS:
                        labels += 1
                if known > 0 and known + labels >= 2 and fields > strays:
                    return True
            elif not data.startswith(b">From ", position):
                strays += 1
        if stop == size or (fields == 0 and strays > 0):
            break
        position = _line_after(data, stop, size)
    return False


@cython.cfunc
@cython.exceptval(-1)
def _after_mark(data: bytes, start: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """``start``, or what follows the byte order mark there."""
    return start + 3 if data.startswith(_BYTE_ORDER_MARK, start) else start


@cython.cfunc
@cython.exceptval(-1)
def _line_end(data: bytes, position: cython.Py_ssize_t, size: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where the line at ``position`` ends: its LF or CR, or the end of the data."""
    while position < size and data[position] != 0x0A and data[position] != 0x0D:
        position += 1
    return position


@cython.cfunc
@cython.exceptval(-1)
def _line_after(data: bytes, end: cython.Py_ssize_t, size: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Start of the line behind the line end at ``end``."""
    if data[end] == 0x0D and end + 1 < size and data[end + 1] == 0x0A:
        return end + 2
    return end + 1


@cython.cfunc
@cython.exceptval(-1)
def _name_end(data: bytes, position: cython.Py_ssize_t, stop: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """End of the field name at ``position``, where blanks and a colon follow it before ``stop``; 0 where none does."""
    end: cython.Py_ssize_t = position
    while end < stop and 0x21 <= data[end] <= 0x7E and data[end] != 0x3A:
        end += 1
    colon: cython.Py_ssize_t = end
    while colon < stop and (data[colon] == 0x20 or data[colon] == 0x09):
        colon += 1
    return end if end > position and colon < stop and data[colon] == 0x3A else 0


def _is_tar(head: bytes) -> bool:
    """Whether the first 512 bytes are a tar header: its checksum holds (POSIX.1-1988 ustar and the older form)."""
    if len(head) < 512 or not head[0] or head[148] not in b"0123456789 \x00":
        return False
    written = head[148:156].strip(b"\x00 ")
    if not written or not written.isdigit():
        return False
    try:
        checksum = int(written, 8)
    except ValueError:
        return False
    return checksum == sum(head[:148]) + 8 * 0x20 + sum(head[156:512])

"""What a mail is once it has been read: frozen values, no behaviour beyond small look-ups.

Every other room speaks in these types. Offsets are byte offsets into ``Message.raw``.
Bad input never raises: what was wrong, and what was guessed, stands in ``Message.defects``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from meyasubako.mail.head import Fields, HeaderField

__all__ = [
    "DEFAULT_LIMITS",
    "Address",
    "Attachment",
    "Defect",
    "HeaderField",
    "Limits",
    "Link",
    "Message",
    "Part",
    "Received",
]


class Defect(NamedTuple):
    """Something a mail did wrong, and what we took it for.

    ``code`` is a stable word (``charset-mislabelled``), ``where`` the place (``header:subject``,
    ``part:1.2``), ``guessed`` what was assumed instead, or None when nothing was assumed.
    """

    code: str
    where: str
    guessed: str | None = None


class Address(NamedTuple):
    """A mailbox (RFC 5322 section 3.4): display name ("" where none) and addr-spec."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The part after the last "@", lower case; "" where there is none."""
        return self.address.rpartition("@")[2].lower() if "@" in self.address else ""


class Received(NamedTuple):
    """One trace field (RFC 5321 section 4.4); what it does not say is None.

    ``ip`` is the client's address in canonical text form, ``helo`` what the client called itself, ``rdns``
    the name the writer looked up, ``by`` the host that wrote the field. ``date`` is aware, in UTC.
    ``index`` counts from 0, the newest field first.
    """

    ip: str | None
    helo: str | None
    rdns: str | None
    by: str | None
    with_: str | None
    id: str | None
    for_: str | None
    date: datetime | None
    tls: str | None
    index: int = 0  # type: ignore[assignment]  # the field hides tuple.index, which nobody calls


class Link(NamedTuple):
    """A link a reader could follow. ``domain`` is the registered domain (public suffix + 1) or None.

    ``text`` is what the reader sees, None where the URL itself was seen; ``mismatch`` says that the
    text names another registered domain than the one the link leads to.
    """

    url: str
    domain: str | None
    text: str | None
    mismatch: bool = False


class Attachment(NamedTuple):
    """A part offered as a file: decoded size in bytes and sha256 (hex) of the decoded bytes."""

    name: str
    type: str
    size: int
    sha256: str


class Part(NamedTuple):
    """One node of the MIME tree (RFC 2045/2046). ``path`` is "" for the root, then "1", "1.2" ...

    ``start`` and ``end`` bound the part with its header, ``body`` is where its content begins; the line end
    before a boundary belongs to the boundary. message/* parts are leaves: what they hold is ``Message.nested``.
    """

    path: str
    type: str
    charset: str | None
    encoding: str
    disposition: str | None
    name: str | None
    start: int
    end: int
    children: tuple[Part, ...] = ()
    body: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps for hostile input (bytes, counts). What lies beyond a cap is left out and named a defect."""

    size: int = 50 * 1024 * 1024
    depth: int = 32
    parts: int = 1_000
    header_bytes: int = 1024 * 1024
    header_fields: int = 5_000
    text: int = 2 * 1024 * 1024
    links: int = 2_000


DEFAULT_LIMITS = Limits()


class Message(NamedTuple):
    """A mail that has been read.

    ``text`` is what a reader sees first: the text/plain parts, or the visible text of the HTML where there is
    no plain text. ``plain``, ``html`` (source) and ``html_text`` (visible text) keep the sources apart; ""
    where absent. ``charset`` is the charset the main text was really read in. ``nested`` holds each
    message/rfc822 part's bytes whole. ``fields`` are made, and ``received`` (newest first) is read field by field,
    as they are looked at. ``addresses`` and ``phones`` are those written in the text.
    """

    raw: bytes
    fields: Fields
    root: Part
    subject: str | None
    from_: Address | None
    sender: Address | None
    reply_to: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    date: datetime | None
    message_id: str | None
    received: Sequence[Received]
    text: str
    plain: str
    html: str
    html_text: str
    charset: str | None
    links: tuple[Link, ...]
    attachments: tuple[Attachment, ...]
    addresses: tuple[str, ...]
    phones: tuple[str, ...]
    nested: tuple[bytes, ...]
    defects: tuple[Defect, ...]

    def values(self, name: str) -> list[bytes]:
        """Raw values of every field of this name (any case), in the order of the mail."""
        return self.fields.values(name.lower())

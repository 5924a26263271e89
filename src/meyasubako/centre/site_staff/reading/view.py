"""A mail as values that a page shows: texts in pieces, headers beside their raw form, findings with their places.

Everything is made anew from the bytes, the envelope and the DNS answers kept at receipt, so that sentences and places
are those of the law and code of today; ``analysis_version`` of the stored observation says what counted the figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from meyasubako.analysis.context import Context
from meyasubako.analysis.observe import as_fact, find_mail_origin, judge_mail, observe, see_sender
from meyasubako.analysis.schema import Observation
from meyasubako.analysis.types import Envelope
from meyasubako.centre.site_staff.reading.hops import Way, way_of
from meyasubako.centre.site_staff.reading.pieces import (
    MASKED,
    Highlight,
    Mask,
    Piece,
    in_pieces,
    inert_url,
    mask_of,
    plain,
)
from meyasubako.law.types import Finding, Span
from meyasubako.mail.contacts import addresses_in
from meyasubako.mail.parse import parse
from meyasubako.mail.types import Address, Attachment, Link, Message
from meyasubako.mail.words import decode_header
from meyasubako.origin.types import Origin
from meyasubako.sender import Answers, Claim, Ground, claims

PAGE_CHARACTERS = 30_000
"""Characters of text on one page."""
MOST_FIELDS = 200
MOST_LINKS = 200
LONGEST_VALUE = 2_000
RECIPIENT_FIELDS = frozenset(
    ("to", "cc", "bcc", "apparently-to", "delivered-to", "envelope-to", "resent-to", "resent-cc", "x-delivered-to",
     "x-envelope-to", "x-forwarded-to", "x-original-to", "x-rcpt-to")
)  # fmt: skip


class FieldShown(NamedTuple):
    """A header field decoded, and raw where that differs; ``cut`` says that there was more of it."""

    name: str
    decoded: list[Piece]
    raw: list[Piece]
    cut: bool


class LinkShown(NamedTuple):
    """A link: where it really leads (inert) and what the reader sees, None where that is the URL itself."""

    target: str
    domain: str
    words: list[Piece] | None
    mismatch: bool


class FindingShown(NamedTuple):
    """A finding with the number that marks its places in the text, and those places in words."""

    number: int
    finding: Finding
    places: tuple[tuple[str, str], ...]


class TextShown(NamedTuple):
    """One page of a text: pieces, page and pages from 1, and the length of the whole in characters."""

    pieces: list[Piece]
    page: int
    pages: int
    length: int


class AttachmentShown(NamedTuple):
    """What is told of a file: it is never opened."""

    name: str
    type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class MailView:
    """A mail read; see the module. ``seen`` is what the analysis of today says."""

    envelope: Envelope
    size: int
    subject: list[Piece]
    sender: tuple[list[Piece], list[Piece]]
    fields: list[FieldShown]
    fields_left_out: int
    text: TextShown
    html_text: TextShown | None
    has_html: bool
    links: list[LinkShown]
    links_left_out: int
    attachments: list[AttachmentShown]
    nested: int
    findings: list[FindingShown]
    law_day: str
    law_day_source: str
    origin: Origin
    way: Way
    grounds: tuple[Ground, ...]
    claims: tuple[Claim, ...]
    seen: Observation


def read_mail(
    raw: bytes,
    envelope: Envelope,
    context: Context,
    answers: Answers | None = None,
    *,
    page: int = 1,
    html_page: int = 1,
    hide_recipients: bool = False,
) -> MailView:
    """Read the bytes of one arrival. ``page`` and ``html_page`` choose the pages of the two texts.

    ``hide_recipients`` keeps back whom the mail went to: in a report that is the person who reported.
    """
    mail = parse(raw)
    mask = mask_of(recipients(mail, envelope)) if hide_recipients else None
    origin = find_mail_origin(mail, envelope, context)
    seen = see_sender(mail, envelope, origin, answers)
    law_day, law_day_source, findings = judge_mail(mail, envelope, context, as_fact(seen, origin))
    spans = [(number, span) for number, found in enumerate(findings, 1) for span in found.spans]
    links = mail.links[:MOST_LINKS]
    return MailView(
        envelope=envelope,
        size=len(raw),
        subject=in_pieces(mail.subject or "", _over(spans, "subject"), mask),
        sender=_author(mail.from_, _over(spans, "from"), mask),
        fields=[field_shown(field.name, field.value, mask) for field in mail.fields[:MOST_FIELDS]],
        fields_left_out=max(0, len(mail.fields) - MOST_FIELDS),
        text=text_page(mail.text, _over(spans, "text"), page, mask),
        html_text=_other_text(mail, spans, html_page, mask),
        has_html=bool(mail.html.strip()),
        links=[link_shown(link, mask) for link in links],
        links_left_out=len(mail.links) - len(links),
        attachments=[attachment_shown(attachment, mask) for attachment in mail.attachments],
        nested=len(mail.nested),
        findings=[
            FindingShown(number, found, tuple(_place(mail, span, mask) for span in found.spans[:5]))
            for number, found in enumerate(findings, 1)
        ],
        law_day=law_day.isoformat(),
        law_day_source=law_day_source,
        origin=origin,
        way=way_of(
            mail.received,
            origin,
            received_at=envelope.received_at,
            client_ip=envelope.client_ip,
            client_helo=envelope.helo,
        ),
        grounds=seen.forgery.grounds if seen else (),
        claims=claims(mail.fields)[:20],
        seen=observe(mail, envelope, context, answers),
    )


def recipients(mail: Message, envelope: Envelope) -> set[str]:
    """Every address that the mail was sent to, as far as it says so."""
    found = {address.address for address in (*mail.to, *mail.cc)}
    for name in RECIPIENT_FIELDS:
        for value in mail.values(name)[:20]:
            found.update(addresses_in(value[:LONGEST_VALUE].decode("utf-8", "replace")))
    found.update(hop.for_.strip("<>") for hop in mail.received[:MOST_FIELDS] if hop.for_)
    if envelope.envelope_to:
        found.add(envelope.envelope_to)
    return found


def field_shown(name: str, value: bytes, mask: Mask = None) -> FieldShown:
    """One header field, decoded as far as it can be, and as it stood."""
    if mask is not None and name.lower() in RECIPIENT_FIELDS:
        return FieldShown(plain(name[:200]), [Piece("masked", MASKED)], [], cut=False)
    decoded = decode_header(value[: 4 * LONGEST_VALUE]).text
    raw = value.decode("utf-8", "backslashreplace").strip()
    cut = len(raw) > LONGEST_VALUE or len(decoded) > LONGEST_VALUE
    same = " ".join(raw.split()) == " ".join(decoded.split())
    return FieldShown(
        plain(name[:200]),
        in_pieces(decoded[:LONGEST_VALUE], mask=mask),
        [] if same else in_pieces(raw[:LONGEST_VALUE], mask=mask),
        cut,
    )


def link_shown(link: Link, mask: Mask = None) -> LinkShown:
    """One link, inert."""
    words = None if link.text is None else in_pieces(link.text[:500], mask=mask)
    return LinkShown(
        inert_url(link.url[:LONGEST_VALUE], mask), plain(link.domain or ""), words, link.mismatch
    )


def attachment_shown(attachment: Attachment, mask: Mask = None) -> AttachmentShown:
    """A file's name with its hidden characters marked: "invoice[U+202E]fdp.exe" ends in exe."""
    return AttachmentShown(
        plain(attachment.name[:300], mask), plain(attachment.type[:100]), attachment.size, attachment.sha256
    )


def text_page(text: str, highlights: Sequence[Highlight], page: int, mask: Mask = None) -> TextShown:
    """One page of a text, highlights included; the nearest there is for a number out of range."""
    pages = max(1, -(-len(text) // PAGE_CHARACTERS))
    page = min(max(page, 1), pages)
    start = (page - 1) * PAGE_CHARACTERS
    cut = text[start : start + PAGE_CHARACTERS]
    moved = [Highlight(one.start - start, one.end - start, one.number) for one in highlights]
    return TextShown(in_pieces(cut, moved, mask), page, pages, len(text))


def _other_text(mail: Message, spans: list[tuple[int, Span]], page: int, mask: Mask) -> TextShown | None:
    """The words of the HTML, where they are not the text that is shown already."""
    if not mail.html_text.strip() or mail.text == mail.html_text:
        return None
    return text_page(mail.html_text, _over(spans, "html_text"), page, mask)


def _author(
    address: Address | None, highlights: Sequence[Highlight], mask: Mask
) -> tuple[list[Piece], list[Piece]]:
    if address is None:
        return [], []
    return in_pieces(address.name, highlights, mask), in_pieces(address.address, mask=mask)


def _over(spans: list[tuple[int, Span]], where: str) -> list[Highlight]:
    return [Highlight(span.start, span.end, number) for number, span in spans if span.where == where]


def _place(mail: Message, span: Span, mask: Mask) -> tuple[str, str]:
    """Where a span is, and its words."""
    name = mail.from_.name if mail.from_ else ""
    texts = {"text": mail.text, "html_text": mail.html_text, "subject": mail.subject or "", "from": name}
    words = texts.get(span.where, "")[span.start : span.end]
    return span.where, plain(" ".join(words.split())[:120], mask)

"""What the parts of a mail say and carry: texts, links, contacts, attachments, nested mails.

Takes the tree of ``mime`` and reads each leaf once. Plain text and HTML are kept apart; files are hashed
decoded; message/rfc822 parts are handed on whole.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

from meyasubako.mail.charset import codec_of, decode
from meyasubako.mail.contacts import addresses_in, phones_in, urls_in
from meyasubako.mail.html import meta_charset, read_html
from meyasubako.mail.links import text_link
from meyasubako.mail.mime import leaves
from meyasubako.mail.transfer import decode_transfer, decode_uuencode
from meyasubako.mail.types import Attachment, Defect, Limits, Link, Part

_UU_START = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,200})\r?\n(?=[!-`]{2,80}\r?\n)", re.MULTILINE)
_MOST_UU = 50
_WEAK_LABELS = frozenset({"", "ascii", "cp1252"})
_EXPANSION = 4
_STATUS = frozenset(
    {"message/delivery-status", "message/disposition-notification", "message/feedback-report"}
)


class Body(NamedTuple):
    """All that ``Message`` takes from the parts."""

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


def read_body(raw: bytes, root: Part, limits: Limits, hint: str | None) -> Body:
    """Read every leaf of the tree. Never raises."""
    reader = _BodyReader(raw, limits, hint)
    for leaf in leaves(root):
        reader.read(leaf)
    return reader.finish()


class _BodyReader:
    """Collects what the leaves of one mail hold."""

    def __init__(self, raw: bytes, limits: Limits, hint: str | None) -> None:
        self.raw = raw
        self.limits = limits
        self.hint = hint
        self.plains: list[str] = []
        self.htmls: list[str] = []
        self.plain_charset: str | None = None
        self.html_charset: str | None = None
        self.attachments: list[Attachment] = []
        self.nested: list[bytes] = []
        self.defects: list[Defect] = []
        self.text_left = limits.text

    def note(self, code: str, path: str, guessed: str | None = None) -> None:
        """Record a defect of a part."""
        self.defects.append(Defect(code, f"part:{path or 'root'}", guessed))

    def read(self, leaf: Part) -> None:
        """Put one leaf where it belongs."""
        kind = leaf.type
        if kind.startswith("multipart/"):
            kind = "text/plain"  # no part was found in it: its content is read as text
        offered = leaf.disposition == "attachment"
        if kind in ("message/rfc822", "message/global"):
            self.nested.append(self._content(leaf))
        elif kind == "text/plain" and not offered:
            self._read_plain(leaf)
        elif kind == "text/html" and not offered:
            self._read_html(leaf)
        elif kind in _STATUS and not offered and leaf.name is None:
            return
        else:
            self._attach(leaf.name or "", kind, self._content(leaf))

    def _content(self, leaf: Part) -> bytes:
        data, codes = decode_transfer(self.raw[leaf.body : leaf.end], leaf.encoding)
        for code in codes:
            self.note(code, leaf.path)
        return data

    def _attach(self, name: str, kind: str, data: bytes) -> None:
        self.attachments.append(Attachment(name, kind, len(data), hashlib.sha256(data).hexdigest()))

    def _text_bytes(self, leaf: Part) -> bytes:
        """Decoded bytes of a text part, no more than the caps can use."""
        most = (self.text_left + 1) * _EXPANSION
        end = leaf.end if leaf.end - leaf.body <= most else leaf.body + most
        if leaf.encoding in ("7bit", "8bit", "binary"):
            return self.raw[leaf.body : end]
        data, codes = decode_transfer(self.raw[leaf.body : end], leaf.encoding)
        for code in codes:
            self.note(code, leaf.path)
        return data

    def _keep(self, text: str, leaf: Part) -> str:
        """The text, cut at what is left of the cap."""
        if len(text) > self.text_left or leaf.end - leaf.body > (self.text_left + 1) * _EXPANSION:
            text = text[: self.text_left]
            self.note("text-too-long", leaf.path)
        self.text_left -= len(text)
        return text

    def _read_plain(self, leaf: Part) -> None:
        data = self._text_bytes(leaf)
        if b"begin " in data:
            data = self._take_uuencoded(data)
        decoded = decode(data, leaf.charset, self.hint)
        if decoded.code is not None:
            self.note(decoded.code, leaf.path, decoded.charset)
        text = decoded.text
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.plains.append(self._keep(text, leaf))
        self.plain_charset = self.plain_charset or decoded.charset

    def _take_uuencoded(self, data: bytes) -> bytes:
        """The text without the files that stand uuencoded in it, which become attachments."""
        rest: list[bytes] = []
        position = 0
        for found in _UU_START.finditer(data):
            if found.start() < position or len(rest) >= _MOST_UU:
                continue
            closing = data.find(b"\nend", found.end())
            stop = len(data) if closing < 0 else closing + 4
            content, _ = decode_uuencode(data[found.start() : stop])
            name = decode(found[1], None, self.hint).text.strip()
            self._attach(name, "application/octet-stream", content)
            rest.append(data[position : found.start()])
            position = stop
        return b"".join([*rest, data[position:]]) if rest else data

    def _read_html(self, leaf: Part) -> None:
        data = self._text_bytes(leaf)
        label, hint = leaf.charset, self.hint
        if not data.isascii():
            claimed = meta_charset(data)
            if claimed is not None:
                if label is None:
                    label = claimed
                elif codec_of(label) in _WEAK_LABELS:
                    hint = claimed
        decoded = decode(data, label, hint)
        if decoded.code is not None:
            self.note(decoded.code, leaf.path, decoded.charset)
        self.htmls.append(self._keep(decoded.text, leaf))
        self.html_charset = self.html_charset or decoded.charset

    def finish(self) -> Body:
        """Views over all texts together."""
        limits = self.limits
        plain = "\n".join(self.plains)
        html = "\n".join(self.htmls)
        links: dict[Link, None] = {}
        addresses: dict[str, None] = {}
        phones: dict[str, None] = {}
        html_text = ""
        if html:
            view = read_html(html, limits.links, limits.text)
            html_text = view.text
            links.update(dict.fromkeys(view.links))
            addresses.update(
                dict.fromkeys(address for text in view.addresses for address in addresses_in(text))
            )
            phones.update(dict.fromkeys(number for text in view.phones for number in phones_in(text)))
            if view.hidden:
                self.note("html-hidden-text", "html")
        targets = {link.url for link in links}
        targets.update([link.text for link in links if link.text])
        for text in (plain, html_text):
            if not text:
                continue
            for url in urls_in(text, limits.links):
                if url not in targets:
                    targets.add(url)
                    links[text_link(url)] = None
            addresses.update(dict.fromkeys(addresses_in(text)))
            phones.update(dict.fromkeys(phones_in(text)))
        if len(links) > limits.links:
            self.note("links-too-many", "")
        shows_plain = bool(plain) and not plain.isspace()
        return Body(
            text=plain if shows_plain or not html_text else html_text,
            plain=plain,
            html=html,
            html_text=html_text,
            charset=self.plain_charset if shows_plain or not html_text else self.html_charset,
            links=tuple(links)[: limits.links],
            attachments=tuple(self.attachments),
            addresses=tuple(addresses),
            phones=tuple(phones),
            nested=tuple(self.nested),
            defects=tuple(self.defects),
        )

"""What the parts of a mail say and carry: texts, links, contacts, attachments, nested mails.

Takes the tree of ``mime`` and reads each leaf once. Plain text and HTML are kept apart; files are hashed
decoded; message/rfc822 parts are handed on whole.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

import cython

from meyasubako.mail.charset import Decoded, codec_of, decode
from meyasubako.mail.contacts import addresses_in, phones_in, urls_in
from meyasubako.mail.html import meta_charset, read_html
from meyasubako.mail.links import text_link
from meyasubako.mail.mime import leaves
from meyasubako.mail.transfer import decode_transfer, decode_uuencode
from meyasubako.mail.types import Attachment, Defect, Limits, Link, Part

_UU_START = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,200})\r?\n(?=[!-`]{2,80}\r?\n)", re.MULTILINE)
_MOST_UU = 50
_WEAK_LABELS = frozenset({"", "ascii", "cp1252"})
_EXPANSION = cython.declare(cython.Py_ssize_t, 4)
_AS_IS = frozenset({"7bit", "8bit", "binary"})
_NESTED = frozenset({"message/rfc822", "message/global"})
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


@cython.final
@cython.cclass
class _BodyReader:
    """Collects what the leaves of one mail hold."""

    raw: bytes
    limits: Limits
    hint: str | None
    plains: list[str]
    htmls: list[str]
    plain_charset: str | None
    html_charset: str | None
    attachments: list[Attachment]
    nested: list[bytes]
    defects: list[Defect]
    text_left: cython.Py_ssize_t

    def __init__(self, raw: bytes, limits: Limits, hint: str | None) -> None:
        self.raw = raw
        self.limits = limits
        self.hint = hint
        self.plains = []
        self.htmls = []
        self.plain_charset = None
        self.html_charset = None
        self.attachments = []
        self.nested = []
        self.defects = []
        self.text_left = limits.text

    @cython.cfunc
    def note(self, code: str, path: str, guessed: str | None) -> None:
        self.defects.append(Defect(code, f"part:{path or 'root'}", guessed))

    @cython.cfunc
    def read(self, leaf: Part) -> None:
        """Put one leaf where it belongs."""
        kind = leaf.type
        if kind.startswith("multipart/"):
            kind = "text/plain"  # no part was found in it: its content is read as text
        offered = leaf.disposition == "attachment"
        if kind == "text/plain" and not offered:
            self.read_plain(leaf)
        elif kind == "text/html" and not offered:
            self.read_html(leaf)
        elif kind in _NESTED:
            self.nested.append(self.content(leaf, leaf.end))
        elif offered or kind not in _STATUS or leaf.name is not None:
            self.attach(leaf.name or "", kind, self.content(leaf, leaf.end))

    @cython.cfunc
    def content(self, leaf: Part, end: cython.Py_ssize_t) -> bytes:
        """What a leaf holds, decoded, up to an offset."""
        data: bytes = self.raw[leaf.body : end]
        if leaf.encoding in _AS_IS:
            return data
        decoded, codes = decode_transfer(data, leaf.encoding)
        for code in codes:
            self.note(code, leaf.path, None)
        return decoded

    @cython.cfunc
    def attach(self, name: str, kind: str, data: bytes) -> None:
        self.attachments.append(Attachment(name, kind, len(data), hashlib.sha256(data).hexdigest()))

    @cython.cfunc
    def text_bytes(self, leaf: Part) -> bytes:
        """Decoded bytes of a text part, no more than the caps can use."""
        most: cython.Py_ssize_t = (self.text_left + 1) * _EXPANSION
        end: cython.Py_ssize_t = leaf.end
        start: cython.Py_ssize_t = leaf.body
        return self.content(leaf, end if end - start <= most else start + most)

    @cython.cfunc
    def decode(self, data: bytes, leaf: Part, label: str | None, hint: str | None) -> Decoded:
        decoded = decode(data, label, hint)
        if decoded.code is not None:
            self.note(decoded.code, leaf.path, decoded.charset)
        return decoded

    @cython.cfunc
    def keep(self, text: str, leaf: Part) -> str:
        """The text, cut at what is left of the cap."""
        left: cython.Py_ssize_t = self.text_left
        if len(text) > left or leaf.end - leaf.body > (left + 1) * _EXPANSION:
            text = text[:left]
            self.note("text-too-long", leaf.path, None)
        self.text_left = left - len(text)
        return text

    @cython.cfunc
    def read_plain(self, leaf: Part) -> None:
        data = self.text_bytes(leaf)
        if data.find(b"begin ") >= 0:
            data = self.take_uuencoded(data)
        decoded = self.decode(data, leaf, leaf.charset, self.hint)
        text: str = decoded.text
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.plains.append(self.keep(text, leaf))
        self.plain_charset = self.plain_charset or decoded.charset

    @cython.cfunc
    def take_uuencoded(self, data: bytes) -> bytes:
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
            self.attach(name, "application/octet-stream", content)
            rest.append(data[position : found.start()])
            position = stop
        return b"".join([*rest, data[position:]]) if rest else data

    @cython.cfunc
    def read_html(self, leaf: Part) -> None:
        data = self.text_bytes(leaf)
        label, hint = leaf.charset, self.hint
        if not data.isascii():
            claimed = meta_charset(data)
            if claimed is not None:
                if label is None:
                    label = claimed
                elif codec_of(label) in _WEAK_LABELS:
                    hint = claimed
        decoded = self.decode(data, leaf, label, hint)
        self.htmls.append(self.keep(decoded.text, leaf))
        self.html_charset = self.html_charset or decoded.charset

    @cython.cfunc
    def finish(self) -> Body:
        """Views over all texts together."""
        most: cython.Py_ssize_t = self.limits.links
        plain = "\n".join(self.plains)
        html = "\n".join(self.htmls)
        links: dict[Link, bool] = {}
        addresses: dict[str, bool] = {}
        phones: dict[str, bool] = {}
        html_text = ""
        if html:
            view = read_html(html, most, self.limits.text)
            html_text = view.text
            links = dict.fromkeys(view.links, True)
            for text in view.addresses:
                addresses |= dict.fromkeys(addresses_in(text), True)
            for text in view.phones:
                phones |= dict.fromkeys(phones_in(text), True)
            if view.hidden:
                self.note("html-hidden-text", "html", None)
        targets: set[str | None] = set()
        for text in (plain, html_text):
            if not text:
                continue
            urls = urls_in(text, most)
            if urls and not targets:
                targets.update([link.url for link in links], [link.text for link in links])
            for url in urls:
                if url not in targets:
                    targets.add(url)
                    links[text_link(url)] = True
            if found := addresses_in(text):
                addresses |= dict.fromkeys(found, True)
            if found := phones_in(text):
                phones |= dict.fromkeys(found, True)
        if len(links) > most:
            self.note("links-too-many", "", None)
        shows_plain = not html_text or (bool(plain) and not plain.isspace())
        return Body(
            plain if shows_plain else html_text,
            plain,
            html,
            html_text,
            self.plain_charset if shows_plain else self.html_charset,
            tuple(links)[:most],
            tuple(self.attachments),
            tuple(addresses),
            tuple(phones),
            tuple(self.nested),
            tuple(self.defects),
        )

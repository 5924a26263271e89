"""HTML source -> the text a reader sees, and the links in it.

Parsing is turbohtml's (the WHATWG algorithm in C, linear on every hostile source tried). What the source hides
(``hidden``, ``display:none``, type of size 0) is not visible text; links in it are still links.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote, urljoin

from turbohtml import Document, PlainText, parse

from meyasubako.mail.links import shown_link
from meyasubako.mail.types import Link

_STRICT = PlainText(layout="strict")
_MAY_HIDE = re.compile(
    r"display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|font-size\s{0,3}:\s{0,3}0|\shidden",
    re.IGNORECASE,
)
_HIDES = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:[;!]|\Z)",
    re.IGNORECASE,
)
_FOLLOWED = re.compile(r"(?:https?|ftp|data|file):", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,20}:")
_CONTROLS = re.compile(r"[\t\r\n]")
_HEAD_BYTES = 1_024
_META_CHARSET = re.compile(rb"charset\s{0,3}=\s{0,3}[\"']?\s{0,3}([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)


class HtmlView(NamedTuple):
    """What one HTML source shows: text, links, and the addresses and numbers its links name."""

    text: str
    links: list[Link]
    addresses: list[str]
    phones: list[str]
    hidden: bool


def meta_charset(data: bytes) -> str | None:
    """The charset a source claims in its first 1,024 bytes, None where it claims none."""
    found = _META_CHARSET.search(data, 0, _HEAD_BYTES)
    return found[1].decode("ascii") if found is not None else None


def read_html(source: str, most_links: int, most_text: int) -> HtmlView:
    """Read one HTML part. Never raises; texts of links stop when they together reach ``most_text`` signs."""
    document = parse(source)
    links: dict[Link, None] = {}
    addresses: list[str] = []
    phones: list[str] = []
    base = _base(document, source)
    left = most_text
    for element in document.find_all("a"):
        href = element.attr("href")
        if not href:
            continue
        url = _CONTROLS.sub("", href.strip())
        if url[:7].lower() == "mailto:":
            addresses.append(unquote(url[7:].partition("?")[0], errors="replace"))
        elif url[:4].lower() == "tel:":
            phones.append(unquote(url[4:], errors="replace"))
        elif (target := _target(url, base)) is not None:
            text = " ".join(element.text.split()) if left > 0 else ""
            left -= len(text) + 1
            links.setdefault(shown_link(target, text))
            if len(links) >= most_links:
                break
    if len(links) < most_links:
        _other_links(document, source, base, links)
    hidden = _MAY_HIDE.search(source) is not None and _drop_hidden(document)
    return HtmlView(document.to_text(_STRICT).replace("\xa0", " "), list(links), addresses, phones, hidden)


def _base(document: Document, source: str) -> str | None:
    if "<base" not in source and "<BASE" not in source:
        return None
    element = document.find("base")
    return element.attr("href") if element is not None else None


def _target(url: str, base: str | None) -> str | None:
    """The absolute URL a reader would come to; None where it leads nowhere outside the mail."""
    if _FOLLOWED.match(url):
        return url
    if url.startswith(("//", "\\\\")):
        return "http:" + url
    if url[:4].lower() == "www.":
        return "http://" + url
    if base is not None and not _SCHEME.match(url) and not url.startswith("#"):
        try:
            return urljoin(base, url)
        except ValueError:
            return None
    return None


def _other_links(document: Document, source: str, base: str | None, links: dict[Link, None]) -> None:
    """Targets of forms and image maps: followed without a text of their own."""
    lower_marks = ("<form", "<FORM", "<area", "<AREA", "<Form", "<Area")
    if not any(mark in source for mark in lower_marks):
        return
    for tag, name in (("area", "href"), ("form", "action")):
        for element in document.find_all(tag):
            url = element.attr(name)
            target = _target(_CONTROLS.sub("", url.strip()), base) if url else None
            if target is not None:
                links.setdefault(shown_link(target, ""))


def _drop_hidden(document: Document) -> bool:
    """Take out of the tree what a reader does not see; whether there was any."""
    dropped = [
        element
        for element in document.select("[hidden],[style]")
        if element.attr("hidden") is not None or _HIDES.search(element.attr("style") or "")
    ]
    for element in dropped:
        element.decompose()
    return bool(dropped)

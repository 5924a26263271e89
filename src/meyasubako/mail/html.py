"""HTML source -> the text a reader sees, and the links in it.

Parsing is turbohtml's (the WHATWG algorithm in C, linear on every hostile source tried). What the source hides
(``hidden``, ``display:none``, type of size 0) is not visible text; links in it are still links.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urljoin

from turbohtml import Element, PlainText, parse

from meyasubako.mail.links import shown_link
from meyasubako.mail.types import Link

_STRICT = PlainText(layout="strict")
_LOOKED_AT = "a,area,form,base,[hidden],[style]"
_LINKING = frozenset({"a", "area", "form"})
_MAY_HIDE = ("display:none", "display: none", "visibility", "font-size:0", "font-size: 0")
_LONGEST_KNOWN = 200
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
    document = parse(source, positions=False)
    elements = document.select(_LOOKED_AT)
    base = next((element.attr("href") for element in elements if element.tag == "base"), None)
    links: dict[Link, None] = {}
    addresses: list[str] = []
    phones: list[str] = []
    left = most_text
    for element in elements:
        tag = element.tag
        url = element.attr("action" if tag == "form" else "href") if tag in _LINKING else None
        if not url:
            continue
        url = _CONTROLS.sub("", url.strip())
        scheme = url[:7].lower()
        if scheme == "mailto:":
            addresses.append(unquote(url[7:].partition("?")[0], errors="replace"))
        elif scheme[:4] == "tel:":
            phones.append(unquote(url[4:], errors="replace"))
        elif (target := _target(url, base)) is not None:
            text = " ".join(element.text.split()) if left > 0 and tag == "a" else ""
            left -= len(text) + 1
            links[shown_link(target, text)] = None
            if len(links) >= most_links:
                break
    hidden = _drop_hidden(elements)
    text = document.to_text(_STRICT)
    return HtmlView(text.replace("\xa0", " "), list(links), addresses, phones, hidden)


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


def _hides(style: str) -> bool:
    lower = style.lower()
    return any(sign in lower for sign in _MAY_HIDE) and _HIDES.search(style) is not None


_known_to_hide = lru_cache(maxsize=4096)(_hides)


def _is_hidden_by(style: str) -> bool:
    """Whether a style hides its element; short ones are remembered, as cell after cell repeats them."""
    return _known_to_hide(style) if len(style) <= _LONGEST_KNOWN else _hides(style)


def _drop_hidden(elements: list[Element]) -> bool:
    """Take out of the tree what a reader does not see; whether there was any."""
    dropped = [
        element
        for element in elements
        if ((style := element.attr("style")) and _is_hidden_by(style)) or element.attr("hidden") is not None
    ]
    for element in dropped:
        element.decompose()
    return bool(dropped)

"""HTML source -> the text a reader sees, and the links in it.

Parsing is turbohtml's (the WHATWG algorithm in C, linear on every hostile source tried). What the source hides
(``hidden``, ``display:none``, type of size 0) is not visible text; links in it are still links.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urljoin

import cython
from turbohtml import Element, PlainText, parse

from meyasubako.mail.links import shown_link
from meyasubako.mail.types import Link

_STRICT = PlainText(layout="strict")
_LOOKED_AT = "a,area,form,base,[hidden],[style]"
_MAY_HIDE = ("display:none", "display: none", "visibility", "font-size:0", "font-size: 0")
_LONGEST_KNOWN = 200
_HIDES = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:[;!]|\Z)",
    re.IGNORECASE,
)
_FOLLOWED = ("http:", "https:", "ftp:", "data:", "file:")
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
    base: str | None = None
    has_base: cython.bint = False
    linking: list[tuple[str, Element]] = []
    hiding: list[Element] = []
    tag: str
    for element in document.select(_LOOKED_AT):
        tag = element.tag
        if tag == "a" or tag == "area" or tag == "form":
            linking.append((tag, element))
        elif tag == "base" and not has_base:
            has_base = True
            base = element.attr("href")
        style = element.attr("style")
        if (style and _is_hidden_by(style)) or element.attr("hidden") is not None:
            hiding.append(element)
    view = HtmlView("", [], [], [], bool(hiding))
    if linking:
        _read_links(linking, base, view, most_links, most_text)
    for element in hiding:
        element.decompose()
    text: str = document.to_text(_STRICT)
    return view._replace(text=text.replace("\xa0", " "))


@cython.cfunc
def _read_links(
    linking: list[tuple[str, Element]], base: str | None, view: HtmlView, most: int, most_text: int
) -> None:
    """Put where links lead, and the addresses and numbers they name, into a view."""
    links: dict[Link, bool] = {}
    left: cython.Py_ssize_t = most_text
    text: str
    for tag, element in linking:
        url: str = element.attr("action" if tag == "form" else "href") or ""
        if not url:
            continue
        url = url.strip()
        if "\n" in url or "\t" in url or "\r" in url:
            url = _CONTROLS.sub("", url)
        scheme: str = url[:7].lower()  # or what stands in its place
        if scheme == "mailto:":
            view.addresses.append(unquote(url[7:].partition("?")[0], errors="replace"))
        elif scheme[:4] == "tel:":
            view.phones.append(unquote(url[4:], errors="replace"))
        elif (target := _target(url, scheme, base)) is not None:
            text = " ".join(element.text.split()) if left > 0 and tag == "a" else ""
            left -= len(text) + 1
            links[shown_link(target, text)] = True
            if len(links) >= most:
                break
    view.links.extend(links)


@cython.cfunc
def _target(url: str, scheme: str, base: str | None) -> str | None:
    """The absolute URL a reader would come to; None where it leads nowhere outside the mail."""
    if scheme.startswith(_FOLLOWED):
        return url
    if url.startswith(("//", "\\\\")):
        return "http:" + url
    if scheme.startswith("www."):
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

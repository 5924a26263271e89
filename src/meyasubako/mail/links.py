"""Links: where each leads, and whether that is where it says it does."""

from __future__ import annotations

import re

import cython

from meyasubako.mail.contacts import urls_in
from meyasubako.mail.domains import ascii_host, has_known_suffix, registered_domain, url_domain, url_host
from meyasubako.mail.types import Link

_BARE_HOST = re.compile(r"((?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})(?:[/:?#]\S*)?\Z")
_LONGEST = 4_096


def text_link(url: str) -> Link:
    """The link of a URL that is itself what the reader sees."""
    return tuple.__new__(Link, (url, url_domain(url), None, False))


def shown_link(url: str, text: str) -> Link:
    """A link under a text, with its mismatch: the text names another registered domain (a look at phishing)."""
    domain = url_domain(url)
    mismatch: cython.bint = False
    if "." in text:
        shown = shown_domain(text)
        mismatch = shown is not None and shown != domain and url_host(url) is not None
    return tuple.__new__(Link, (url, domain, text, mismatch))


def shown_domain(text: str) -> str | None:
    """The registered domain that a link's text names, None where it names none."""
    text = text.strip()
    if "://" in text or "www." in text:
        urls = urls_in(text, 1)
        return url_domain(urls[0]) if urls else None
    bare = _BARE_HOST.match(text) if len(text) < _LONGEST else None
    if bare is None or "@" in text:
        return None
    host = ascii_host(bare[1])
    return registered_domain(host) if host is not None and has_known_suffix(host) else None

"""URLs written in text, and whether what a link shows is where it leads.

Text is searched from each ``://`` and ``www.`` outwards, so that a text without URLs costs two searches. A URL
ends at white space, quotes and every sign that is not ASCII, as Japanese text goes on without a space; a host
may be IDN (RFC 5890).
"""

from __future__ import annotations

import re

from meyasubako.mail.domains import ascii_host, has_known_suffix, registered_domain, url_host
from meyasubako.mail.types import Link

_SCHEME = re.compile(r"(?<![A-Za-z0-9])(?:https?|h(?:xx|tt)ps?|ftp)\Z", re.IGNORECASE)
_TAIL = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%|{}^\\-]*")
_HOST_BREAK = re.compile(r"[/?#\\]")
_IDN_REST = re.compile(r"[^\W_][\w-]{0,62}(?:\.[\w-]{1,63}){1,8}")
_BARE_HOST = re.compile(r"((?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})(?:[/:?#]\S*)?\Z")
_LAST = ".,;:!?'\"*_"
_OPEN = {")": "(", "]": "[", "}": "{"}
_LONGEST = 4_096
_TRIES = 20_000


def urls_in(text: str, most: int) -> list[str]:
    """URLs in the order of the text, each once, ``www.`` names with the scheme they lack."""
    found: dict[str, None] = {}
    if "://" in text:
        _by_marker(text, "://", found, most)
    for marker in ("www.", "WWW."):
        if marker in text:
            _bare(text, marker, found, most)
    return list(found)


def _by_marker(text: str, marker: str, found: dict[str, None], most: int) -> None:
    position = 0
    tries = 0
    while (hit := text.find(marker, position)) >= 0 and tries < _TRIES and len(found) < most:
        tries += 1
        scheme = _SCHEME.search(text[max(0, hit - 6) : hit])
        rest = hit + len(marker)
        position = rest
        if scheme is None:
            continue
        start = hit - len(scheme[0])
        end = _url_end(text, rest)
        url = _trim(text[start:end])
        if len(url) > hit - start + 3:
            found.setdefault(url)
            position = max(rest, start + len(url))


def _bare(text: str, marker: str, found: dict[str, None], most: int) -> None:
    """Names that begin with ``www.`` and no scheme."""
    position = 0
    tries = 0
    while (hit := text.find(marker, position)) >= 0 and tries < _TRIES and len(found) < most:
        tries += 1
        position = hit + 4
        before = text[hit - 1] if hit else " "
        if before.isascii() and (before.isalnum() or before in "/.@-_=&?%:"):
            continue
        url = _trim(text[hit : _url_end(text, hit)])
        if "." in url[4:] and len(url) > 7:
            found.setdefault("http://" + url)
            position = hit + len(url)


def _url_end(text: str, rest: int) -> int:
    """Where the URL ends whose host starts at ``rest``."""
    tail = _TAIL.match(text, rest, rest + _LONGEST)
    assert tail is not None
    end = tail.end()
    if end < len(text) and not text[end].isascii() and _HOST_BREAK.search(tail[0]) is None:
        idn = _IDN_REST.match(text, end)
        if idn is not None:
            after = _TAIL.match(text, idn.end(), rest + _LONGEST)
            end = after.end() if after is not None else idn.end()
    return end


def _trim(url: str) -> str:
    """Without the punctuation of the sentence around it."""
    while url:
        last = url[-1]
        if last in _LAST:
            url = url.rstrip(_LAST)
        elif last in _OPEN and url.count(last) > url.count(_OPEN[last]):
            url = url[:-1]
        else:
            break
    return url


def text_link(url: str) -> Link:
    """The link of a URL that is itself what the reader sees."""
    return Link(url, registered_domain(url_host(url)), None)


def shown_link(url: str, text: str) -> Link:
    """A link under a text, with its mismatch: the text names another registered domain (a look at phishing)."""
    domain = registered_domain(url_host(url))
    shown = shown_domain(text) if "." in text else None
    return Link(url, domain, text, shown is not None and shown != domain and url_host(url) is not None)


def shown_domain(text: str) -> str | None:
    """The registered domain that a link's text names, None where it names none."""
    text = text.strip()
    if "://" in text or "www." in text:
        urls = urls_in(text, 1)
        return registered_domain(url_host(urls[0])) if urls else None
    bare = _BARE_HOST.match(text) if len(text) < _LONGEST else None
    if bare is None or "@" in text:
        return None
    host = ascii_host(bare[1])
    return registered_domain(host) if host is not None and has_known_suffix(host) else None

"""Links of an HTML source that write a mail: ``<a href="mailto:...">`` with what they show.

They are sought outwards from the "@" of their address (RFC 6068 section 2), which most sources have few of: to seek "mailto:"
itself takes a hundred times as long.
"""

from __future__ import annotations

import re
from html import unescape

import cython

from meyasubako.mail.types import Link

MAILTO = re.compile(
    r"<a\s[^<>]{0,400}?href\s{0,4}=\s{0,4}[\"']?mailto:([^\"'<>?\s]{3,200})[^<>]{0,400}>([^<]{0,200}(?:<[^<>]{1,200}>[^<]{0,200}){0,4}?)</a",
    re.IGNORECASE,
)
MARKUP = re.compile("<[^<>]{0,200}>")
MOST = 50
LOCAL = cython.declare(cython.Py_ssize_t, 207)
"""The furthest that "mailto:" begins before the "@"."""
REACH = cython.declare(cython.Py_ssize_t, 640)
"""The furthest that the tag begins before the "@"."""


def mailto_links(html: str) -> tuple[Link, ...]:
    """The first 50 links that write a mail to an address."""
    at: cython.Py_ssize_t = html.find("@")
    if at < 0:
        return ()
    found: list[Link] = []
    tag: cython.Py_ssize_t
    behind: cython.Py_ssize_t = 0
    while at >= 0 and len(found) < MOST:
        if at > behind and "mailto:" in html[max(behind, at - LOCAL) : at].lower():
            # A tag holds no other "<", so it begins at the nearest; one that was looked at is not looked at again.
            tag = html.rfind("<", max(behind, at - REACH), at)
            if tag >= 0:
                match = MAILTO.match(html, tag)
                behind = match.end() if match else tag + 1
                if match and "@" in match[1]:
                    found.append(Link(f"mailto:{match[1]}", None, unescape(MARKUP.sub(" ", match[2]))))
        at = html.find("@", at + 1)
    return tuple(found)

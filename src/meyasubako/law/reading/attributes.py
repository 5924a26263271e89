"""Attributes of an HTML source that say how words look, read from the source as it stands, without a tree.

Whatever is written like such an attribute is taken for one, also in a comment or in another attribute's value: what an
element has is never missed, whatever markup surrounds it.
"""

from __future__ import annotations

from html import unescape

import cython

from meyasubako.law.reading.looks import SAYS_NOTHING, Setting, said

LONGEST = cython.declare(cython.Py_ssize_t, 4000)
MOST = cython.declare(cython.Py_ssize_t, 20_000)


def told_looks(source: str) -> list[tuple[Setting, int]]:
    """What attributes (``style``, ``color``, ``bgcolor``, ``size``) say of the look, in order, and where they stand."""
    found: list[tuple[Setting, int]] = []
    at: cython.Py_ssize_t = source.find("=")
    while at >= 0 and len(found) < MOST:
        name = _name_before(source, at)
        if name is not None:
            setting = said(name, _value_behind(source, at + 1))
            if setting is not SAYS_NOTHING:
                found.append((setting, at))
        at = source.find("=", at + 1)
    return found


@cython.cfunc
@cython.inline
def _is(source: str, at: cython.Py_ssize_t, letter: cython.Py_ssize_t) -> cython.bint:
    """Whether a small or large letter stands at a place."""
    return at >= 0 and (ord(source[at]) | 0x20) == letter


@cython.cfunc
def _name_before(source: str, end: cython.Py_ssize_t) -> str | None:
    """The name of an attribute whose sign of equality stands at ``end``; None for one that is not sought."""
    while end > 0 and ord(source[end - 1]) <= 0x20:
        end -= 1
    if _is(source, end - 1, 0x65):
        if _is(source, end - 2, 0x6C) and source[max(0, end - 5) : end].lower() == "style":
            return "style"
        if _is(source, end - 2, 0x7A) and source[max(0, end - 4) : end].lower() == "size":
            return "size"
    elif _is(source, end - 1, 0x72) and source[max(0, end - 5) : end].lower() == "color":
        return "bgcolor" if source[max(0, end - 7) : end].lower() == "bgcolor" else "color"
    return None


@cython.cfunc
def _value_behind(source: str, start: cython.Py_ssize_t) -> str:
    """The value that begins here, behind white space: in quotation marks, or up to white space or the tag's end."""
    end: cython.Py_ssize_t
    size: cython.Py_ssize_t = len(source)
    while start < size and ord(source[start]) <= 0x20:
        start += 1
    stop: cython.Py_ssize_t = min(size, start + LONGEST)
    if start < size and source[start] in "\"'":
        end = source.find(source[start], start + 1, stop)
        start += 1
    else:
        end = start
        while end < stop and ord(source[end]) > 0x20 and source[end] != ">":
            end += 1
    value = source[start : end if end >= 0 else stop]
    return unescape(value) if "&" in value else value

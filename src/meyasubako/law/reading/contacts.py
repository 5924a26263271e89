"""Ways to reach somebody that stand in a text: e-mail addresses, URLs and telephone numbers, with offsets."""

from __future__ import annotations

import re
from bisect import bisect_right
from operator import attrgetter
from typing import NamedTuple

import cython

from meyasubako.law.reading.folded import Folded
from meyasubako.law.reading.sought import Vocabulary

HYPHEN = r"[\-‐‑‒–—―−ー]"
LONGEST_URL = cython.declare(cython.Py_ssize_t, 400)
LONGEST_NAME = cython.declare(cython.Py_ssize_t, 300)
LONGEST_LABEL = cython.declare(cython.Py_ssize_t, 63)
ADDRESS = re.compile(r"[a-z0-9._%+\-/=?]{1,64}@(?:[a-z0-9\-]{1,63}\.){1,8}[a-z]{2,24}")
PHONE = re.compile(
    rf"(?:\+?81[ ]?{HYPHEN}?[ ]?(?:\(0\))?[1-9][0-9]{{0,3}}|0[0-9]{{1,4}}\)?)"
    rf"(?:[ ]?{HYPHEN}[ ]?|[ ]|\(|\)[ ]?)?[0-9]{{1,4}}(?:[ ]?{HYPHEN}[ ]?|[ ]|\)[ ]?)?[0-9]{{3,4}}(?![0-9a-z]|[.\-/][0-9])"
)
TRIES = cython.declare(cython.Py_ssize_t, 2000)
PHONE_ABROAD = re.compile(
    r"(?<![0-9a-z./@_\-])(?:\+[1-9][0-9]{0,2}[ \-.]?)?(?:\([0-9]{2,4}\)[ ]?|1[38]00[ \-]|[0-9]{3}[\-.])[0-9]{3,4}[ \-.][0-9]{3,4}(?![0-9a-z])"
)
PHONE_WORDS = Vocabulary(
    "tel", "電話", "フリーダイヤル", "phone", "telephone", "call", "calls", "fax", "ダイヤル", "携帯", *("☎" + sign for sign in " :(+0123456789")
)  # fmt: skip


new = cython.declare(object, tuple.__new__)
"""Makes a named tuple of its fields; by its own constructor that takes four times as long."""


class Contact(NamedTuple):
    """Something that reaches somebody: kind is ``address``, ``url`` or ``phone``; folded offsets; the sign itself."""

    kind: str
    start: int
    end: int
    value: str


def find_contacts(text: str, limit: int = 64) -> list[Contact]:
    """E-mail addresses and URLs of a folded text, in order, at most ``limit`` of each."""
    urls = find_urls(text, limit)
    at: cython.Py_ssize_t = text.find("@")
    if at < 0:
        return urls
    starts = [url.start for url in urls]
    found = list(urls)
    start: cython.Py_ssize_t
    for _ in range(limit):
        if at < 0:
            break
        start = at
        while start > 0 and at - start < 64 and is_local(text[start - 1]):
            start -= 1
        inside = bisect_right(starts, at) - 1
        if (inside < 0 or urls[inside].end <= at) and (address := ADDRESS.match(text, start)):
            found.append(new(Contact, ("address", start, address.end(), address[0])))
        at = text.find("@", at + 1)
    found.sort(key=attrgetter("start"))
    return found


@cython.cfunc
@cython.inline
def is_local(sign: cython.Py_UCS4) -> cython.bint:
    """Whether a small sign may stand in an address before its "@"."""
    return bool("a" <= sign <= "z" or "0" <= sign <= "9" or sign in "._%+-/=?")


def find_urls(text: str, limit: int) -> list[Contact]:
    """URLs of a folded text, in order: what begins with a scheme, or with ``www.`` and a name."""
    urls: list[Contact] = []
    end: cython.Py_ssize_t = 0
    start: cython.Py_ssize_t
    scheme: cython.Py_ssize_t = text.find("://")
    name: cython.Py_ssize_t = text.find("www.")
    while (scheme >= 0 or name >= 0) and len(urls) < limit:
        start = scheme_start(text, scheme) if scheme >= 0 else -1
        if scheme >= 0 and (start < end or name < 0 or start < name):
            stop = url_end(text, scheme + 3, 3, LONGEST_URL) if start >= end else -1
            scheme = text.find("://", scheme + 3)
        else:
            start, stop = name, name_end(text, name) if name >= end else -1
            name = text.find("www.", name + 4)
        if stop >= 0:
            end = stop
            urls.append(new(Contact, ("url", start, stop, text[start:stop].rstrip(".,)"))))
    return urls


@cython.cfunc
def scheme_start(text: str, end: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where ``http`` or ``https`` begins that ends here; -1 where none does."""
    if text.startswith("http", max(0, end - 4)) and end >= 4:
        return end - 4
    return end - 5 if end >= 5 and text.startswith("https", end - 5) else -1


@cython.cfunc
def name_end(text: str, start: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where a URL without a scheme ends whose ``www.`` begins here; -1 where it is none."""
    label: cython.Py_ssize_t = start + 4
    dot: cython.Py_ssize_t = label
    size: cython.Py_ssize_t = len(text)
    while dot < size and dot - label <= LONGEST_LABEL and is_label(text[dot]):
        dot += 1
    if dot in (label, size) or dot - label > LONGEST_LABEL or text[dot] != ".":
        return -1
    return url_end(text, dot + 1, 2, LONGEST_NAME)


@cython.cfunc
@cython.inline
def is_label(sign: cython.Py_UCS4) -> cython.bint:
    """Whether a sign may stand in the name of a host."""
    return bool("a" <= sign <= "z" or "0" <= sign <= "9" or sign == "-")


@cython.cfunc
def url_end(
    text: str, start: cython.Py_ssize_t, least: cython.Py_ssize_t, most: cython.Py_ssize_t
) -> cython.Py_ssize_t:
    """Where the rest of a URL ends that begins here; -1 where it has fewer than ``least`` signs."""
    end: cython.Py_ssize_t = start
    stop: cython.Py_ssize_t = min(len(text), start + most)
    while end < stop and not ends_url(text[end]):
        end += 1
    return end if end - start >= least else -1


@cython.cfunc
@cython.inline
def ends_url(sign: cython.Py_UCS4) -> cython.bint:
    """Whether a URL ends before a sign: white space, quotation marks and brackets, a Japanese comma or stop."""
    return sign in "<>\"'()「」『』（）、。" or sign.isspace()


def find_phone(view: Folded) -> Contact | None:
    """The first telephone number: Japanese, else one in a common form of other countries behind a word for it."""
    text = view.folded
    at: cython.Py_ssize_t
    for sign in ("0", "+81"):
        at = text.find(sign)
        for _ in range(TRIES):
            if at < 0:
                break
            # Nearly every zero stands inside a number or before no digit: those are not worth a pattern.
            if begins_number(text, at) and (match := PHONE.match(text, at)) and is_number(text, match):
                return Contact("phone", match.start(), match.end(), match[0])
            at = text.find(sign, at + 1)
    for start, end in view.find_words(PHONE_WORDS, 8):
        if abroad := PHONE_ABROAD.search(text, start, end + 40):
            return Contact("phone", abroad.start(), abroad.end(), abroad[0])
    return None


@cython.cfunc
@cython.inline
def begins_number(text: str, at: cython.Py_ssize_t) -> cython.bint:
    """Whether a sign is not part of something longer, and a digit stands behind it."""
    return at + 1 < len(text) and text[at + 1].isdigit() and (at == 0 or not is_part_of_more(text[at - 1]))


@cython.cfunc
@cython.inline
def is_part_of_more(sign: cython.Py_UCS4) -> cython.bint:
    """Whether a number does not begin right behind a sign."""
    return bool("a" <= sign <= "z" or "0" <= sign <= "9" or sign in "./@_-=&")


def is_number(text: str, match: re.Match[str]) -> bool:
    """Whether digits in the form of a number are one: enough of them, and parted or behind a word for a telephone."""
    digits = sum(character.isdigit() for character in match[0])
    return 10 <= digits <= 13 and (len(match[0]) > digits or near_word(text, match.start()))


def near_word(text: str, at: int) -> bool:
    """Whether a word for a telephone stands shortly before."""
    before = text[max(0, at - 16) : at]
    return PHONE_WORDS.stands_in(before)


def is_dummy_phone(number: str) -> bool:
    """A number that cannot be one: nothing but zeros, or one digit, after the area code."""
    digits = "".join(character for character in number if character.isdigit())
    return len(set(digits[2:])) == 1

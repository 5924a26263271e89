"""Ways to reach somebody that stand in a text: e-mail addresses, URLs and telephone numbers, with offsets."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import islice
from typing import NamedTuple

from meyasubako.law.reading.folded import Folded
from meyasubako.law.reading.sought import Vocabulary

HYPHEN = r"[\-‐‑‒–—―−ー]"
URL = re.compile(
    r"https?://[^\s<>\"'「」『』（）()、。]{3,400}|www\.[a-z0-9\-]{1,63}\.[^\s<>\"'「」『』（）()、。]{2,300}"
)
ADDRESS = re.compile(r"[a-z0-9._%+\-/=?]{1,64}@(?:[a-z0-9\-]{1,63}\.){1,8}[a-z]{2,24}")
LOCAL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._%+-/=?")
PHONE = re.compile(
    rf"(?:\+?81[ ]?{HYPHEN}?[ ]?(?:\(0\))?[1-9][0-9]{{0,3}}|0[0-9]{{1,4}}\)?)"
    rf"(?:[ ]?{HYPHEN}[ ]?|[ ]|\(|\)[ ]?)?[0-9]{{1,4}}(?:[ ]?{HYPHEN}[ ]?|[ ]|\)[ ]?)?[0-9]{{3,4}}(?![0-9a-z]|[.\-/][0-9])"
)
PART_OF_MORE = frozenset("0123456789abcdefghijklmnopqrstuvwxyz./@_-=&")
TRIES = 2000
PHONE_ABROAD = re.compile(
    r"(?<![0-9a-z./@_\-])(?:\+[1-9][0-9]{0,2}[ \-.]?)?(?:\([0-9]{2,4}\)[ ]?|1[38]00[ \-]|[0-9]{3}[\-.])[0-9]{3,4}[ \-.][0-9]{3,4}(?![0-9a-z])"
)
PHONE_WORDS = Vocabulary(
    "tel", "電話", "フリーダイヤル", "phone", "telephone", "call", "calls", "fax", "ダイヤル", "携帯", *("☎" + sign for sign in " :(+0123456789")
)  # fmt: skip


class Contact(NamedTuple):
    """Something that reaches somebody: kind is ``address``, ``url`` or ``phone``; folded offsets; the sign itself."""

    kind: str
    start: int
    end: int
    value: str


def find_contacts(text: str, limit: int = 64) -> list[Contact]:
    """E-mail addresses and URLs of a folded text, in order, at most ``limit`` of each."""
    urls = find_urls(text, limit)
    starts = [url.start for url in urls]
    addresses: list[Contact] = []
    at = text.find("@")
    for _ in range(limit):
        if at < 0:
            break
        start = at
        while start > 0 and at - start < 64 and text[start - 1] in LOCAL:
            start -= 1
        inside = bisect_right(starts, at) - 1
        if (inside < 0 or urls[inside].end <= at) and (address := ADDRESS.match(text, start)):
            addresses.append(Contact("address", start, address.end(), address[0]))
        at = text.find("@", at + 1)
    return sorted(urls + addresses, key=lambda contact: contact.start) if addresses else urls


def find_urls(text: str, limit: int) -> list[Contact]:
    """URLs of a folded text, in order."""
    if "://" not in text and "www." not in text:
        return []
    return [
        Contact("url", match.start(), match.end(), match[0].rstrip(".,)"))
        for match in islice(URL.finditer(text), limit)
    ]


def find_phone(view: Folded) -> Contact | None:
    """The first telephone number: Japanese, else one in a common form of other countries behind a word for it."""
    text = view.folded
    for sign in ("0", "+81"):
        at = text.find(sign)
        for _ in range(TRIES):
            if at < 0:
                break
            match = PHONE.match(text, at) if at == 0 or text[at - 1] not in PART_OF_MORE else None
            if match and is_number(text, match):
                return Contact("phone", match.start(), match.end(), match[0])
            at = text.find(sign, at + 1)
    for start, end in view.find_words(PHONE_WORDS, 8):
        if abroad := PHONE_ABROAD.search(text, start, end + 40):
            return Contact("phone", abroad.start(), abroad.end(), abroad[0])
    return None


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

"""Ways to reach somebody that stand in a text: e-mail addresses, URLs and telephone numbers, with offsets."""

from __future__ import annotations

import re
from typing import NamedTuple

HYPHEN = r"[\-‐‑‒–—―−ー]"
URL = re.compile(
    r"https?://[^\s<>\"'「」『』（）()、。]{3,400}|www\.[a-z0-9\-]{1,63}\.[^\s<>\"'「」『』（）()、。]{2,300}"
)
ADDRESS = re.compile(r"[a-z0-9._%+\-/=?]{1,64}@(?:[a-z0-9\-]{1,63}\.){1,8}[a-z]{2,24}")
LOCAL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._%+-/=?")
PHONE = re.compile(
    rf"(?<![0-9a-z./@_\-])(?:\+?81[ ]?{HYPHEN}?[ ]?(?:\(0\))?[1-9][0-9]{{0,3}}|\(?0[0-9]{{1,4}}\)?)"
    rf"(?:[ ]?{HYPHEN}[ ]?|[ ]|\(|\)[ ]?)?[0-9]{{1,4}}(?:[ ]?{HYPHEN}[ ]?|[ ]|\)[ ]?)?[0-9]{{3,4}}(?![0-9a-z]|[.\-/][0-9])"
)
PHONE_ABROAD = re.compile(
    r"(?<![0-9a-z./@_\-])(?:\+[1-9][0-9]{0,2}[ \-.]?)?(?:\([0-9]{2,4}\)[ ]?|1[38]00[ \-]|[0-9]{3}[\-.])[0-9]{3,4}[ \-.][0-9]{3,4}(?![0-9a-z])"
)
PHONE_WORDS = ("tel", "電話", "フリーダイヤル", "☎", "phone", "call", "fax", "ダイヤル", "携帯")


class Contact(NamedTuple):
    """Something that reaches somebody: kind is ``address``, ``url`` or ``phone``; folded offsets; the sign itself."""

    kind: str
    start: int
    end: int
    value: str


def find_contacts(text: str, limit: int = 64) -> list[Contact]:
    """E-mail addresses and URLs of a folded text, in order."""
    found: list[Contact] = []
    if "://" in text or "www." in text:
        for match in URL.finditer(text):
            found.append(Contact("url", match.start(), match.end(), match[0].rstrip(".,)")))
            if len(found) == limit:
                break
    at = text.find("@")
    for _ in range(limit):
        if at < 0:
            break
        start = at
        while start > 0 and at - start < 64 and text[start - 1] in LOCAL:
            start -= 1
        address = ADDRESS.match(text, start)
        if address and not any(other.start <= start < other.end for other in found):
            found.append(Contact("address", start, address.end(), address[0]))
        at = text.find("@", at + 1)
    found.sort(key=lambda contact: contact.start)
    return found


def find_phone(text: str) -> Contact | None:
    """The first telephone number of a folded text: Japanese, else one in a common form of other countries."""
    if "0" not in text:
        return None
    for match in PHONE.finditer(text):
        digits = sum(character.isdigit() for character in match[0])
        if 10 <= digits <= 13 and (len(match[0]) > digits or near_word(text, match.start())):
            return Contact("phone", match.start(), match.end(), match[0])
    abroad = PHONE_ABROAD.search(text) if any(word in text for word in PHONE_WORDS) else None
    return Contact("phone", abroad.start(), abroad.end(), abroad[0]) if abroad else None


def near_word(text: str, at: int) -> bool:
    """Whether a word for a telephone stands shortly before."""
    before = text[max(0, at - 16) : at]
    return any(word in before for word in PHONE_WORDS)


def is_dummy_phone(number: str) -> bool:
    """A number that cannot be one: nothing but zeros, or one digit, after the area code."""
    digits = "".join(character for character in number if character.isdigit())
    return len(set(digits[2:])) == 1

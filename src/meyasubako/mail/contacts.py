"""Mail addresses and Japanese telephone numbers written in text, full-width forms included."""

from __future__ import annotations

import re
import string
import unicodedata

_LOCAL = string.ascii_letters + string.digits + ".!#$%&'*+/=?^_`{|}~-"
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,10}[A-Za-z]{2,24}(?![A-Za-z0-9-])")
_LONGEST_LOCAL = 64
_TRIES = 10_000
_MOST = 1_000

_SEPARATOR = r"[-.()（）－‐‑‒–—―ーｰ−〜~・ 　]{1,2}"
_DIGIT = "[0-9０-９]"
_JOINED = frozenset(string.ascii_letters + string.digits + "０１２３４５６７８９-/=&?%_.#@+")
"""Signs that, before a number, make it a part of something longer."""
_PHONE_REST = (
    rf"(?:(?:81|８１){_SEPARATOR}?[(（]?[0０]?[)）]?{_DIGIT}{{1,4}}|{_DIGIT}{{1,5}})"
    rf"(?:{_SEPARATOR}{_DIGIT}{{1,4}}{_SEPARATOR}{_DIGIT}{{3,4}}|{_DIGIT}{{4,8}})(?![0-9０-９A-Za-z])"
)
_PHONE = re.compile("[0０+＋]" + _PHONE_REST)
_PHONE_BY_ZERO = re.compile("0" + _PHONE_REST)
"""The same where nothing but an ASCII zero can begin a number: a search for one sign is far quicker."""
_PLUS = re.compile(rf"\+{_DIGIT}")
_ELEVEN = ("050", "070", "080", "090", "020", "0800")


def addresses_in(text: str) -> list[str]:
    """Mail addresses in the order of the text, each once, as written (full-width forms narrowed)."""
    found: dict[str, None] = {}
    if "＠" in text:
        text = unicodedata.normalize("NFKC", text)
    position = 0
    tries = 0
    while (hit := text.find("@", position)) >= 0 and tries < _TRIES and len(found) < _MOST:
        tries += 1
        before = text[max(0, hit - _LONGEST_LOCAL) : hit]
        local = before[len(before.rstrip(_LOCAL)) :].lstrip(".'/=*&?")
        position = hit + 1
        if local and (domain := _DOMAIN.match(text, hit + 1)) is not None:
            found.setdefault(f"{local}@{domain[0]}")
            position = domain.end()
    return list(found)


def phones_in(text: str) -> list[str]:
    """Japanese telephone numbers in the order of the text, each once, as national digits ("0312345678")."""
    found: dict[str, None] = {}
    wide = "０" in text or "＋" in text or ("+" in text and _PLUS.search(text) is not None)
    for hit in (_PHONE if wide else _PHONE_BY_ZERO).finditer(text):
        start = hit.start()
        if start and text[start - 1] in _JOINED:
            continue
        number = _national(hit[0])
        if number is not None:
            found.setdefault(number)
            if len(found) >= _MOST:
                break
    return list(found)


def _national(written: str) -> str | None:
    """National digits of a number as written; None where it is no Japanese number."""
    plain = unicodedata.normalize("NFKC", written)
    digits = "".join(sign for sign in plain if sign in string.digits)
    if plain.startswith("+"):
        digits = "0" + digits[2:].lstrip("0") if digits.startswith("81") else ""
    if not digits.startswith("0") or digits[1:2] == "0":
        return None
    if digits.startswith("060"):  # a mobile of eleven digits, or Osaka's area code 06
        return digits if len(digits) in (10, 11) else None
    return digits if len(digits) == (11 if digits.startswith(_ELEVEN) else 10) else None

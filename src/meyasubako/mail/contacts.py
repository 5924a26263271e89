"""What a text names: URLs, mail addresses and Japanese telephone numbers, full-width forms included.

Each is looked for by a sign it cannot be without (``://``, ``www.``, ``@``, a zero or a plus) and read from there
outwards, so that a text without any costs a few searches. A URL ends at white space, quotes and every sign that is
not ASCII, as Japanese text goes on without a space; a host may be IDN (RFC 5890).
"""

from __future__ import annotations

import re
import string
import unicodedata

import cython

from meyasubako.mail.signs import kinds_of_bytes

_LETTERS = string.ascii_letters
_ALNUM = _LETTERS + string.digits
_URL_SIGNS = _ALNUM + "._~:/?#[]@!$&'()*+,;=%|{}^\\-"
_IDN_REST = re.compile(r"[^\W_][\w-]{0,62}(?:\.[\w-]{1,63}){1,8}")
_URL_PAIRS = {")": "(", "]": "[", "}": "{"}
_SCHEMES = frozenset({"http", "hxxp", "ftp"})
_LONGEST_URL = cython.declare(cython.Py_ssize_t, 4_096)
_LONGEST_LOCAL = cython.declare(cython.Py_ssize_t, 64)
_TRIES = cython.declare(cython.Py_ssize_t, 20_000)
_MOST = cython.declare(cython.Py_ssize_t, 1_000)

_SEPARATORS = "-.()（）－‐‑‒–—―ーｰ−〜~・ 　"
_SEPARATOR = f"[{_SEPARATORS}]{{1,2}}"
_WIDE_DIGITS = "０１２３４５６７８９"
_DIGIT = "[0-9０-９]"
_JOINED = frozenset(_ALNUM + _WIDE_DIGITS + "-/=&?%_.#@+")
"""Signs that, before a number, make it a part of something longer."""
_PHONE = re.compile(
    rf"[0０+＋](?:(?:81|８１){_SEPARATOR}?[(（]?[0０]?[)）]?{_DIGIT}{{1,4}}|{_DIGIT}{{1,5}})"
    rf"(?:{_SEPARATOR}{_DIGIT}{{1,4}}{_SEPARATOR}{_DIGIT}{{3,4}}|{_DIGIT}{{4,8}})(?![0-9０-９A-Za-z])"
)
_LEAST_DIGITS = cython.declare(cython.Py_ssize_t, 10)
_MOST_APART = cython.declare(cython.Py_ssize_t, 4)
"""Signs that may stand between two digits of one number."""
_ELEVEN = ("050", "070", "080", "090", "020", "0800")

_URL = cython.declare(cython.Py_ssize_t, 1)
_HOST_END = cython.declare(cython.Py_ssize_t, 2)
_LAST = cython.declare(cython.Py_ssize_t, 4)
_LOCAL = cython.declare(cython.Py_ssize_t, 8)
_LOCAL_EDGE = cython.declare(cython.Py_ssize_t, 16)
_ALPHANUMERIC = cython.declare(cython.Py_ssize_t, 32)
_GLUED = cython.declare(cython.Py_ssize_t, 64)
_CLASS = cython.declare(
    bytes,
    kinds_of_bytes(
        {
            _URL: _URL_SIGNS.encode(),
            _HOST_END: b"/?#\\",
            _LAST: b".,;:!?'\"*_",
            _LOCAL: _ALNUM.encode() + b".!#$%&'*+/=?^_`{|}~-",
            _LOCAL_EDGE: b".'/=*&?",
            _ALPHANUMERIC: _ALNUM.encode(),
            _GLUED: _ALNUM.encode() + b"/.@-_=&?%:",
        }
    ),
)


def urls_in(text: str, most: int) -> list[str]:
    """URLs in the order of the text, each once, at most so many; behind them ``www.`` names, with the scheme they lack."""
    found: dict[str, bool] = {}
    position: cython.Py_ssize_t = 0
    tries: cython.Py_ssize_t = 0
    n: cython.Py_ssize_t = len(text)
    hit: cython.Py_ssize_t = text.find(":")
    while hit >= 0 and tries < _TRIES and len(found) < most:
        position = hit + 1
        if hit + 3 <= n and text[hit + 1] == "/" and text[hit + 2] == "/":
            tries += 1
            position = _read_url(text, hit, found)
        hit = text.find(":", position)
    for sign in ("w", "W"):
        tries = 0
        hit = text.find(sign)
        while hit >= 0 and tries < _TRIES and len(found) < most:
            position = hit + 1
            if hit + 4 <= n and text[hit + 3] == "." and text[hit + 1] == sign and text[hit + 2] == sign:
                tries += 1
                position = _read_name(text, hit, found)
            hit = text.find(sign, position)
    return list(found)


def addresses_in(text: str) -> list[str]:
    """Mail addresses in the order of the text, each once, as written (full-width forms narrowed)."""
    found: dict[str, bool] = {}
    if "＠" in text:
        text = unicodedata.normalize("NFKC", text)
    tries: cython.Py_ssize_t = 0
    hit: cython.Py_ssize_t = text.find("@")
    while hit >= 0 and tries < _TRIES and len(found) < _MOST:
        tries += 1
        hit = text.find("@", _read_address(text, hit, found))
    return list(found)


def phones_in(text: str) -> list[str]:
    """Japanese telephone numbers in the order of the text, each once, as national digits ("0312345678")."""
    found: dict[str, bool] = {}
    zero: cython.Py_ssize_t = text.find("0")
    plus: cython.Py_ssize_t = text.find("+")
    wide_zero: cython.Py_ssize_t = text.find("０")
    wide_plus: cython.Py_ssize_t = text.find("＋")
    hit: cython.Py_ssize_t
    position: cython.Py_ssize_t
    while len(found) < _MOST:
        hit = _first(_first(zero, plus), _first(wide_zero, wide_plus))
        if hit < 0:
            break
        position = _without_number(text, hit)
        if position < 0:
            position = _read_phone(text, hit, found)
        if 0 <= zero < position:
            zero = text.find("0", position)
        if 0 <= plus < position:
            plus = text.find("+", position)
        if 0 <= wide_zero < position:
            wide_zero = text.find("０", position)
        if 0 <= wide_plus < position:
            wide_plus = text.find("＋", position)
    return list(found)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _first(one: cython.Py_ssize_t, other: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """The smaller of two places, of which -1 is none."""
    return one if other < 0 or 0 <= one < other else other


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _is(c: cython.Py_UCS4, flag: cython.Py_ssize_t) -> cython.bint:
    """Whether a sign is of an ASCII class."""
    code: cython.Py_ssize_t = ord(c)
    return code < 128 and (_CLASS[code] & flag) != 0


# URLs


@cython.cfunc
def _read_url(text: str, colon: cython.Py_ssize_t, found: dict[str, bool]) -> cython.Py_ssize_t:
    """Take the URL whose scheme ends at a colon, if it is one; from where the next may come."""
    rest: cython.Py_ssize_t = colon + 3
    start: cython.Py_ssize_t = _scheme_start(text, colon)
    if start < 0:
        return rest
    end: cython.Py_ssize_t = _trimmed(text, start, _url_end(text, rest))
    if end > rest:
        found[text[start:end]] = True
        return end
    return rest


@cython.cfunc
def _scheme_start(text: str, colon: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where http, https, ftp, or the hxxp of those who do not want to be followed, begins; -1 where it is none."""
    start: cython.Py_ssize_t = colon - 1
    if start >= 0 and text[start] in "sS":
        start -= 1
    size: cython.Py_ssize_t = 4
    if start == colon - 1 and start >= 2 and text[start - 2] in "fF":
        size = 3
    start += 1 - size
    if start < 0 or text[start : start + size].lower() not in _SCHEMES:
        return -1
    return -1 if start and _is(text[start - 1], _ALPHANUMERIC) else start


@cython.cfunc
def _read_name(text: str, start: cython.Py_ssize_t, found: dict[str, bool]) -> cython.Py_ssize_t:
    """Take the name that begins with ``www.`` and no scheme, if it is one; from where the next may come."""
    if not (start and _is(text[start - 1], _GLUED)):
        end: cython.Py_ssize_t = _trimmed(text, start, _url_end(text, start))
        if end - start > 7 and text.find(".", start + 4, end) >= 0:
            found["http://" + text[start:end]] = True
            return end
    return start + 4


@cython.cfunc
def _url_end(text: str, rest: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where the URL ends whose host starts at ``rest``."""
    limit: cython.Py_ssize_t = min(len(text), rest + _LONGEST_URL)
    end: cython.Py_ssize_t = rest
    in_host: cython.bint = True
    while end < limit and _is(text[end], _URL):
        if _is(text[end], _HOST_END):
            in_host = False
        end += 1
    if in_host and end < len(text) and ord(text[end]) >= 128:
        idn = _IDN_REST.match(text, end)
        if idn is not None:
            end = idn.end()
            while end < limit and _is(text[end], _URL):
                end += 1
    return end


@cython.cfunc
def _trimmed(text: str, start: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where the URL ends without the punctuation of the sentence around it."""
    more_closing: dict[str, int] | None = None
    while end > start:
        last = text[end - 1]
        if last in _URL_PAIRS:
            if more_closing is None:
                url = text[start:end]
                more_closing = {one: url.count(one) - url.count(other) for one, other in _URL_PAIRS.items()}
            if more_closing[last] <= 0:
                break
            more_closing[last] -= 1
        elif not _is(last, _LAST):
            break
        end -= 1
    return end


# Mail addresses


@cython.cfunc
def _read_address(text: str, at: cython.Py_ssize_t, found: dict[str, bool]) -> cython.Py_ssize_t:
    """Take the address around an at sign, if it is one; from where the next may come."""
    low: cython.Py_ssize_t = max(0, at - _LONGEST_LOCAL)
    start: cython.Py_ssize_t = at
    while start > low and _is(text[start - 1], _LOCAL):
        start -= 1
    while start < at and _is(text[start], _LOCAL_EDGE):
        start += 1
    if start == at:
        return at + 1
    end: cython.Py_ssize_t = _domain_end(text, at + 1)
    if end < 0:
        return at + 1
    found[text[start:end]] = True
    return end


@cython.cfunc
def _domain_end(text: str, start: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where a domain of two to eleven labels ends, its last of letters; -1 where there is none."""
    n: cython.Py_ssize_t = len(text)
    best: cython.Py_ssize_t = -1
    label: cython.Py_ssize_t = start
    end: cython.Py_ssize_t = start
    if start >= n or text[start] == "-":
        return best
    for number in range(11):
        while end < n and end - label < 64 and (text[end] == "-" or _is(text[end], _ALPHANUMERIC)):
            end += 1
        if number and 2 <= end - label <= 24 and text[label:end].isalpha():
            best = end
        if end >= n or end == start or end - label > (62 if number else 63) or text[end] != ".":
            break
        end += 1
        label = end
    return best


# Telephone numbers


@cython.cfunc
def _without_number(text: str, start: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Up to where there is no number, as too few digits with a few separators follow; -1 where there may be one."""
    n: cython.Py_ssize_t = len(text)
    i: cython.Py_ssize_t
    c: cython.Py_UCS4
    digits: cython.Py_ssize_t = 0
    apart: cython.Py_ssize_t = 0
    for i in range(start, n):
        c = text[i]
        if "0" <= c <= "9" or "０" <= c <= "９":
            digits += 1
            apart = 0
            if digits == _LEAST_DIGITS:
                return -1
        elif digits or i > start:  # else it is a plus
            apart += 1
            if digits == 0 or apart > _MOST_APART or c not in _SEPARATORS:
                return i
    return n


@cython.cfunc
def _read_phone(text: str, start: cython.Py_ssize_t, found: dict[str, bool]) -> cython.Py_ssize_t:
    """Take the number that begins here, if it is one; from where the next may come."""
    hit = _PHONE.match(text, start)
    if hit is None:
        return start + 1
    if not (start and text[start - 1] in _JOINED):
        number = _national(hit[0])
        if number is not None:
            found[number] = True
    end: cython.Py_ssize_t = hit.end()
    return end


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

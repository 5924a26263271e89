"""Reads one Received field (RFC 5321 section 4.4) as mail servers really write it.

The grammar is ``from X (comment) by Y via V with W id I for F; date``; around it stand forty years of
habits: Postfix, sendmail, Exim, qmail, Exchange and its cloud, Gmail, Yahoo, IronPort, MDaemon, Lotus Domino,
Courier, CommuniGate, fetchmail, the Japanese mobile carriers. One clause finder reads them all; what a writer
does not say stays None. Which of the fields can be believed is not decided here (see ``origin``).

Linear in the field's length, never raises: the expressions use possessive quantifiers only where a part
repeats, and nothing beyond ``_LONGEST`` characters but the date is looked at.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address

from meyasubako.mail.dates import parse_date
from meyasubako.mail.types import Received

_LONGEST = 4096
_DATE_LONGEST = 256

_COMMENT = r"\((?:[^()]++|\((?:[^()]++|\([^()]*+\))*+\))*+\)"
_WORD = r"(?:<[^<>\s]*+>|[^\s();]++)"
_KEYWORD = r"(?:from|by|via|with|id|for)(?=[\s(;]|$)"
_CLAUSE = re.compile(
    rf"{_COMMENT}"
    rf"|(?<![^\s);])(from|by|via|with|id|for)(?=[\s(;]|$)"
    rf"\s*+((?!{_KEYWORD}){_WORD})?"
    rf"((?:\s++|{_COMMENT}|(?<=[\s)\w>\]])(?!{_KEYWORD}){_WORD})*+)",
    re.ASCII | re.IGNORECASE,
)
"""A clause: keyword, its word, and all that follows up to the next keyword. Free comments match empty."""

_V4 = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}"
_V4_WHOLE = re.compile(_V4)
_BRACKETED = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]{2,45})(?:%[^\]\s]{1,16})?\]", re.IGNORECASE)
_IN_COMMENT = re.compile(r"\((?:[^()\s@\[\]]{1,64}@)?([0-9A-Fa-f:.]{2,45})(?:%\w{1,16})?(?=[\s)])")
_WITH_PORT = re.compile(rf"({_V4}):\d{{1,5}}")
_HELO = re.compile(r"(?:\b[HE]HLO|\bHELO|\bhelo=)\s*+([^\s()]*+)", re.IGNORECASE)
_LOOKED_UP = re.compile(r"\(\s*+(?:[^\s()\[\]@]{0,255}@)?([^\s()\[\]@]{1,255})\s++\[")
_TLS_VERSION = re.compile(r"\b(TLS|SSL)[v_ ]?([123])(?:[._]([0-3]))?(?![\w.])", re.IGNORECASE)
_DATE = re.compile(
    r"\s*+(?:\w{3},)?\s*+(\d\d?)\s(\w{3})\s(\d{4})\s++(\d\d):(\d\d):(\d\d)\s++([+-])(\d\d)([0-5]\d)(?!\d)",
    re.ASCII,
)
_MONTHS = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6,
    "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip
_NO_NAME = frozenset({"", "unknown", "unverified", "local", "unavailable", "may"})


def parse_received(value: bytes, index: int = 0) -> Received:
    """What one Received field says; ``value`` is the raw bytes after the colon, folds included.

    ``index`` is the field's place among the Received fields, 0 for the newest. Never raises; a field that
    says nothing readable gives a ``Received`` of Nones.
    """
    text = value.decode("utf-8", "replace")
    head, separator, tail = text.rpartition(";")
    if not separator:
        head, tail = text, text[-_DATE_LONGEST:]
    date = _date(tail)
    if date is None and separator:
        head, date = text, _date_anywhere(text)
    if len(head) > _LONGEST:
        head = head[:_LONGEST]

    origin: tuple[str, str] | None = None
    by = with_ = id_ = for_ = with_rest = None
    for keyword, word, rest in _CLAUSE.findall(head):
        match keyword.lower():
            case "from" if origin is None and by is None:
                origin = (word, rest)
            case "by" if by is None:
                by = word
                by_rest = rest
            case "with" if with_ is None:
                with_, with_rest = word, rest
            case "id" if id_ is None:
                id_ = word
            case "for" if for_ is None:
                for_ = word
            case _:
                pass
    ip = helo = rdns = None
    if origin is not None:
        ip, helo, rdns = _client(*origin, exim=with_rest is not None and "(Exim" in with_rest)
    if with_ and with_rest and with_rest[:1].isspace():
        with_ = " ".join([with_, *with_rest.partition("(")[0].split()])
    return Received(
        ip,
        helo,
        rdns,
        _host(by) if by else (_by_address(by_rest) if by is not None else None),
        with_ or None,
        (id_.strip("<>,") or None) if id_ else None,
        (for_.strip("<>,") or None) if for_ else None,
        date,
        _tls(text, with_),
        index,
    )


def canonical_ip(text: str) -> str | None:
    """An IPv4 or IPv6 address in canonical text (RFC 5952 section 4), None for anything else.

    IPv4-mapped IPv6 addresses (RFC 4291 section 2.5.5.2) give the IPv4 address: a relay that listens on a
    dual-stack socket writes its IPv4 clients so.
    """
    if _V4_WHOLE.fullmatch(text):
        return text
    return _canonical_v6(text) if text.count(":") > 1 else None


@lru_cache(maxsize=8192)
def _canonical_v6(text: str) -> str | None:
    try:
        address = IPv6Address(text)
    except AddressValueError:
        return None
    return str(address.ipv4_mapped or address)


def _client(word: str, rest: str, *, exim: bool) -> tuple[str | None, str | None, str | None]:
    """Address, HELO name and looked-up name of the client from a from clause's word and its rest.

    Three families: ``HELO (NAME [IP])`` (Postfix, sendmail, Gmail, most others), ``NAME (HELO H) (IP)``
    (qmail, IronPort, Yahoo), and Exim's ``NAME ([IP] helo=H)``, where the name is left out as HELO when both
    agree.
    """
    helo: str | None = word
    rdns: str | None = None
    said = _HELO.search(rest) if "=" in rest or "LO " in rest or "lo " in rest else None
    if said is not None:
        helo, rdns = said.group(1).strip("?"), word
        rest = f"{rest[: said.start()]} {rest[said.end() :]}"
    ip = _address(word, rest)
    if said is None and rest:
        looked_up = _LOOKED_UP.search(rest)
        if looked_up is not None:
            rdns = looked_up.group(1)
        elif exim and word[:1] != "[":
            rdns = word
    return ip, _host(helo), _name(rdns)


def _address(word: str, rest: str) -> str | None:
    """The client's address: the last bracketed one, else a bare one in a comment, else the word itself.

    The last one, because what stands before it (an ident answer, a HELO literal) is the client's own word.
    """
    for pattern in (_BRACKETED, _IN_COMMENT):
        for candidate in reversed(pattern.findall(rest)):
            ip = canonical_ip(candidate)
            if ip is None and (with_port := _WITH_PORT.fullmatch(candidate)):
                ip = with_port.group(1)
            if ip is not None:
                return ip
    return _literal(word) if word else None


def _literal(word: str) -> str | None:
    """The address in ``[192.0.2.1]``, ``[192.0.2.1]:25``, ``[IPv6:2001:db8::1]`` or bare; else None."""
    found = _BRACKETED.match(word)
    return canonical_ip(found.group(1) if found is not None else word)


def _by_address(rest: str) -> str | None:
    """A by clause without a name, with only an address in brackets."""
    found = _BRACKETED.search(rest)
    return canonical_ip(found.group(1)) if found is not None else None


def _host(word: str | None) -> str | None:
    """A host's name, or its address in canonical text where the host gave an address literal."""
    if not word:
        return None
    if word[0] == "[" or word[0].isdigit() or ":" in word:
        return _literal(word) or word.rstrip(".,")
    return word.rstrip(".,") or None


def _name(word: str | None) -> str | None:
    """A looked-up name, None where the writer found none or repeats an address."""
    if word is None:
        return None
    word = word.rstrip(".,")
    return None if word.lower() in _NO_NAME or _literal(word) is not None else word


def _tls(text: str, with_: str | None) -> str | None:
    """The TLS version as ``TLSv1.2``; ``TLS`` where only the protocol word says so (RFC 3848 section 2)."""
    if "TLS" in text or "SSL" in text:
        found = _TLS_VERSION.search(text)
        if found is not None:
            kind, major, minor = found.groups()
            return f"{kind.upper()}v{major}.{minor}" if minor else f"{kind.upper()}v{major}"
    if with_ is not None and with_[:6].upper() in {"ESMTPS", "LMTPS", "SMTPS", "HTTPS", "LMTPSA"}:
        return "TLS"
    return None


def _date(text: str) -> datetime | None:
    """The date-time after the semicolon, in UTC."""
    found = _DATE.match(text)
    if found is not None:
        day, month, year, hour, minute, second, sign, east, extra = found.groups()
        try:
            moment = datetime(
                int(year), _MONTHS[month], int(day), int(hour), int(minute), min(int(second), 59), tzinfo=UTC
            )
            if east == "00" == extra:
                return moment
            offset = timedelta(minutes=int(east) * 60 + int(extra))
            return moment + offset if sign == "-" else moment - offset
        except (KeyError, ValueError, OverflowError):
            return None
    return parse_date(" ".join(text[:_DATE_LONGEST].split()))


def _date_anywhere(text: str) -> datetime | None:
    """The date where a comment with a semicolon follows it, or a clause does (OpenSMTPD)."""
    for part in reversed(text[-_LONGEST:].split(";")[-6:]):
        date = _date(part)
        if date is not None:
            return date
    return None

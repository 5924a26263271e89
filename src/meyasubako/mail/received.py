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
_DAY_AND_TIME = (
    r"(\d\d?\s++\w{3}\s++\d{4})\s++([01]\d|2[0-3]):([0-5]\d):([0-5]\d)\s++([+-]\d\d[0-5]\d(?!\d)|GMT)"
)
_INSIDE = r"(?:[^()]++|\([^()]*+\))*+"
_FLAT = rf"\({_INSIDE}\)"
_NAMED = r"[^\s();<>\[\]=]++"
_ANY_KEYWORD = r"(?i:from|by|via|with|id|for)\s"
_USUAL_PATH = re.compile(
    rf"""\s*+
    (?:from\s++({_NAMED}|\[[0-9A-Za-z:.]++\])\s++
        (?:\((?:HE|EH)LO\s++([^\s()]++)\)\s++)?
        (?:\((?:(?:(?:[^\s()\[\]@=]*+@)?([^\s()\[\]@=]++)\s++)?
                \[(?:IPv6:)?([0-9A-Fa-f:.]++)\](?::\d{{1,5}})?(?:\s++(?:helo=|"EHLO\s)([^\s()]++)(?:\s[\w-]++)?)?(?:\s++\(may\ be\ forged\))?
            |([0-9A-Fa-f:.]++))\)
        |\[([0-9A-Fa-f:.]++)\])
        \s++(?:\((?:using|No\ client)[^()]*+(?:\([^()]*+\)[^()]*+)*+\)\s++)*+
    |{_FLAT}\s++)?
    by\s++({_NAMED})\s*+(?:{_FLAT}\s*+)*+
    (?:with\s++((?!{_ANY_KEYWORD}){_NAMED}(?:\s++(?!{_ANY_KEYWORD}){_NAMED})*+)\s*+
        (?:\((?!Exim){_INSIDE}\)\s*+)*+(?:tls\s++{_NAMED}\s++)?(?:\((Exim){_INSIDE}\)\s*+)?(?:{_FLAT}\s*+)*+)?
    (?:via\s++{_NAMED}\s*+)?""",
    re.ASCII | re.VERBOSE,
)
"""How the mail came, as nine fields in ten say it: from whom, by whom, with what."""
_USUAL_REST = re.compile(
    rf"""\s*+
    (?:id\s++({_NAMED})\s*+(?:{_FLAT}\s*+)*+)?
    (?:via\s++{_NAMED}(?:\s++(?!{_ANY_KEYWORD}){_NAMED})*+\s*+)?
    (?:for\s++<?({_NAMED})>?\s*+(?:{_FLAT}\s*+)*+)?
    ;\s*+(?:\w{{3}},\s++)?{_DAY_AND_TIME}(?:\s*+{_FLAT})*+\s*+""",
    re.ASCII | re.VERBOSE,
)
"""What is new in each mail: id, recipient, date."""
_BRACKETED = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]{2,45})(?:%[^\]\s]{1,16})?\]", re.IGNORECASE)
_IN_COMMENT = re.compile(r"\((?:[^()\s@\[\]]{1,64}@)?([0-9A-Fa-f:.]{2,45})(?:%\w{1,16})?(?=[\s)])")
_WITH_PORT = re.compile(rf"({_V4}):\d{{1,5}}")
_USUAL = re.compile(
    r"\s*+\((?:(?:([^\s()\[\]@=]{1,255})\s)?\[(?:IPv6:)?([0-9A-Fa-f:.]{2,45})\]|([0-9A-Fa-f:.]{2,45}))\)\s*+"
)
"""``(NAME [IP])``, ``([IP])`` and ``(IP)``: what most relays write, and nothing else."""
_HELO = re.compile(r"\b(?:helo=|(?:HE|EH)LO\s)\s*+([^\s()]*+)", re.IGNORECASE)
_LOOKED_UP = re.compile(r"\(\s*+(?:[^\s()\[\]@]{0,255}@)?([^\s()\[\]@]{1,255})\s++\[")
_TLS_VERSION = re.compile(r"(TLS|SSL)[v_ ]?([123])(?:[._]([0-3]))?(?![\w.])")
_TLS_WORDS = 6
_WITH_TLS = frozenset({"ESMTPS", "ESMTPSA", "LMTPS", "LMTPSA", "SMTPS", "HTTPS", "UTF8SMTPS", "UTF8SMTPSA"})
_DATE = re.compile(rf"\s*+(?:\w{{3}},)?\s*+{_DAY_AND_TIME}", re.ASCII)
_AFTER_PATH = (" id ", " for ", ";")
_MONTHS = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6,
    "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip
_NOTHING = ("", "")
_NO_NAME = frozenset({"", "unknown", "unverified", "local", "unavailable", "may"})


def parse_received(value: bytes, index: int = 0) -> Received:
    """What one Received field says; ``value`` is the raw bytes after the colon, folds included.

    ``index`` is the field's place among the Received fields, 0 for the newest. Never raises; a field that
    says nothing readable gives a ``Received`` of Nones.
    """
    text = " ".join(value.decode("utf-8", "replace").split())
    return (_usual_field(text, index) if len(text) <= _LONGEST else None) or _any_field(text, index)


def date_of_received(value: bytes) -> datetime | None:
    """The date of one Received field, the one that :func:`parse_received` gives, mostly without reading the rest."""
    _, semicolon, tail = value[-_DATE_LONGEST:].rpartition(b";")
    if semicolon and tail.count(b"(") == tail.count(b")"):
        date = _date(" ".join(tail.decode("utf-8", "replace").split()))
        if date is not None:
            return date
    return parse_received(value).date


def _usual_field(text: str, index: int) -> Received | None:
    """The field of the common shape; None for any other, and where an address or the date is none.

    A relay writes the same path over and over, so the path is kept and only what follows is read anew.
    """
    for mark in _AFTER_PATH:
        at = text.find(mark)
        if at >= 0:
            break
    else:
        return None
    rest = _USUAL_REST.fullmatch(text, at)
    if rest is None:
        return None
    path = _usual_path(text[:at])
    id_, for_, day, hour, minute, second, zone = rest.groups()
    midnight = _midnight(day, zone)
    if path is None or midnight is None:
        return None
    ip, helo, rdns, by, with_, tls, certain_tls = path
    if not certain_tls:
        tls = _tls(text[at:], None) or tls
    moment = midnight + timedelta(0, int(hour) * 3600 + int(minute) * 60 + int(second))
    return Received(ip, helo, rdns, by, with_, id_, for_, moment, tls, index)


_Path = tuple[str | None, str | None, str | None, str | None, str | None, str | None, bool]


@lru_cache(maxsize=16384)
def _usual_path(text: str) -> _Path | None:
    """Address, HELO, name, by, with, TLS of a common path, and whether the version of TLS is among them."""
    usual = _USUAL_PATH.fullmatch(text)
    if usual is None:
        return None
    word, said, rdns, address, helo, bare, alone, by, with_, exim = usual.groups()
    ip: str | None = None
    if word is not None:
        ip = canonical_ip(address or bare or alone)
        if ip is None:
            return None
        said = said or helo
        if said is not None:
            rdns, word = word, said.strip('?"')
        elif rdns is None and exim is not None and word[0] != "[":
            rdns = word
    tls = _tls(text, with_)
    return ip, _host(word), _name(rdns), _host(by), with_, tls, tls is not None and tls != "TLS"


def _any_field(text: str, index: int) -> Received:
    """The field clause by clause, in whatever order and with whatever comments it was written."""
    head, separator, tail = text.rpartition(";")
    if not separator:
        head, tail = text, text[-_DATE_LONGEST:]
    date = _date(tail)
    if date is None and separator:
        head, date = text, _date_anywhere(text)
    if len(head) > _LONGEST:
        head = head[:_LONGEST]

    clauses: dict[str, tuple[str, str]] = {}
    for keyword, word, rest in _CLAUSE.findall(head):
        keyword = keyword.lower()
        if keyword not in clauses and not (keyword == "from" and "by" in clauses):
            clauses[keyword] = word, rest
    by, by_rest = clauses.get("by", _NOTHING)
    with_, with_rest = clauses.get("with", _NOTHING)
    ip = helo = rdns = None
    if "from" in clauses:
        ip, helo, rdns = _client(*clauses["from"], exim="(Exim" in with_rest)
    if with_ and with_rest[:1].isspace():
        with_ = f"{with_}{with_rest.partition('(')[0]}".rstrip()
    return Received(
        ip,
        helo,
        rdns,
        _host(by) if by else _by_address(by_rest),
        with_ or None,
        clauses.get("id", _NOTHING)[0].strip("<>,") or None,
        clauses.get("for", _NOTHING)[0].strip("<>,") or None,
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
    usual = _USUAL.fullmatch(rest)
    if usual is not None:
        rdns, address, bare = usual.groups()
        ip = canonical_ip(address or bare)
        if ip is not None:
            return ip, _host(word), _name(rdns or (word if exim and word[:1] != "[" else None))
    helo: str | None = word
    rdns = None
    said = _HELO.search(rest) if "LO" in rest or "lo" in rest else None
    if said is not None:
        helo, rdns = said.group(1).strip('?"'), word
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
    first = word[0]
    if first == "[" or first.isdigit() or ":" in word:
        return _literal(word) or word.rstrip(".,")
    return word if word[-1] not in ".," else word.rstrip(".,") or None


def _name(word: str | None) -> str | None:
    """A looked-up name, None where the writer found none or repeats an address."""
    if word is None:
        return None
    word = word.rstrip(".,")
    if word in _NO_NAME or (
        (word[0] == "[" or word[0].isdigit() or ":" in word) and _literal(word) is not None
    ):
        return None
    return word


def _tls(text: str, with_: str | None) -> str | None:
    """The TLS version as ``TLSv1.2``; ``TLS`` where only the protocol word says so (RFC 3848 section 2)."""
    at = text.find("TLS")
    if at < 0:
        at = text.find("SSLv")
    for _ in range(_TLS_WORDS):
        if at < 0:
            break
        found = _TLS_VERSION.match(text, at)
        if found is not None:
            kind, major, minor = found.groups()
            return f"{kind}v{major}.{minor}" if minor else f"{kind}v{major}"
        at = text.find("TLS", at + 3)
    if with_ is not None and with_.upper() in _WITH_TLS:
        return "TLS"
    return None


def _date(text: str) -> datetime | None:
    """The date-time after the semicolon, in UTC."""
    found = _DATE.match(text)
    if found is None:
        return parse_date(" ".join(text[:_DATE_LONGEST].split()))
    day, hour, minute, second, zone = found.groups()
    midnight = _midnight(day, zone)
    if midnight is None:
        return None
    return midnight + timedelta(0, int(hour) * 3600 + int(minute) * 60 + int(second))


@lru_cache(maxsize=4096)
def _midnight(day_text: str, zone: str) -> datetime | None:
    """When a day such as ``2 Feb 2024`` begins in a zone such as ``+0900``, in UTC; the edges of time are none."""
    day, month, year = day_text.split()
    try:
        midnight = datetime(int(year), _MONTHS[month], int(day), tzinfo=UTC)
    except (KeyError, ValueError):
        return None
    if not 1900 <= midnight.year <= 9000:
        return None
    if zone == "GMT":
        return midnight
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
    return midnight + offset if zone[0] == "-" else midnight - offset


def _date_anywhere(text: str) -> datetime | None:
    """The date where a comment with a semicolon follows it, or a clause does (OpenSMTPD)."""
    for part in reversed(text[-_LONGEST:].split(";")[-6:]):
        date = _date(part)
        if date is not None:
            return date
    return None

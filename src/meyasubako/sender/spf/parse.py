"""Reads an SPF record (RFC 7208 section 4.6, section 5 and section 12): text to terms, or what is wrong with it.

Syntax only: nothing is asked and nothing expanded here. A record is read once and remembered, for the same
few thousand records stand behind most mail.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NamedTuple

from meyasubako.sender.spf.macros import Macro, parse_macro

RECORD_CAP = 16_384
"""Characters of a record that are read; a longer one is a fault, not work."""

_QUALIFIERS = frozenset("+-~?")
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9_.-]*)=(.*)\Z", re.DOTALL)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*\Z")
_CIDR4 = re.compile(r"(?:0|[1-9][0-9]?)\Z")
_CIDR6 = re.compile(r"(?:0|[1-9][0-9]{0,2})\Z")
_PRINTABLE = re.compile(r"[!-~]+\Z")
_TOP_LABEL = re.compile(r"(?=[A-Za-z0-9-]*[A-Za-z-])[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\Z")


class Directive(NamedTuple):
    """A mechanism with its qualifier (RFC 7208 section 4.6.2).

    ``kind`` is all, include, a, mx, ptr, ip4, ip6 or exists. ``target`` is what its domain-spec expands from,
    None where it is the current domain. ``network`` and ``mask`` are numbers, for ip4 and ip6 alone.
    """

    qualifier: str
    kind: str
    text: str
    target: Macro | None = None
    cidr4: int = 32
    cidr6: int = 128
    network: int = 0
    mask: int = 0


class Record(NamedTuple):
    """A well-formed record: directives in order, and the two modifiers that mean something."""

    directives: tuple[Directive, ...]
    redirect: Macro | None
    explanation: Macro | None


class Fault(NamedTuple):
    """What breaks the grammar: the term and why."""

    term: str
    reason: str


class _SyntaxError(Exception):
    """Carries the reason out of the readers below; never leaves this module."""


def is_record(text: str) -> bool:
    """Whether a TXT record is an SPF record at all (RFC 7208 section 4.5)."""
    return text[:6].lower() == "v=spf1" and (len(text) == 6 or text[6] == " ")


@lru_cache(maxsize=8192)
def parse(text: str) -> Record | Fault:
    """Read a record that ``is_record``; errors anywhere make the whole record a fault (RFC 7208 section 4.6)."""
    if len(text) > RECORD_CAP:
        return Fault("", "record-too-long")
    directives: list[Directive] = []
    modifiers: dict[str, Macro] = {}
    for term in text[6:].split(" "):
        if not term:
            continue
        try:
            if not _PRINTABLE.match(term):
                raise _SyntaxError("odd-character")
            modifier = _MODIFIER.match(term)
            if modifier is None:
                directives.append(_directive(term))
            else:
                _modifier(modifiers, modifier[1].lower(), modifier[2])
        except _SyntaxError as fault:
            return Fault(term, str(fault))
    return Record(tuple(directives), modifiers.get("redirect"), modifiers.get("exp"))


def _modifier(modifiers: dict[str, Macro], name: str, value: str) -> None:
    """``redirect`` and ``exp`` may stand once each (RFC 7208 section 6); others need only be macro-strings."""
    if name not in ("redirect", "exp"):
        if parse_macro(value) is None:
            raise _SyntaxError("macro-invalid")
        return
    if name in modifiers:
        raise _SyntaxError("modifier-twice")
    modifiers[name] = _domain_spec(value)


def _domain_spec(text: str) -> Macro:
    """A macro-string that ends in a top label or in a macro (RFC 7208 section 7.1)."""
    macro = parse_macro(text)
    if macro is None:
        raise _SyntaxError("macro-invalid")
    last = macro[-1] if macro else ""
    if not isinstance(last, str):
        return macro
    if text.endswith(("%%", "%_", "%-")):
        raise _SyntaxError("domain-end-invalid")
    rest, dot, label = last.removesuffix(".").rpartition(".")
    del rest
    if not dot or not _TOP_LABEL.match(label):
        raise _SyntaxError("domain-end-invalid")
    return macro


def _directive(term: str) -> Directive:
    """One mechanism (RFC 7208 section 5)."""
    qualifier, rest = (term[0], term[1:]) if term[0] in _QUALIFIERS else ("+", term)
    end = min((at for at in (rest.find(":"), rest.find("/")) if at >= 0), default=len(rest))
    kind, argument = rest[:end].lower(), rest[end:]
    if kind in ("a", "mx"):
        target, cidr4, cidr6 = _dual_cidr(argument)
        return Directive(qualifier, kind, term, target, cidr4, cidr6)
    if kind in ("include", "exists"):
        if not argument.startswith(":"):
            raise _SyntaxError("domain-missing")
        return Directive(qualifier, kind, term, _domain_spec(argument[1:]))
    if kind == "ptr":
        if argument and not argument.startswith(":"):
            raise _SyntaxError("argument-unexpected")
        return Directive(qualifier, kind, term, _domain_spec(argument[1:]) if argument else None)
    if kind == "all":
        if argument:
            raise _SyntaxError("argument-unexpected")
        return Directive(qualifier, kind, term)
    if kind in ("ip4", "ip6"):
        network, mask = _network(kind, argument)
        return Directive(qualifier, kind, term, network=network, mask=mask)
    raise _SyntaxError("mechanism-unknown" if _NAME.match(kind) else "mechanism-invalid")


def _length(text: str, pattern: re.Pattern[str], most: int) -> int:
    """A prefix length without leading zeros (RFC 7208 section 5.6)."""
    if not pattern.match(text) or int(text) > most:
        raise _SyntaxError("cidr-invalid")
    return int(text)


def _dual_cidr(argument: str) -> tuple[Macro | None, int, int]:
    """Target and both prefix lengths of ``a`` and ``mx`` (RFC 7208 section 5.3)."""
    cidr4, cidr6 = 32, 128
    head, slashes, tail = argument.rpartition("//")
    if slashes and tail.isdigit():
        cidr6 = _length(tail, _CIDR6, 128)
        argument = head
    head, slash, tail = argument.rpartition("/")
    if slash and tail.isdigit():
        cidr4 = _length(tail, _CIDR4, 32)
        argument = head
    if not argument:
        return None, cidr4, cidr6
    if not argument.startswith(":"):
        raise _SyntaxError("argument-unexpected")
    return _domain_spec(argument[1:]), cidr4, cidr6


def _network(kind: str, argument: str) -> tuple[int, int]:
    """Network and mask of ``ip4`` and ``ip6`` as numbers (RFC 7208 section 5.6)."""
    address, slash, length = argument[1:].partition("/")
    if not argument.startswith(":") or "%" in address:
        raise _SyntaxError("address-invalid")
    bits, pattern = (32, _CIDR4) if kind == "ip4" else (128, _CIDR6)
    try:
        number = int(IPv4Address(address)) if kind == "ip4" else int(IPv6Address(address))
    except AddressValueError:
        raise _SyntaxError("address-invalid") from None
    prefix = _length(length, pattern, bits) if slash else bits
    mask = ((1 << prefix) - 1) << (bits - prefix)
    return number & mask, mask

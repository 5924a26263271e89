"""check_host() (RFC 7208 section 4): the record of a domain applied to an address, within the limits.

Answers come from a ``Resolver``; the clock only serves the ``%{t}`` macro. The result is a value with its cause.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple, NoReturn

import cython

from meyasubako.sender.domains import ascii_domain, is_within
from meyasubako.sender.resolver import Answer, Resolver, ask
from meyasubako.sender.spf import macros
from meyasubako.sender.spf.parse import Directive, Fault, Record, is_record, parse

Address = IPv4Address | IPv6Address


class Status(StrEnum):
    """RFC 7208 section 2.6, and UNASKED: an answer that would be needed was never asked for."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105 - a result, not a secret
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"
    UNASKED = "unasked"


class Cause(StrEnum):
    """Why the status is what it is."""

    MECHANISM = "mechanism-matched"
    NO_MATCH = "no-mechanism-matched"
    NO_ADDRESS = "no-client-address"
    NO_DOMAIN = "no-domain"
    NO_RECORD = "no-record"
    DNS_FAILED = "dns-failed"
    DNS_UNASKED = "dns-unasked"
    SYNTAX = "syntax"
    SEVERAL_RECORDS = "several-records"
    LOOKUP_LIMIT = "lookup-limit"
    VOID_LIMIT = "void-lookup-limit"
    MX_LIMIT = "mx-limit"
    INCLUDE_NONE = "include-without-record"
    REDIRECT_NONE = "redirect-without-record"


class Limits(NamedTuple):
    """RFC 7208 section 4.6.4: terms that ask, answers that are void, names behind one mx or ptr."""

    lookups: int = 10
    void_lookups: int = 2
    names: int = 10


LIMITS = Limits()
"""What RFC 7208 section 4.6.4 sets."""


class Spf(NamedTuple):
    """What SPF says of one identity.

    ``scope`` is mailfrom or helo; ``domain`` the domain checked; ``mechanism`` the term that decided, as
    written, or the term or name at fault. ``explanation`` is the domain owner's text for a fail.
    """

    status: Status
    cause: Cause
    domain: str
    scope: str = "mailfrom"
    mechanism: str | None = None
    explanation: str | None = None
    lookups: int = 0
    void_lookups: int = 0


_RESULTS = {"+": Status.PASS, "-": Status.FAIL, "~": Status.SOFTFAIL, "?": Status.NEUTRAL}


class _StopError(Exception):
    """Ends an evaluation early; never leaves this module."""

    def __init__(self, status: Status, cause: Cause, term: str | None = None) -> None:
        super().__init__(cause)
        self.status = status
        self.cause = cause
        self.term = term


class _Decision(NamedTuple):
    """What one record decided: status, cause, the deciding term, the explanation's macro and its domain."""

    status: Status
    cause: Cause
    term: str | None = None
    explanation: macros.Macro | None = None
    domain: str = ""


@lru_cache(maxsize=8192)
def _address(ip: str) -> Address | None:
    """The client's address; IPv4 inside IPv6 is IPv4 (RFC 7208 section 5)."""
    try:
        address = ip_address(ip)
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or IPv6Address(int(address))
    return address


def verify(
    *,
    ip: str | None,
    helo: str | None,
    mail_from: str | None,
    resolver: Resolver,
    now: datetime,
    limits: Limits = LIMITS,
) -> Spf:
    """The MAIL FROM identity; with a null reverse-path, postmaster at HELO instead (RFC 7208 section 2.4)."""
    sender = (mail_from or "").strip().removeprefix("<").removesuffix(">")
    helo = helo or ""
    if sender:
        domain = sender.rpartition("@")[2] if "@" in sender else sender
        return check_host(ip, domain, sender, helo=helo, resolver=resolver, now=now, limits=limits)
    return check_host(ip, helo, helo, helo=helo, resolver=resolver, now=now, limits=limits, scope="helo")


def check_host(
    ip: str | None,
    domain: str,
    sender: str,
    *,
    helo: str,
    resolver: Resolver,
    now: datetime,
    receiver: str = "unknown",
    limits: Limits = LIMITS,
    scope: str = "mailfrom",
) -> Spf:
    """RFC 7208 section 4.1: may ``ip`` send for ``domain``? ``sender`` and ``helo`` only fill macros."""
    name = ascii_domain(domain) if domain else None
    if name is None or "." not in name:
        return Spf(Status.NONE, Cause.NO_DOMAIN, domain, scope)
    address = _address(ip) if ip else None
    if address is None:
        return Spf(Status.NONE, Cause.NO_ADDRESS, name, scope)
    run = _Evaluation(address, sender, name, helo, resolver, now, receiver, limits)
    explanation = None
    try:
        decision = run.check(name)
        if decision.status is Status.FAIL and decision.explanation is not None:
            explanation = run.explain(decision.explanation, decision.domain)
    except _StopError as stop:
        decision = _Decision(stop.status, stop.cause, stop.term)
    status, cause, term, _, _ = decision
    return Spf(status, cause, name, scope, term, explanation, run.lookups, run.void_lookups)


class _Evaluation:
    """One check_host() with everything included and redirected to: the counters are for all of it together."""

    def __init__(
        self,
        address: Address,
        sender: str,
        domain: str,
        helo: str,
        resolver: Resolver,
        now: datetime,
        receiver: str,
        limits: Limits,
    ) -> None:
        local, at, sender_domain = sender.rpartition("@")
        self.address = address
        self.number = int(address)
        self.version = address.version
        self.local = local or "postmaster"
        self.sender_domain = sender_domain if at else domain
        self.helo = helo
        self.resolver = resolver
        self.now = now
        self.receiver = receiver
        self.limits = limits
        self.lookups = 0
        self.void_lookups = 0

    def check(self, domain: str) -> _Decision:
        """Find the domain's record, then its first mechanism that matches (RFC 7208 section 4.6.2)."""
        record = self._record(domain)
        if record is None:
            return _Decision(Status.NONE, Cause.NO_RECORD, domain)
        for directive in record.directives:
            if self._matches(directive, domain):
                status = _RESULTS[directive.qualifier]
                return _Decision(status, Cause.MECHANISM, directive.text, record.explanation, domain)
        if record.redirect is None:
            return _Decision(Status.NEUTRAL, Cause.NO_MATCH)
        self._count(f"redirect={domain}")
        target = self._expand(record.redirect, domain)
        decision = self.check(target)
        if decision.status is Status.NONE:
            raise _StopError(Status.PERMERROR, Cause.REDIRECT_NONE, target)
        return decision

    def explain(self, macro: macros.Macro, domain: str) -> str | None:
        """The owner's explanation; any trouble on the way means none (RFC 7208 section 6.2)."""
        answer = ask(self.resolver, self._expand(macro, domain), "TXT")
        if answer.unasked:
            self._unasked(answer)
        if len(answer.records) != 1 or not answer.records[0].isascii():
            return None
        text = macros.parse_macro(answer.records[0], explanation=True)
        if text is None:
            return None
        expanded = macros.expand(text, self._letters(domain))
        return expanded[:1000] if expanded.isprintable() else None

    def _record(self, domain: str) -> Record | None:
        """The one SPF record among the domain's TXT records (RFC 7208 section 4.4 and section 4.5)."""
        answer = self._ask(domain, "TXT")
        found = [text for text in answer.records if is_record(text)]
        if not found:
            return None
        if len(found) > 1:
            raise _StopError(Status.PERMERROR, Cause.SEVERAL_RECORDS, domain)
        record = parse(found[0])
        if isinstance(record, Fault):
            raise _StopError(Status.PERMERROR, Cause.SYNTAX, record.term or record.reason)
        return record

    def _matches(self, directive: Directive, domain: str) -> bool:
        kind = directive.kind
        if kind == "ip4":
            return self.version == 4 and self.number & directive.mask == directive.network
        if kind == "ip6":
            return self.version == 6 and self.number & directive.mask == directive.network
        if kind == "all":
            return True
        self._count(directive.text)
        target = domain if directive.target is None else self._expand(directive.target, domain)
        return _MECHANISMS[kind](self, directive, target)

    def include(self, directive: Directive, target: str) -> bool:
        """RFC 7208 section 5.2: the other record's pass is a match, its lack an error."""
        decision = self.check(target)
        if decision.status is Status.NONE:
            raise _StopError(Status.PERMERROR, Cause.INCLUDE_NONE, directive.text)
        return decision.status is Status.PASS

    def a(self, directive: Directive, target: str) -> bool:
        """RFC 7208 section 5.3."""
        return self._address_in(self._void(self._ask(target, self._family())), directive)

    def mx(self, directive: Directive, target: str) -> bool:
        """RFC 7208 section 5.4: at most ten exchangers, each may hold the address."""
        answer = self._void(self._ask(target, "MX"))
        if len(answer.records) > self.limits.names:
            raise _StopError(Status.PERMERROR, Cause.MX_LIMIT, directive.text)
        family = self._family()
        hosts = [host for host in (record.partition(" ")[2] for record in answer.records) if host]
        missing: Answer | None = None
        for host in hosts:
            found = ask(self.resolver, host, family)
            if found.unasked:
                missing = found
            elif missing is None:
                self._hold(found)
                if self._address_in(self._void(found), directive):
                    return True
        if missing is not None:
            self._unasked(missing)
        return False

    def ptr(self, directive: Directive, target: str) -> bool:
        """RFC 7208 section 5.5: a name the address leads to, which leads back, lies within the target."""
        del directive
        target = target.lower().removesuffix(".")
        return any(is_within(name, target) for name in self._validated_names())

    def exists(self, directive: Directive, target: str) -> bool:
        """RFC 7208 section 5.7: any A record, for IPv6 clients too."""
        del directive
        return bool(self._void(self._ask(target, "A")).records)

    def _validated_names(self) -> list[str]:
        """Names of the client's address that lead back to it; failures leave names out (RFC 7208 section 5.5)."""
        answer = ask(self.resolver, self.address.reverse_pointer, "PTR")
        if answer.unasked:
            self._unasked(answer)
        self._void(answer)
        names: list[str] = []
        missing: Answer | None = None
        for record in answer.records[: self.limits.names]:
            found = ask(self.resolver, record, self._family())
            if found.unasked:
                missing = found
            elif any(_address(text) == self.address for text in found.records):
                names.append(found.name)
        if missing is not None:
            self._unasked(missing)
        return names

    def _address_in(self, answer: Answer, directive: Directive) -> bool:
        bits, length = (32, directive.cidr4) if self.version == 4 else (128, directive.cidr6)
        shift: cython.Py_ssize_t = bits - length
        wanted = self.number >> shift
        for text in answer.records:
            address = _address(text)
            if address is not None and address.version == self.version and int(address) >> shift == wanted:
                return True
        return False

    def _family(self) -> str:
        return "A" if self.version == 4 else "AAAA"

    def _ask(self, name: str, rtype: str) -> Answer:
        answer = ask(self.resolver, name, rtype)
        if answer.unasked:
            self._unasked(answer)
        self._hold(answer)
        return answer

    def _unasked(self, answer: Answer) -> NoReturn:
        raise _StopError(Status.UNASKED, Cause.DNS_UNASKED, f"{answer.name} {answer.type}")

    def _hold(self, answer: Answer) -> None:
        if answer.failed:
            raise _StopError(Status.TEMPERROR, Cause.DNS_FAILED, f"{answer.name} {answer.type}")

    def _void(self, answer: Answer) -> Answer:
        """Count an answer without records (RFC 7208 section 4.6.4)."""
        if not answer.records and not answer.failed:
            self.void_lookups += 1
            if self.void_lookups > self.limits.void_lookups:
                raise _StopError(Status.PERMERROR, Cause.VOID_LIMIT, f"{answer.name} {answer.type}")
        return answer

    def _count(self, term: str) -> None:
        """Count a term that asks (RFC 7208 section 4.6.4)."""
        self.lookups += 1
        if self.lookups > self.limits.lookups:
            raise _StopError(Status.PERMERROR, Cause.LOOKUP_LIMIT, term)

    def _expand(self, macro: macros.Macro, domain: str) -> str:
        if len(macro) == 1 and isinstance(macro[0], str):
            return macros.shorten(macro[0])
        return macros.shorten(macros.expand(macro, self._letters(domain)))

    def _letters(self, domain: str) -> Callable[[str], str]:
        """What each macro letter stands for in this domain (RFC 7208 section 7.2)."""

        def value(letter: str) -> str:
            match letter:
                case "s":
                    return f"{self.local}@{self.sender_domain}"
                case "l":
                    return self.local
                case "o":
                    return self.sender_domain
                case "d":
                    return domain
                case "i":
                    return macros.dotted(self.address)
                case "p":
                    return self._best_name(domain)
                case "v":
                    return "in-addr" if self.version == 4 else "ip6"
                case "h":
                    return self.helo
                case "c":
                    return str(self.address)
                case "r":
                    return self.receiver
                case _:
                    return str(int(self.now.timestamp()))

        return value

    def _best_name(self, domain: str) -> str:
        """``%{p}``: the domain itself, else a name below it, else any validated name (RFC 7208 section 7.3)."""
        names = self._validated_names()
        if domain in names:
            return domain
        below = [name for name in names if is_within(name, domain)]
        return (below or names or ["unknown"])[0]


_MECHANISMS: dict[str, Callable[[_Evaluation, Directive, str], bool]] = {
    "include": _Evaluation.include,
    "a": _Evaluation.a,
    "mx": _Evaluation.mx,
    "ptr": _Evaluation.ptr,
    "exists": _Evaluation.exists,
}

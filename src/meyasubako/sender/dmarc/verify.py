"""DMARC's answer for a mail (RFC 9989 section 5.3): policy found, identifiers aligned, pass or fail.

Two ways to find policy and owner are known: the tree walk of RFC 9989 and, for mail received before it was
published, the Public Suffix List of RFC 7489 section 3.2. A DKIM signature that leaves part of the body unsigned
(``l=``) is not counted as an authenticated identifier: whoever had the mail could have written the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

import cython

from meyasubako.mail.domains import registered_domain
from meyasubako.sender.dkim.verify import Dkim
from meyasubako.sender.dkim.verify import Status as Signed
from meyasubako.sender.dmarc.parse import Policy, Record
from meyasubako.sender.dmarc.walk import find_record, walk
from meyasubako.sender.domains import is_within
from meyasubako.sender.resolver import Answer, Resolver, ask
from meyasubako.sender.spf.verify import Spf
from meyasubako.sender.spf.verify import Status as Allowed

TREE_WALK_SINCE = datetime(2026, 5, 20, tzinfo=UTC)
"""Publication of RFC 9989; mail received earlier is judged under RFC 7489."""


class Status(StrEnum):
    """RFC 8601 section 2.7.5 with RFC 7489 section 11.2, and UNASKED: an answer needed was never asked for."""

    NONE = "none"
    PASS = "pass"  # noqa: S105 - a result, not a secret
    FAIL = "fail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"
    UNASKED = "unasked"


class Cause(StrEnum):
    """Why the status is what it is."""

    ALIGNED = "aligned"
    NOT_ALIGNED = "not-aligned"
    NOT_AUTHENTICATED = "not-authenticated"
    NO_RECORD = "no-record"
    RECORD_BROKEN = "record-broken"
    NO_AUTHOR = "no-author-domain"
    SEVERAL_AUTHORS = "several-author-domains"
    DNS_FAILED = "dns-failed"
    DNS_UNASKED = "dns-unasked"


class Discovery(StrEnum):
    """How policy and owner were found."""

    TREE_WALK = "tree-walk"
    PUBLIC_SUFFIX = "public-suffix-list"


class Dmarc(NamedTuple):
    """DMARC's result.

    ``policy`` is what the owner asks for a failing mail of this author domain, test mode applied; ``policy_domain``
    where its record lies; ``organizational_domain`` who owns the author domain. ``spf_aligned`` and
    ``dkim_aligned`` name the aligned identifiers. ``record`` is the text found.
    """

    status: Status
    cause: Cause
    author_domain: str | None = None
    policy: Policy | None = None
    policy_domain: str | None = None
    organizational_domain: str | None = None
    spf_aligned: str | None = None
    dkim_aligned: tuple[str, ...] = ()
    testing: bool = False
    percent: int = 100
    discovery: Discovery = Discovery.TREE_WALK
    record: str | None = None


class _Found(NamedTuple):
    """The record that applies, where it lies, the owner's domain, the answer that is missing or failed."""

    record: Record | None
    domain: str | None
    organizational: str
    trouble: Answer | None


def verify(
    author_domains: Sequence[str],
    spf: Spf,
    dkim: Sequence[Dkim],
    *,
    resolver: Resolver,
    now: datetime,
    discovery: Discovery | None = None,
) -> Dmarc:
    """Judge a mail by its author domain (A-label), its SPF result and its signatures' results.

    ``author_domains`` holds one name for a mail that names one domain in one From field; none or several end it
    (RFC 9989 section 5.3.1).
    """
    if discovery is None:
        discovery = Discovery.TREE_WALK if now >= TREE_WALK_SINCE else Discovery.PUBLIC_SUFFIX
    if len(author_domains) != 1:
        cause = Cause.SEVERAL_AUTHORS if author_domains else Cause.NO_AUTHOR
        return Dmarc(Status.PERMERROR, cause, discovery=discovery)
    author = author_domains[0]
    found = _discover(author, resolver, discovery)
    record = found.record
    if record is None:
        base = Dmarc(
            Status.NONE,
            Cause.NO_RECORD,
            author,
            None,
            found.domain,
            found.organizational,
            discovery=discovery,
        )
        return base if found.trouble is None else _troubled(base, found.trouble)
    broken = record.broken or (record.policy is None and discovery is Discovery.PUBLIC_SUFFIX)
    unheard = broken and not record.reports_to
    base = Dmarc(
        Status.NONE,
        Cause.RECORD_BROKEN if unheard else Cause.NO_RECORD,
        author,
        None if unheard else Policy.NONE if broken else _policy(record, found, author, resolver),
        found.domain,
        found.organizational,
        None,
        (),
        record.testing,
        record.percent,
        discovery,
        record.text,
    )
    return base if unheard else _align(base, record, found, spf, dkim, resolver)


@cython.cfunc
def _troubled(base: Dmarc, trouble: Answer) -> Dmarc:
    if trouble.unasked:
        return base._replace(status=Status.UNASKED, cause=Cause.DNS_UNASKED)
    return base._replace(status=Status.TEMPERROR, cause=Cause.DNS_FAILED)


def _discover(author: str, resolver: Resolver, discovery: Discovery) -> _Found:
    """RFC 9989 section 4.10.1, or RFC 7489 section 6.6.3."""
    if discovery is Discovery.PUBLIC_SUFFIX:
        owner = registered_domain(author) or author
        record, answer = find_record(author, resolver)
        trouble = answer if answer.unasked or answer.failed else None
        where = author
        if record is None and trouble is None and owner != author:
            record, answer = find_record(owner, resolver)
            trouble = answer if answer.unasked or answer.failed else None
            where = owner
        return _Found(record, where if record else None, owner, trouble)
    way = walk(author, resolver)
    if way.own is not None:
        return _Found(way.own, author, way.organizational, way.trouble)
    for name, record in way.found:
        if name == way.organizational:
            return _Found(record, name, way.organizational, way.trouble)
    for name, record in way.found:
        if record.psd == "y":
            return _Found(record, name, way.organizational, way.trouble)
    return _Found(None, None, way.organizational, way.trouble)


def _policy(record: Record, found: _Found, author: str, resolver: Resolver) -> Policy:
    """The policy for this author domain: p, or sp and np for what lies below (RFC 9989 section 4.10.1)."""
    policy = record.policy or Policy.NONE
    if found.domain != author:
        missing = record.nonexistent_policy is not None and ask(resolver, author, "MX").exists is False
        policy = (record.nonexistent_policy if missing else None) or record.subdomain_policy or policy
    return policy.milder() if record.testing else policy


def _owner(domain: str, resolver: Resolver, discovery: Discovery) -> tuple[str, Answer | None]:
    if discovery is Discovery.PUBLIC_SUFFIX:
        return registered_domain(domain) or domain, None
    way = walk(domain, resolver)
    return way.organizational, way.trouble


def _align(
    base: Dmarc,
    record: Record,
    found: _Found,
    spf: Spf,
    dkim: Sequence[Dkim],
    resolver: Resolver,
) -> Dmarc:
    """RFC 9989 section 4.10.2 and section 5.3.5: one aligned identifier that was authenticated is enough."""
    author = base.author_domain or ""
    trouble: list[Answer] = []

    def aligned(domain: str, strict: bool) -> bool:
        if domain == author:
            return True
        if strict or domain.rpartition(".")[2] != author.rpartition(".")[2]:
            return False
        if found.trouble is not None:
            trouble.append(found.trouble)
        if not is_within(domain, found.organizational):
            return False
        owner, answer = _owner(domain, resolver, base.discovery)
        if answer is not None:
            trouble.append(answer)
        return owner == found.organizational

    spf_near = spf.status in _SPF_OPEN and aligned(spf.domain, record.strict_spf)
    near = [
        one
        for one in dkim
        if one.domain and one.status in _DKIM_OPEN and aligned(one.domain, record.strict_dkim)
    ]
    signed = tuple(
        one.domain for one in near if one.status is Signed.PASS and one.domain and not one.unsigned_bytes
    )
    if (spf_near and spf.status is Allowed.PASS) or signed:
        by_spf = spf.domain if spf_near and spf.status is Allowed.PASS else None
        by_dkim = tuple(dict.fromkeys(signed))
        if not trouble or author in (by_spf, *signed):
            return base._replace(
                status=Status.PASS, cause=Cause.ALIGNED, spf_aligned=by_spf, dkim_aligned=by_dkim
            )
        base = base._replace(spf_aligned=by_spf, dkim_aligned=by_dkim)
    if (
        any(a.unasked for a in trouble)
        or (spf_near and spf.status is Allowed.UNASKED)
        or _any(near, Signed.UNASKED)
    ):
        return base._replace(status=Status.UNASKED, cause=Cause.DNS_UNASKED)
    if trouble or (spf_near and spf.status is Allowed.TEMPERROR) or _any(near, Signed.TEMPERROR):
        return base._replace(status=Status.TEMPERROR, cause=Cause.DNS_FAILED)
    passed = spf.status is Allowed.PASS or _any(dkim, Signed.PASS)
    return base._replace(status=Status.FAIL, cause=Cause.NOT_ALIGNED if passed else Cause.NOT_AUTHENTICATED)


_SPF_OPEN = frozenset({Allowed.PASS, Allowed.TEMPERROR, Allowed.UNASKED})
_DKIM_OPEN = frozenset({Signed.PASS, Signed.TEMPERROR, Signed.UNASKED})


def _any(results: Sequence[Dkim], status: Signed) -> bool:
    return any(one.status is status for one in results)

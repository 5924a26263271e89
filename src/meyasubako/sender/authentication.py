"""Composes the verifiers: one mail, its envelope and captured answers in, everything known of its sender out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import cython

from meyasubako.mail.addresses import parse_addresses
from meyasubako.mail.types import Message
from meyasubako.sender import arc as arc_
from meyasubako.sender import dkim as dkim_
from meyasubako.sender import dmarc as dmarc_
from meyasubako.sender import spf as spf_
from meyasubako.sender.dkim.canonicalize import Canonical
from meyasubako.sender.domains import ascii_domain
from meyasubako.sender.names import Names, look
from meyasubako.sender.resolver import Resolver


class Authentication(NamedTuple):
    """What is known of a mail's sender.

    ``spf`` is the MAIL FROM identity (HELO where the reverse-path is null), ``helo`` the HELO identity. ``dkim``
    holds a result a signature, ``signatures`` the number of signatures the mail carries, the unread ones included.
    """

    spf: spf_.Spf
    helo: spf_.Spf
    dkim: tuple[dkim_.Dkim, ...]
    signatures: int
    dmarc: dmarc_.Dmarc
    arc: arc_.Arc
    names: Names

    @property
    def unasked(self) -> bool:
        """Whether an answer that would change a result was never asked for."""
        return (
            self.spf.status is spf_.Status.UNASKED
            or self.helo.status is spf_.Status.UNASKED
            or any(one.status is dkim_.Status.UNASKED for one in self.dkim)
            or self.dmarc.status is dmarc_.Status.UNASKED
            or self.arc.status is arc_.Status.UNASKED
            or self.names.unasked
        )

    @property
    def dkim_best(self) -> dkim_.Dkim | None:
        """The signature that says most: an aligned pass, a pass, then what is nearest to one; None without any."""
        aligned = self.dmarc.dkim_aligned
        return min(
            self.dkim,
            key=lambda one: (_RANK[one.status], one.domain not in aligned, one.position),
            default=None,
        )


_RANK = {
    status: rank
    for rank, status in enumerate(
        (
            dkim_.Status.PASS,
            dkim_.Status.UNASKED,
            dkim_.Status.TEMPERROR,
            dkim_.Status.POLICY,
            dkim_.Status.FAIL,
            dkim_.Status.PERMERROR,
            dkim_.Status.NEUTRAL,
            dkim_.Status.NONE,
        )
    )
}


def author_domains(message: Message) -> tuple[str, ...]:
    """The domains of the From field as A-labels, each once; of repeated From fields all, one by one.

    A mail with one From field that names one domain gives one name (RFC 9989 section 5.3.1).
    """
    values = message.values("from")
    if len(values) == 1 and message.from_ is not None and b"," not in values[0]:
        name = ascii_domain(message.from_.domain)
        return () if name is None else (name,)
    domains: list[str] = []
    for value in values[:10]:
        own = [ascii_domain(address.domain) for address in parse_addresses(value)[0]]
        domains += dict.fromkeys(name for name in own if name is not None)
    return tuple(domains)


def authenticate(
    message: Message,
    *,
    ip: str | None,
    helo: str | None,
    mail_from: str | None,
    resolver: Resolver,
    now: datetime,
    earlier: Authentication | None = None,
) -> Authentication:
    """Run SPF, DKIM, ARC and DMARC and look at the names used. Never raises, asks nobody but the resolver.

    ``ip``, ``helo`` and ``mail_from`` are those of the connection over the trust boundary; None where not known.
    ``now`` is the time of receipt. ``earlier`` is a result for the same mail on fewer answers: what it settled is
    taken over, so that a capture in steps does not pay for the same signatures twice.
    """
    signed = earlier.dkim if earlier is not None else ()
    chain = earlier.arc if earlier is not None else None
    canonical = Canonical(message.raw, message.fields, message.root.body)
    if earlier is None or any(one.status is dkim_.Status.UNASKED for one in signed):
        signed = dkim_.verify_canonical(canonical, resolver=resolver, now=now)
    if chain is None or chain.status is arc_.Status.UNASKED:
        chain = arc_.verify(canonical, resolver=resolver)
    spf = spf_.verify(ip=ip, helo=helo, mail_from=mail_from, resolver=resolver, now=now)
    said = helo or ""
    if spf.scope == "helo":
        by_helo = spf
    else:
        by_helo = spf_.check_host(ip, said, said, helo=said, resolver=resolver, now=now, scope="helo")
    authors = author_domains(message)
    dmarc = dmarc_.verify(authors, spf, signed, resolver=resolver, now=now)
    names = look(ip, helo, authors[0] if authors else None, resolver)
    count = len(canonical.positions("dkim-signature"))
    return Authentication(spf, by_helo, signed, count, dmarc, chain, names)


def to_json(authentication: Authentication) -> dict[str, dict[str, Any]]:
    """The contract ``{spf, dkim, dmarc, arc}``: each with ``result`` and ``reason``, all values plain JSON."""
    spf, dkim, dmarc, arc = (
        authentication.spf,
        authentication.dkim_best,
        authentication.dmarc,
        authentication.arc,
    )
    return {
        "spf": {
            "result": spf.status._value_,
            "reason": spf.cause._value_,
            "domain": spf.domain,
            "scope": spf.scope,
            "mechanism": spf.mechanism,
            "helo": authentication.helo.status._value_,
        },
        "dkim": {
            "result": dkim.status._value_ if dkim else "none",
            "reason": dkim.cause._value_ if dkim else "no-signature",
            "domain": dkim.domain if dkim else None,
            "signatures": [_signature(one) for one in authentication.dkim],
        },
        "dmarc": {
            "result": dmarc.status._value_,
            "reason": dmarc.cause._value_,
            "domain": dmarc.author_domain,
            "policy": dmarc.policy._value_ if dmarc.policy else None,
            "policy_domain": dmarc.policy_domain,
            "aligned": {"spf": dmarc.spf_aligned, "dkim": list(dmarc.dkim_aligned)},
            "discovery": dmarc.discovery._value_,
        },
        "arc": {
            "result": arc.status._value_,
            "reason": arc.cause._value_,
            "instances": arc.instances,
            "sealers": list(arc.sealers),
        },
    }


@cython.cfunc
def _signature(one: dkim_.Dkim) -> dict[str, Any]:
    return {
        "result": one.status._value_,
        "reason": one.cause._value_,
        "domain": one.domain,
        "selector": one.selector,
        "algorithm": one.algorithm,
        "key_bits": one.key_bits,
        "unsigned_bytes": one.unsigned_bytes,
        "testing": one.testing,
    }


class Columns(NamedTuple):
    """What an observation keeps: four results as words, and the causes that decided them."""

    spf: str
    dkim: str
    dmarc: str
    arc: str
    reason: str


def to_columns(authentication: Authentication) -> Columns:
    """The row's columns; ``reason`` reads ``spf=mechanism-matched dkim=verified dmarc=aligned arc=no-chain``."""
    best = authentication.dkim_best
    spf, dmarc, arc = authentication.spf, authentication.dmarc, authentication.arc
    signed, cause = (best.status._value_, best.cause._value_) if best else ("none", "no-signature")
    reason = f"spf={spf.cause} dkim={cause} dmarc={dmarc.cause} arc={arc.cause}"
    return Columns(spf.status._value_, signed, dmarc.status._value_, arc.status._value_, reason)

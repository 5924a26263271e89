"""Validates the ARC chain of a mail (RFC 8617 section 5.2), with a cause for each result.

A chain that holds proves who forwarded and what they claimed to see, not that they are to be believed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from meyasubako.sender.arc.parse import SIGNATURE, ArcSet, ChainFault, parse_chain
from meyasubako.sender.dkim.canonicalize import Canonical, relax_header
from meyasubako.sender.dkim.parse import without_signature
from meyasubako.sender.dkim.verify import LIMITS, Limits, Outcome, check, check_keys, find_keys
from meyasubako.sender.dkim.verify import Status as Signed
from meyasubako.sender.resolver import Resolver


class Status(StrEnum):
    """RFC 8617 section 4.4, TEMPERROR for a DNS that failed, UNASKED: a key was never asked for."""

    NONE = "none"
    PASS = "pass"  # noqa: S105 - a result, not a secret
    FAIL = "fail"
    TEMPERROR = "temperror"
    UNASKED = "unasked"


class Cause(StrEnum):
    """Why the status is what it is."""

    NO_CHAIN = "no-chain"
    VERIFIED = "verified"
    RESULTS_SYNTAX = "results-syntax"
    MESSAGE_SIGNATURE_SYNTAX = "message-signature-syntax"
    SEAL_SYNTAX = "seal-syntax"
    INSTANCE_TWICE = "instance-twice"
    INSTANCE_MISSING = "instance-missing"
    TOO_LONG = "too-many-instances"
    CHAIN_VALUE = "chain-value-wrong"
    CHAIN_FAILED = "chain-said-to-have-failed"
    MESSAGE_SIGNATURE = "message-signature-invalid"
    SEAL = "seal-invalid"
    KEY = "key-unusable"
    DNS_FAILED = "dns-failed"
    DNS_UNASKED = "dns-unasked"


class Arc(NamedTuple):
    """The chain's result: ``instances`` counted, ``instance`` the one at fault, ``oldest_pass`` as RFC 8617 section 5.2.

    ``sealers`` are the domains that sealed, oldest first; ``results_at`` the positions of the
    ARC-Authentication-Results fields likewise, so that a reader of claims can find them.
    """

    status: Status
    cause: Cause
    instances: int = 0
    instance: int | None = None
    oldest_pass: int | None = None
    sealers: tuple[str, ...] = ()
    results_at: tuple[int, ...] = ()


_PROBLEMS = {
    Signed.UNASKED: (Status.UNASKED, Cause.DNS_UNASKED),
    Signed.TEMPERROR: (Status.TEMPERROR, Cause.DNS_FAILED),
    Signed.PERMERROR: (Status.FAIL, Cause.KEY),
}


def verify(mail: Canonical, *, resolver: Resolver, limits: Limits = LIMITS) -> Arc:
    """Newest message signature first, then every seal; one failure fails the chain."""
    chain = parse_chain(mail)
    if chain is None:
        return Arc(Status.NONE, Cause.NO_CHAIN)
    if isinstance(chain, ChainFault):
        return Arc(Status.FAIL, Cause(chain.value))
    sealers = tuple(one.seal.domain for one in chain)
    base = Arc(
        Status.PASS, Cause.VERIFIED, len(chain), None, None, sealers, tuple(one.results_at for one in chain)
    )
    oldest = _oldest_pass(mail, chain, resolver, limits)
    if isinstance(oldest, Arc):
        return base._replace(status=oldest.status, cause=oldest.cause, instance=oldest.instance)
    worst: Arc | None = None
    for count in range(len(chain), 0, -1):
        fault = _check_seal(mail, chain[:count], resolver, limits)
        if fault is not None and fault.status is Status.FAIL:
            return base._replace(status=fault.status, cause=fault.cause, instance=fault.instance)
        worst = fault or worst
    if worst is not None:
        return base._replace(status=worst.status, cause=worst.cause, instance=worst.instance)
    return base._replace(oldest_pass=oldest)


def _fault(outcome: Outcome, cause: Cause, instance: int) -> Arc | None:
    """What a signature's outcome means for the chain; None for a pass."""
    if outcome.status is Signed.PASS:
        return None
    status, cause = _PROBLEMS.get(outcome.status, (Status.FAIL, cause))
    return Arc(status, cause, instance=instance)


def _oldest_pass(mail: Canonical, chain: list[ArcSet], resolver: Resolver, limits: Limits) -> int | Arc:
    """Smallest instance from which every message signature on still verifies, 0 when all do; a fault of the newest.

    RFC 8617 section 5.2, steps 4 and 5.
    """
    for one in reversed(chain):
        value = mail.fields[one.signature_at].value
        for reading in one.readings:
            outcome = check(mail, SIGNATURE, one.signature_at, value, reading, resolver, limits)
            if outcome.status is not Signed.FAIL:
                break
        fault = _fault(outcome, Cause.MESSAGE_SIGNATURE, one.instance)
        if fault is not None:
            return fault if one.instance == len(chain) else one.instance + 1
    return 0


def _check_seal(mail: Canonical, chain: list[ArcSet], resolver: Resolver, limits: Limits) -> Arc | None:
    """Verify the seal of the last of these sets over all of them (RFC 8617 section 5.1.1)."""
    last = chain[-1]
    signature = last.readings[0]._replace(
        algorithm="",
        key_type=last.seal.key_type,
        digest=last.seal.digest,
        signature=last.seal.signature,
        domain=last.seal.domain,
        selector=last.seal.selector,
        identity="@" + last.seal.domain,
    )
    keys = find_keys(signature, resolver, limits)
    if isinstance(keys, Outcome):
        return _fault(keys, Cause.KEY, last.instance)
    parts: list[bytes] = []
    for one in chain:
        parts += (
            mail.header(one.results_at),
            mail.header(one.signature_at),
            mail.header(one.seal_at),
        )
    seal = mail.fields[last.seal_at]
    parts[-1] = relax_header(seal.name, without_signature(seal.value))
    outcome = check_keys(keys, signature, b"\r\n".join(parts), limits)
    return _fault(outcome, Cause.SEAL, last.instance)

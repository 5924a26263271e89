"""Verifies the DKIM signatures of a mail (RFC 6376 section 6), within limits, with a cause for each result.

A signature that holds cryptographically but may not be relied on - an RSA key under 1024 bits, SHA-1 (RFC 8301
section 3) - is ``policy``, not ``pass``: old mail stays evidence of what it is. One that leaves the end of the body
unsigned (``l=``) passes and says how many bytes it leaves (RFC 6376 section 8.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import cython

from meyasubako.mail.head import Fields
from meyasubako.sender.dkim.canonicalize import Canonical, relax_header
from meyasubako.sender.dkim.keys import Key, KeyFault, parse_key
from meyasubako.sender.dkim.parse import Broken, Signature, parse_signature, without_signature
from meyasubako.sender.resolver import Resolver, ask


class Status(StrEnum):
    """RFC 8601 section 2.7.1, and UNASKED: the key was never asked for."""

    NONE = "none"
    PASS = "pass"  # noqa: S105 - a result, not a secret
    FAIL = "fail"
    POLICY = "policy"
    NEUTRAL = "neutral"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"
    UNASKED = "unasked"


class Cause(StrEnum):
    """Why the status is what it is."""

    VERIFIED = "verified"
    SIGNATURE_SYNTAX = "signature-syntax"
    SIGNATURE_MISMATCH = "signature-mismatch"
    BODY_MISMATCH = "body-hash-mismatch"
    BODY_SHORT = "body-shorter-than-signed"
    EXPIRED = "expired"
    FUTURE = "signed-in-the-future"
    DNS_FAILED = "dns-failed"
    DNS_UNASKED = "dns-unasked"
    NO_KEY = "no-key"
    KEY_SYNTAX = "key-syntax"
    KEY_REVOKED = "key-revoked"
    KEY_TYPE = "key-type-unknown"
    KEY_SERVICE = "key-not-for-mail"
    KEY_LARGE = "key-too-large"
    KEY_SHORT = "key-too-short"
    KEY_MISMATCH = "key-not-for-algorithm"
    KEY_STRICT = "identity-not-the-domain"
    SHA1 = "sha1"


_KEY_FAULTS = {fault: Cause(fault.value) for fault in KeyFault}


class Limits(NamedTuple):
    """Signatures looked at, records tried for a key, RSA sizes in bits, seconds a clock may be ahead."""

    signatures: int = 5
    keys: int = 4
    shortest_key: int = 1024
    largest_key: int = 8192
    ahead: int = 86_400


LIMITS = Limits()

FIELD = "dkim-signature"


class Dkim(NamedTuple):
    """The result of one signature.

    ``position`` is its index among the mail's fields; ``domain``, ``selector`` and ``identity`` are None where the
    field could not be read. ``detail`` names the tag at fault. ``unsigned_bytes`` of the canonical body lie behind
    ``l=``; ``testing`` is the key's flag: the domain asks that the mail be treated as if unsigned.
    """

    status: Status
    cause: Cause
    position: int
    domain: str | None = None
    selector: str | None = None
    identity: str | None = None
    algorithm: str | None = None
    key_bits: int | None = None
    unsigned_bytes: int = 0
    testing: bool = False
    timestamp: int | None = None
    detail: str | None = None


def verify(
    raw: bytes,
    fields: Fields,
    body_start: int,
    *,
    resolver: Resolver,
    now: datetime,
    limits: Limits = LIMITS,
) -> tuple[Dkim, ...]:
    """Results of the first ``limits.signatures`` signatures, in the order of the mail; () where it has none."""
    return verify_canonical(Canonical(raw, fields, body_start), resolver=resolver, now=now, limits=limits)


def verify_canonical(
    mail: Canonical, *, resolver: Resolver, now: datetime, limits: Limits = LIMITS
) -> tuple[Dkim, ...]:
    """The same for a mail whose canonical forms are shared with other verifiers."""
    positions = mail.positions(FIELD)[: limits.signatures]
    if not positions:
        return ()
    return tuple(
        [
            _verify_one(mail, position, value, resolver, now, limits)
            for position, value in zip(positions, mail.values(FIELD), strict=False)
        ]
    )


@cython.cfunc
def _verify_one(
    mail: Canonical, position: int, value: bytes, resolver: Resolver, now: datetime, limits: Limits
) -> Dkim:
    signature = parse_signature(value)
    if isinstance(signature, Broken):
        return Dkim(
            Status.NEUTRAL,
            Cause.SIGNATURE_SYNTAX,
            position,
            signature.domain,
            signature.selector,
            detail=signature.tag,
        )
    outcome = check_times(signature, now, limits) or check(
        mail, FIELD, position, value, signature, resolver, limits
    )
    return Dkim(
        outcome.status,
        outcome.cause,
        position,
        signature.domain,
        signature.selector,
        signature.identity,
        signature.algorithm,
        outcome.key_bits,
        outcome.unsigned_bytes,
        outcome.testing,
        signature.timestamp,
        signature.key_name if outcome.status in (Status.UNASKED, Status.TEMPERROR) else None,
    )


class Outcome(NamedTuple):
    """What a signature's verification came to."""

    status: Status
    cause: Cause
    key_bits: int | None = None
    unsigned_bytes: int = 0
    testing: bool = False


def check_times(signature: Signature, now: datetime, limits: Limits) -> Outcome | None:
    """The outcome of a signature outside its time (RFC 6376 section 3.5, ``t=`` and ``x=``); None where inside."""
    seconds = int(now.timestamp())
    if signature.expiration is not None and seconds > signature.expiration:
        return Outcome(Status.PERMERROR, Cause.EXPIRED)
    if signature.timestamp is not None and signature.timestamp > seconds + limits.ahead:
        return Outcome(Status.PERMERROR, Cause.FUTURE)
    return None


def check(
    mail: Canonical,
    name: str,
    position: int,
    value: bytes,
    signature: Signature,
    resolver: Resolver,
    limits: Limits = LIMITS,
) -> Outcome:
    """Key, body, then signature (RFC 6376 section 6.1).

    ``name`` (in lower case), ``position`` and ``value`` are those of the signature's field.
    """
    keys = find_keys(signature, resolver, limits)
    if isinstance(keys, Outcome):
        return keys
    body = mail.body(relaxed=signature.relaxed_body)
    if signature.length is not None and signature.length > len(body):
        return Outcome(Status.PERMERROR, Cause.BODY_SHORT, keys[0].bits)
    unsigned = 0 if signature.length is None else len(body) - signature.length
    digest = mail.body_hash(signature.digest, relaxed=signature.relaxed_body, length=signature.length)
    if digest != signature.body_hash:
        return Outcome(Status.FAIL, Cause.BODY_MISMATCH, keys[0].bits, unsigned, keys[0].testing)
    data = signed_header(mail, name, position, value, signature)
    outcome = check_keys(keys, signature, data, limits)
    return outcome._replace(unsigned_bytes=unsigned) if unsigned else outcome


def signed_header(mail: Canonical, name: str, position: int, value: bytes, signature: Signature) -> bytes:
    """The bytes a signature is over (RFC 6376 section 3.7): the fields it names, then its own without ``b=``."""
    chosen = mail.select(signature.names, relaxed=signature.relaxed_header)
    bare = without_signature(value)
    if signature.relaxed_header:
        chosen.append(relax_header(name, bare))
    else:
        written = mail.fields[position].name.encode("ascii")
        chosen.append(written + b":" + bare.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    return b"\r\n".join(chosen)


def check_keys(keys: Sequence[Key], signature: Signature, data: bytes, limits: Limits) -> Outcome:
    """Whether one of the keys made the signature, and whether a signature so made counts (RFC 8301 section 3)."""
    for key in keys:
        if key.bits < limits.shortest_key and key.kind == "rsa":
            return Outcome(Status.POLICY, Cause.KEY_SHORT, key.bits, 0, key.testing)
        if key.verifies(signature.signature, data, signature.digest):
            if signature.digest == "sha1":
                return Outcome(Status.POLICY, Cause.SHA1, key.bits, 0, key.testing)
            return Outcome(Status.PASS, Cause.VERIFIED, key.bits, 0, key.testing)
    return Outcome(Status.FAIL, Cause.SIGNATURE_MISMATCH, keys[0].bits, 0, keys[0].testing)


def find_keys(signature: Signature, resolver: Resolver, limits: Limits) -> list[Key] | Outcome:
    """The keys that may have made the signature (RFC 6376 section 6.1.2), or why there is none."""
    answer = ask(resolver, signature.key_name, "TXT")
    if answer.unasked:
        return Outcome(Status.UNASKED, Cause.DNS_UNASKED)
    if answer.failed:
        return Outcome(Status.TEMPERROR, Cause.DNS_FAILED)
    cause = Cause.NO_KEY
    keys: list[Key] = []
    for text in answer.records[: limits.keys]:
        key = parse_key(text, limits.largest_key)
        if isinstance(key, KeyFault):
            cause = _KEY_FAULTS[key]
        elif key.kind != signature.key_type or (
            key.hashes is not None and signature.digest not in key.hashes
        ):
            cause = Cause.KEY_MISMATCH
        elif key.strict and signature.identity.rpartition("@")[2] != signature.domain:
            cause = Cause.KEY_STRICT
        else:
            keys.append(key)
    return keys or Outcome(Status.PERMERROR, cause)

"""Collects the ARC sets of a mail (RFC 8617 section 4.2) and reads their fields; nothing is verified here."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from meyasubako.sender.dkim.canonicalize import Canonical
from meyasubako.sender.dkim.parse import ALGORITHMS, VALUE_CAP, Broken, Signature, parse_message_signature
from meyasubako.sender.domains import ascii_domain
from meyasubako.sender.tags import decode_base64, decode_number, parse_tags

LARGEST_INSTANCE = 50
"""RFC 8617 section 4.2.1."""

_INSTANCE = re.compile(rb"\s{0,200}i[ \t\r\n]{0,200}=[ \t\r\n]{0,200}([1-9][0-9]?)[ \t\r\n]{0,200};")
SIGNATURE = "arc-message-signature"
_NAMES = ("arc-authentication-results", SIGNATURE, "arc-seal")


class ChainFault(StrEnum):
    """Why the ARC fields of a mail make no chain."""

    RESULTS_SYNTAX = "results-syntax"
    MESSAGE_SIGNATURE_SYNTAX = "message-signature-syntax"
    SEAL_SYNTAX = "seal-syntax"
    INSTANCE_TWICE = "instance-twice"
    INSTANCE_MISSING = "instance-missing"
    TOO_LONG = "too-many-instances"
    CHAIN_VALUE = "chain-value-wrong"
    CHAIN_FAILED = "chain-said-to-have-failed"


class Seal(NamedTuple):
    """An ARC-Seal (RFC 8617 section 4.1.3). ``chain`` is ``cv=``: none, fail or pass."""

    instance: int
    key_type: str
    digest: str
    signature: bytes
    domain: str
    selector: str
    chain: str
    timestamp: int | None


class ArcSet(NamedTuple):
    """One instance: the positions of its three fields among the mail's, and what two of them say.

    ``readings`` are the ways to take the message signature: one, but two where it names no canonical form.
    """

    instance: int
    results_at: int
    signature_at: int
    seal_at: int
    readings: tuple[Signature, ...]
    seal: Seal


def parse_seal(value: bytes) -> Seal | None:
    """Read an ARC-Seal; None where a tag it needs is missing or broken, or ``h=`` stands in it."""
    tags = parse_tags(value.decode("utf-8", "replace")) if len(value) <= VALUE_CAP else None
    if tags is None or "h" in tags:
        return None
    instance = _instance(tags)
    algorithm = ALGORITHMS.get(tags.get("a", ""))
    signature = decode_base64(tags.get("b", ""))
    domain, selector = ascii_domain(tags.get("d", "")), ascii_domain(tags.get("s", ""))
    chain = tags.get("cv", "")
    timestamp = decode_number(tags["t"], 12) if "t" in tags else 0
    if instance is None or algorithm is None or algorithm[1] == "sha1" or signature is None:
        return None
    if domain is None or "." not in domain or selector is None or timestamp is None:
        return None
    if chain not in ("none", "fail", "pass"):
        return None
    return Seal(instance, *algorithm, signature, domain, selector, chain, timestamp if "t" in tags else None)


def _instance(tags: dict[str, str]) -> int | None:
    number = decode_number(tags.get("i", ""), 4)
    return number if number is not None and number >= 1 and not tags["i"].startswith("0") else None


def read_message_signature(value: bytes) -> tuple[int, tuple[Signature, ...]] | None:
    """Read an ARC-Message-Signature; None where broken, SHA-1, or signing a seal (RFC 8617 section 4.1.2).

    Without ``c=`` both forms are simple (RFC 6376 section 3.5); early sealers took them for relaxed, and the
    common test suite still holds such a mail, so that reading is the second.
    """
    read = parse_message_signature(value)
    if isinstance(read, Broken):
        return None
    signature, tags = read
    instance = _instance(tags)
    if (
        instance is None
        or signature.digest == "sha1"
        or "arc-seal" in signature.names
        or signature.length is not None
    ):
        return None
    if "c" in tags:
        return instance, (signature,)
    return instance, (signature, signature._replace(relaxed_header=True, relaxed_body=True))


def parse_chain(mail: Canonical) -> list[ArcSet] | ChainFault | None:
    """The ARC sets from instance 1 up; None where the mail has no ARC field (RFC 8617 section 5.2, steps 1 to 3)."""
    results, signatures, seals = (mail.positions(name) for name in _NAMES)
    if not (results or signatures or seals):
        return None
    if max(len(results), len(signatures), len(seals)) > LARGEST_INSTANCE:
        return ChainFault.TOO_LONG
    results_at: dict[int, int] = {}
    for at in results:
        found = _INSTANCE.match(mail.fields[at].value)
        if found is None:
            return ChainFault.RESULTS_SYNTAX
        if results_at.setdefault(int(found[1]), at) != at:
            return ChainFault.INSTANCE_TWICE
    signature_at: dict[int, tuple[int, tuple[Signature, ...]]] = {}
    for at in signatures:
        signature = read_message_signature(mail.fields[at].value)
        if signature is None:
            return ChainFault.MESSAGE_SIGNATURE_SYNTAX
        if signature_at.setdefault(signature[0], (at, signature[1]))[0] != at:
            return ChainFault.INSTANCE_TWICE
    seal_at: dict[int, tuple[int, Seal]] = {}
    for at in seals:
        seal = parse_seal(mail.fields[at].value)
        if seal is None:
            return ChainFault.SEAL_SYNTAX
        if seal_at.setdefault(seal.instance, (at, seal))[0] != at:
            return ChainFault.INSTANCE_TWICE
    return _join(results_at, signature_at, seal_at)


def _join(
    results_at: dict[int, int],
    signature_at: dict[int, tuple[int, tuple[Signature, ...]]],
    seal_at: dict[int, tuple[int, Seal]],
) -> list[ArcSet] | ChainFault:
    """Every instance from 1 up whole, and each seal's word on the chain before it as it must be."""
    count = len(seal_at)
    wanted = set(range(1, count + 1))
    if set(results_at) != wanted or set(signature_at) != wanted or set(seal_at) != wanted:
        return ChainFault.INSTANCE_MISSING
    sets = [
        ArcSet(i, results_at[i], signature_at[i][0], seal_at[i][0], signature_at[i][1], seal_at[i][1])
        for i in range(1, count + 1)
    ]
    if sets[-1].seal.chain == "fail":
        return ChainFault.CHAIN_FAILED
    if any(one.seal.chain != ("none" if one.instance == 1 else "pass") for one in sets):
        return ChainFault.CHAIN_VALUE
    return sets

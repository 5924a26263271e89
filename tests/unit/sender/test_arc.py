"""ARC on chains of our own: what holds, what breaks it, and what was never asked."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st
from sender_world import PLAIN, Zone, rsa_key

from meyasubako.mail.fields import split_fields
from meyasubako.sender import Answers, Rcode
from meyasubako.sender.arc import Arc, Cause, Status, parse_chain, verify
from meyasubako.sender.arc.parse import parse_seal
from meyasubako.sender.dkim.canonicalize import Canonical, relax_header
from meyasubako.sender.dkim.sign import key_record, sign

KEY = "sel._domainkey.list.example"


def canonical(raw: bytes) -> Canonical:
    fields, body, _ = split_fields(raw)
    return Canonical(raw, fields, body)


def sealed(raw: bytes, instance: int, chain: str) -> bytes:
    """The mail with one ARC set more, as a forwarder at list.example writes it."""
    results = b"ARC-Authentication-Results: i=%d; list.example; spf=pass\r\n" % instance
    message = sign(raw, domain="list.example", selector="sel", key=rsa_key(), names=("from", "subject", "to"))
    message = message.replace(b"DKIM-Signature: v=1;", b"ARC-Message-Signature: i=%d;" % instance)
    bare = message[: message.rindex(b" b=") + 3]
    mail = canonical(raw)
    data = b"\r\n".join([*mail.select(("from", "subject", "to"), relaxed=True), relaxed(bare)])
    message = bare + base64.b64encode(rsa_key().sign(data, PKCS1v15(), SHA256())) + b"\r\n"
    seal = b"ARC-Seal: i=%d; a=rsa-sha256; cv=%s; d=list.example; s=sel; b=" % (instance, chain.encode())
    earlier = [
        mail.header(mail.positions(name)[-number])
        for number in range(1, instance)
        for name in ("arc-authentication-results", "arc-message-signature", "arc-seal")
    ]
    data = b"\r\n".join([*earlier, relaxed(results), relaxed(message), relaxed(seal)])
    seal += base64.b64encode(rsa_key().sign(data, PKCS1v15(), SHA256())) + b"\r\n"
    return seal + message + results + raw


def relaxed(field: bytes) -> bytes:
    name, _, value = field.partition(b":")
    return relax_header(name.decode(), value)


def check(raw: bytes, zone: Zone | Answers | None = None) -> Arc:
    return verify(canonical(raw), resolver=zone or Zone({(KEY, "TXT"): [key_record(rsa_key())]}))


def chain(length: int) -> bytes:
    raw = PLAIN
    for instance in range(1, length + 1):
        raw = sealed(raw, instance, "none" if instance == 1 else "pass")
    return raw


@pytest.mark.parametrize("length", [1, 2, 4])
def test_chain_holds(length: int) -> None:
    result = check(chain(length))
    assert (result.status, result.instances, result.oldest_pass) == (Status.PASS, length, 0)
    assert result.sealers == ("list.example",) * length


def test_mail_changed_between_forwarders() -> None:
    changed = sealed(chain(1).replace(b"Subject: Sale", b"Subject: [list] Sale"), 2, "pass")
    result = check(changed)
    assert (result.status, result.oldest_pass) == (Status.PASS, 2)


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        (b"Subject: Sale", b"Subject: Sold", Cause.MESSAGE_SIGNATURE),
        (b"Bye", b"Buy", Cause.MESSAGE_SIGNATURE),
        (b"i=1; list.example; spf=pass", b"i=1; list.example; spf=fail", Cause.SEAL),
        (b"cv=pass", b"cv=fail", Cause.CHAIN_FAILED),
        (b"cv=pass", b"cv=none", Cause.CHAIN_VALUE),
        (b"cv=pass", b"cv=maybe", Cause.SEAL_SYNTAX),
        (b"ARC-Seal: i=2", b"ARC-Seal: i=1", Cause.INSTANCE_TWICE),
        (b"ARC-Seal: i=2", b"ARC-Seal: i=3", Cause.INSTANCE_MISSING),
        (b"ARC-Authentication-Results: i=2;", b"ARC-Authentication-Results: two;", Cause.RESULTS_SYNTAX),
        (b"ARC-Message-Signature: i=2", b"ARC-Message-Signature: i=0", Cause.MESSAGE_SIGNATURE_SYNTAX),
    ],
)
def test_tampering_is_noticed(old: bytes, new: bytes, cause: Cause) -> None:
    result = check(chain(2).replace(old, new, 1))
    assert (result.status, result.cause) == (Status.FAIL, cause)


def test_keys_missing_failing_or_unasked() -> None:
    assert check(chain(1), Zone({})).cause is Cause.KEY
    assert check(chain(1), Zone({(KEY, "TXT"): Rcode.TIMEOUT})).status is Status.TEMPERROR
    assert check(chain(1), Answers()).status is Status.UNASKED


def test_no_chain_and_too_long_a_chain() -> None:
    assert check(PLAIN).status is Status.NONE
    assert check(b"ARC-Seal: i=1\r\n" * 51 + PLAIN).cause is Cause.TOO_LONG


@given(st.binary(max_size=300))
def test_any_field_is_read_without_raising(value: bytes) -> None:
    parse_seal(value)
    folded = value.replace(b"\n", b"").replace(b"\r", b"")
    for name in (b"ARC-Seal", b"ARC-Message-Signature", b"ARC-Authentication-Results"):
        parse_chain(canonical(name + b": " + folded + b"\r\n" + PLAIN))


@settings(max_examples=50)
@given(st.integers(0, 2**31), st.binary(min_size=1, max_size=3))
def test_any_damage_is_answered_without_raising(at: int, damage: bytes) -> None:
    whole = bytearray(chain(2))
    whole[at % len(whole) : at % len(whole) + len(damage)] = damage
    assert check(bytes(whole)).status in Status

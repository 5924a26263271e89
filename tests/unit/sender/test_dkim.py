"""DKIM on mails of our own: every form verifies, every change is noticed, every limit holds."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sender_world import NOW, PLAIN, Zone, ed25519_key, lawful_zone, rsa_key, signed

from meyasubako.mail.fields import split_fields
from meyasubako.sender import Rcode
from meyasubako.sender.dkim import Cause, Dkim, Limits, Status, parse_signature, verify
from meyasubako.sender.dkim.canonicalize import relax_body, relax_header, simple_body
from meyasubako.sender.dkim.keys import Key, KeyFault, parse_key
from meyasubako.sender.dkim.parse import Broken, Signature, without_signature
from meyasubako.sender.dkim.sign import key_record
from meyasubako.sender.tags import parse_tags

KEY = "sel._domainkey.shop.example.com"


def check(raw: bytes, zone: Zone | None = None, **how: object) -> tuple[Dkim, ...]:
    fields, body, _ = split_fields(raw)
    return verify(raw, fields, body, resolver=zone or lawful_zone(), now=NOW, **how)  # type: ignore[arg-type]


def outcome(raw: bytes, zone: Zone | None = None) -> tuple[Status, Cause]:
    (result,) = check(raw, zone)
    return result.status, result.cause


def zone_with_key(record: str | Rcode) -> Zone:
    return Zone({(KEY, "TXT"): record if isinstance(record, Rcode) else [record]})


@pytest.mark.parametrize("ed25519", [False, True])
@pytest.mark.parametrize("relaxed", [(True, True), (True, False), (False, True), (False, False)])
def test_every_form_verifies(relaxed: tuple[bool, bool], ed25519: bool) -> None:
    assert outcome(signed(ed25519=ed25519, relaxed=relaxed)) == (Status.PASS, Cause.VERIFIED)


def test_mail_kept_with_lf_verifies() -> None:
    for relaxed in ((True, True), (False, False)):
        assert outcome(signed(relaxed=relaxed).replace(b"\r\n", b"\n"))[0] is Status.PASS


def test_relaxed_forgives_white_space_and_simple_does_not() -> None:
    respaced = PLAIN.replace(b"Subject: Sale", b"SUBJECT:   Sale ").replace(b"Hello  there ", b"Hello there")
    for relaxed, status in (((True, True), Status.PASS), ((False, False), Status.FAIL)):
        whole = signed(relaxed=relaxed)
        assert outcome(whole[: -len(PLAIN)] + respaced)[0] is status


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        (b"Sale", b"Sold", Cause.SIGNATURE_MISMATCH),
        (b"news@shop", b"evil@shop", Cause.SIGNATURE_MISMATCH),
        (b"Bye", b"Buy", Cause.BODY_MISMATCH),
        (b"From: Shop", b"From: <a@evil.example>\r\nFrom: Shop", Cause.SIGNATURE_MISMATCH),
        (b"\r\n\r\n\r\n", b"\r\nmore\r\n", Cause.BODY_MISMATCH),
    ],
)
def test_tampering_is_noticed(old: bytes, new: bytes, cause: Cause) -> None:
    assert outcome(signed().replace(old, new, 1)) == (Status.FAIL, cause)


def test_other_key_does_not_verify() -> None:
    record = key_record(rsa_key(1024))
    assert outcome(signed(), zone_with_key(record)) == (Status.FAIL, Cause.SIGNATURE_MISMATCH)


@pytest.mark.parametrize(
    ("record", "status", "cause"),
    [
        (Rcode.SERVFAIL, Status.TEMPERROR, Cause.DNS_FAILED),
        (Rcode.NXDOMAIN, Status.PERMERROR, Cause.NO_KEY),
        ("v=DKIM1; p=", Status.PERMERROR, Cause.KEY_REVOKED),
        ("v=DKIM2; p=AAAA", Status.PERMERROR, Cause.KEY_SYNTAX),
        ("k=rsa; v=DKIM1; p=AAAA", Status.PERMERROR, Cause.KEY_SYNTAX),
        ("v=DKIM1; p=####", Status.PERMERROR, Cause.KEY_SYNTAX),
        ("v=DKIM1; k=dsa; p=AAAA", Status.PERMERROR, Cause.KEY_TYPE),
        ("v=DKIM1; s=tlsrpt; p=AAAA", Status.PERMERROR, Cause.KEY_SERVICE),
        ("v=DKIM1; h=sha1; p={rsa}", Status.PERMERROR, Cause.KEY_MISMATCH),
        ("v=DKIM1; k=ed25519; p={ed}", Status.PERMERROR, Cause.KEY_MISMATCH),
    ],
)
def test_keys_that_cannot_serve(record: str | Rcode, status: Status, cause: Cause) -> None:
    if not isinstance(record, Rcode):
        rsa, ed = (key_record(key).rpartition("p=")[2] for key in (rsa_key(), ed25519_key()))
        record = record.replace("{rsa}", rsa).replace("{ed}", ed)
    assert outcome(signed(), zone_with_key(record)) == (status, cause)


def test_short_key_is_policy() -> None:
    modulus = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAM3IdNhcgGeb4nKy/X5gPtMQhaNCjEWKO79t1Fr+jIYkJbItODZeQf+ddx80BHhV35DTNKI3iPtV0xi6kdqKT98CAwEAAQ=="
    key = parse_key(f"v=DKIM1; p={modulus}")
    assert isinstance(key, Key)
    assert key.bits == 512
    assert outcome(signed(), zone_with_key(f"p={modulus}")) == (Status.POLICY, Cause.KEY_SHORT)


def test_large_key_is_not_worked_with() -> None:
    assert parse_key(key_record(rsa_key()), 1024) is KeyFault.LARGE


def test_strict_key_wants_the_domain_itself() -> None:
    strict = key_record(rsa_key()).replace("v=DKIM1;", "v=DKIM1; t=s;")
    (result,) = check(signed(), zone_with_key(strict))
    assert result.status is Status.PASS
    below = signed().replace(b"s=sel;", b"s=sel; i=a@b.shop.example.com;")
    assert outcome(below, zone_with_key(strict)) == (Status.PERMERROR, Cause.KEY_STRICT)


def test_times() -> None:
    seconds = int(NOW.timestamp())
    assert outcome(signed(timestamp=seconds - 10, expiration=seconds + 10))[0] is Status.PASS
    assert outcome(signed(timestamp=seconds - 10, expiration=seconds - 5))[1] is Cause.EXPIRED
    assert outcome(signed(timestamp=seconds + 90_000))[1] is Cause.FUTURE
    assert outcome(signed(timestamp=seconds, expiration=seconds))[1] is Cause.SIGNATURE_SYNTAX


def test_expiry_is_judged_at_the_time_of_receipt() -> None:
    raw = signed(expiration=int(NOW.timestamp()) - 60)
    fields, body, _ = split_fields(raw)
    (result,) = verify(raw, fields, body, resolver=lawful_zone(), now=NOW - timedelta(hours=1))
    assert result.status is Status.PASS


def test_length_tag_leaves_a_tail() -> None:
    whole = signed(length=5)
    (result,) = check(whole + b"and a phish\r\n")
    assert (result.status, result.unsigned_bytes) == (Status.PASS, 36)
    (result,) = check(signed(length=10**6))
    assert (result.status, result.cause) == (Status.PERMERROR, Cause.BODY_SHORT)


def test_only_the_first_signatures_are_looked_at() -> None:
    raw = signed()[: -len(PLAIN)] * 9 + PLAIN
    assert len(check(raw)) == 5
    assert len(check(raw, limits=Limits(signatures=2))) == 2


def test_missing_key_stops_before_any_hashing() -> None:
    zone = Zone({})
    check(signed(), zone)
    assert zone.asked == [(KEY, "TXT")]


def test_no_signature_no_result() -> None:
    assert check(PLAIN) == ()


@pytest.mark.parametrize(
    ("old", "new", "tag"),
    [
        (b"v=1", b"v=2", "v"),
        (b"v=1;", b"", "v"),
        (b"rsa-sha256", b"rsa-md5", "a"),
        (b"relaxed/relaxed", b"relaxed/loose", "c"),
        (b"d=shop.example.com", b"d=", "d"),
        (b"d=shop.example.com", b"d=com", "d"),
        (b"s=sel", b"s=", "s"),
        (b"h=from:to", b"h=to", "h"),
        (b"v=1", b"v=1; i=@other.example", "i"),
        (b"v=1", b"v=1; l=-1", "l"),
        (b"v=1", b"v=1; t=soon", "t"),
        (b"v=1", b"v=1; q=dns/other", "q"),
        (b"v=1", b"v=1; v=1", ""),
        (b"v=1", b"v=1;; x=1", ""),
    ],
)
def test_broken_signatures_name_the_tag(old: bytes, new: bytes, tag: str) -> None:
    value = signed(names=("from", "to")).split(b":", 1)[1].split(b"\r\nFrom:", 1)[0].replace(old, new, 1)
    if tag == "h":
        value = value.replace(b"h=to", b"h=subject")
    broken = parse_signature(value)
    assert isinstance(broken, Broken)
    assert broken.tag == tag


def test_canonical_forms_of_the_standard() -> None:
    """The examples of RFC 6376 section 3.4.5."""
    body = b" C \r\nD \t E\r\n\r\n\r\n"
    assert relax_header("A", b" X") == b"a:X"
    assert relax_header("B ".strip(), b" Y\t\r\n\tZ  ") == b"b:Y Z"
    assert relax_body(body) == b" C\r\nD E\r\n"
    assert simple_body(body) == b" C \r\nD \t E\r\n"
    assert (relax_body(b""), simple_body(b"")) == (b"", b"\r\n")
    assert relax_body(b" \r\n\t\r\n") == b""


@given(st.text("a \t\r\n", max_size=40))
def test_canonical_bodies_by_their_definition(text: str) -> None:
    """Against a reading of RFC 6376 section 3.4 line by line."""
    body = text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    lines = [re.sub(rb"[ \t]+", b" ", line).removesuffix(b" ") for line in body.split(b"\r\n")]
    for made, kept in ((relax_body(body), lines), (simple_body(body), body.split(b"\r\n"))):
        while kept and not kept[-1]:
            kept.pop()
        wanted = b"".join(line + b"\r\n" for line in kept)
        assert made == (wanted or (b"" if kept is lines else b"\r\n"))


@given(st.text("a \t\r\n", max_size=40))
def test_canonical_forms_take_lf_for_a_line_end(text: str) -> None:
    body = text.encode()
    whole = body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert (relax_body(body), simple_body(body)) == (relax_body(whole), simple_body(whole))


@given(st.text("a \t\r\n\x0b", max_size=40))
def test_relaxed_field_by_its_definition(text: str) -> None:
    value = text.encode()
    unfolded = value.replace(b"\r\n", b"").replace(b"\n", b"")
    assert relax_header("To", value) == b"to:" + re.sub(rb"[ \t]+", b" ", unfolded).strip(b" ")


@given(st.text("b=; \r\nx", max_size=30))
def test_the_first_b_tag_is_emptied(text: str) -> None:
    value = text.encode()
    wanted = re.sub(rb"((?:^|;)[ \t\r\n]*b[ \t\r\n]*=)[^;]*", rb"\1", value, count=1)
    assert without_signature(value) == wanted


@given(st.text("ab1_=; \r\n\x0b", max_size=30))
def test_tag_lists_by_their_definition(text: str) -> None:
    parts = text.split(";")
    if not parts[-1].strip(" \t\r\n"):
        parts.pop()
    pairs = [[said.strip(" \t\r\n") for said in part.partition("=")[::2]] for part in parts]
    tags = dict(pairs) if all("=" in part for part in parts) else {}
    sound = len(tags) == len(parts) > 0 and all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) for name in tags)
    assert parse_tags(text) == (tags if sound else None)


def test_a_tag_list_of_more_than_64_is_none() -> None:
    assert len(parse_tags("".join(f"t{number}=;" for number in range(64))) or ()) == 64
    assert parse_tags("".join(f"t{number}=;" for number in range(65))) is None


@pytest.mark.parametrize("piece", [b" ", b" \t", b"\n", b"\r\n", b"\r", b" \n\r\n", b"a  b \n"])
def test_large_hostile_bodies_take_linear_time(piece: bytes) -> None:
    raw = signed(relaxed=(True, True))[: -len(PLAIN)] + signed(relaxed=(False, False))
    raw += piece * (10_000_000 // len(piece))
    started = time.process_time()
    check(raw)
    assert time.process_time() - started < 1.0


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_raising(value: bytes) -> None:
    assert isinstance(parse_signature(value), Signature | Broken)
    assert isinstance(parse_key(value.decode("iso-8859-1")), Key | KeyFault)


@settings(max_examples=50)
@given(st.integers(0, 2**31), st.binary(min_size=1, max_size=3))
def test_any_damage_is_answered_without_raising(at: int, damage: bytes) -> None:
    whole = bytearray(signed())
    whole[at % len(whole) : at % len(whole) + len(damage)] = damage
    for result in check(bytes(whole)):
        assert result.status in Status

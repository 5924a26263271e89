"""DMARC: the walks and records of the standard's own examples, policies, alignment, and both generations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sender_world import BEFORE_TREE_WALK, NOW, Zone, txt

from meyasubako.sender import Answers, Rcode
from meyasubako.sender import spf as spf_
from meyasubako.sender.dkim import Cause as DkimCause
from meyasubako.sender.dkim import Dkim
from meyasubako.sender.dkim import Status as Signed
from meyasubako.sender.dmarc import Cause, Discovery, Dmarc, Policy, Record, Status, parse, verify, walk

NO_SPF = spf_.Spf(spf_.Status.NONE, spf_.Cause.NO_RECORD, "example.net")


def spf(domain: str, status: spf_.Status = spf_.Status.PASS) -> spf_.Spf:
    return spf_.Spf(status, spf_.Cause.MECHANISM, domain)


def dkim(domain: str, status: Signed = Signed.PASS, unsigned_bytes: int = 0) -> Dkim:
    return Dkim(status, DkimCause.VERIFIED, 0, domain, unsigned_bytes=unsigned_bytes)


def judge(
    author: str, zone: Zone | Answers, *results: Dkim, by_spf: spf_.Spf = NO_SPF, now: object = NOW
) -> Dmarc:
    return verify((author,), by_spf, results, resolver=zone, now=now)  # type: ignore[arg-type]


def test_walk_asks_eight_times_at_most() -> None:
    """The example of RFC 9989 section 4.10."""
    zone = Zone({})
    walk("a.b.c.d.e.f.g.h.i.j.mail.example.com", zone)
    assert [name for name, _ in zone.asked] == [
        "_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "_dmarc.g.h.i.j.mail.example.com",
        "_dmarc.h.i.j.mail.example.com",
        "_dmarc.i.j.mail.example.com",
        "_dmarc.j.mail.example.com",
        "_dmarc.mail.example.com",
        "_dmarc.example.com",
        "_dmarc.com",
    ]


@pytest.mark.parametrize(
    ("records", "organizational"),
    [
        ({"_dmarc__mail__example__com": "v=DMARC1", "_dmarc__example__com": "v=DMARC1"}, "example.com"),
        (
            {"_dmarc__mail__example__com": "v=DMARC1; psd=n", "_dmarc__example__com": "v=DMARC1"},
            "mail.example.com",
        ),
        ({"_dmarc__com": "v=DMARC1; psd=y"}, "example.com"),
        ({"_dmarc__example__com": "v=DMARC1; psd=y"}, "mail.example.com"),
        ({}, "a.mail.example.com"),
        ({"_dmarc__a__mail__example__com": "v=DMARC1; psd=y"}, "a.mail.example.com"),
    ],
)
def test_organizational_domain(records: dict[str, str], organizational: str) -> None:
    """The examples of RFC 9989 section 4.10.2."""
    assert walk("a.mail.example.com", txt(**records)).organizational == organizational


def test_several_records_count_as_none() -> None:
    zone = Zone({("_dmarc.example.com", "TXT"): ["v=DMARC1; p=reject", "v=DMARC1; p=none"]})
    assert judge("example.com", zone).cause is Cause.NO_RECORD


@pytest.mark.parametrize(
    ("author", "identifier", "record", "status"),
    [
        ("news.example.com", "foo.example.com", "v=DMARC1; p=reject", Status.PASS),
        ("news.example.com", "news.example.com", "v=DMARC1; p=reject; adkim=s; aspf=s", Status.PASS),
        ("news.example.com", "foo.example.com", "v=DMARC1; p=reject; adkim=s; aspf=s", Status.FAIL),
        ("news.example.com", "foo.example.net", "v=DMARC1; p=reject", Status.FAIL),
        ("example.com", "notexample.com", "v=DMARC1; p=reject", Status.FAIL),
    ],
)
def test_alignment(author: str, identifier: str, record: str, status: Status) -> None:
    """The table of RFC 9989 section 4.4."""
    zone = txt(_dmarc__example__com=record)
    assert judge(author, zone, dkim(identifier)).status is status
    assert judge(author, zone, by_spf=spf(identifier)).status is status


def test_causes_of_a_fail() -> None:
    zone = txt(_dmarc__example__com="v=DMARC1; p=none")
    assert judge("example.com", zone, dkim("evil.example")).cause is Cause.NOT_ALIGNED
    assert judge("example.com", zone).cause is Cause.NOT_AUTHENTICATED


def test_signature_with_an_open_tail_aligns_with_nothing() -> None:
    zone = txt(_dmarc__example__com="v=DMARC1; p=none")
    assert judge("example.com", zone, dkim("example.com", unsigned_bytes=1)).status is Status.FAIL


@pytest.mark.parametrize(
    ("record", "author", "policy"),
    [
        ("v=DMARC1; p=reject", "example.com", Policy.REJECT),
        ("v=DMARC1; p=reject; sp=quarantine", "www.example.com", Policy.QUARANTINE),
        ("v=DMARC1; p=none; sp=quarantine; np=reject", "gone.example.com", Policy.REJECT),
        ("v=DMARC1; p=none; sp=quarantine; np=reject", "www.example.com", Policy.QUARANTINE),
        ("v=DMARC1; p=reject; t=y", "example.com", Policy.QUARANTINE),
        ("v=DMARC1; p=quarantine; t=y", "example.com", Policy.NONE),
        ("v=DMARC1", "example.com", Policy.NONE),
        ("v=DMARC1; p=bogus; rua=mailto:a@example.com", "example.com", Policy.NONE),
        ("v=DMARC1;p=REJECT;", "example.com", Policy.REJECT),
    ],
)
def test_policy(record: str, author: str, policy: Policy) -> None:
    zone = Zone({("_dmarc.example.com", "TXT"): [record], ("www.example.com", "A"): ["192.0.2.1"]})
    result = judge(author, zone)
    assert (result.status, result.policy) == (Status.FAIL, policy)


def test_public_suffix_operator_policy() -> None:
    zone = txt(_dmarc__example="v=DMARC1; p=reject; psd=y")
    result = judge("mail.shop.example", zone, dkim("shop.example"))
    assert (result.organizational_domain, result.policy_domain) == ("shop.example", "example")
    assert result.status is Status.PASS
    assert judge("mail.shop.example", zone, dkim("other.example")).status is Status.FAIL


def test_broken_policy_without_reports_means_no_dmarc() -> None:
    zone = txt(_dmarc__example__com="v=DMARC1; p=reject; sp=bogus")
    assert (judge("example.com", zone).status, judge("example.com", zone).cause) == (
        Status.NONE,
        Cause.RECORD_BROKEN,
    )


def test_older_mail_is_judged_by_the_public_suffix_list() -> None:
    zone = txt(_dmarc__example__co__jp="v=DMARC1; p=reject")
    old = judge("a.b.example.co.jp", zone, dkim("c.example.co.jp"), now=BEFORE_TREE_WALK)
    assert (old.discovery, old.status, old.organizational_domain) == (
        Discovery.PUBLIC_SUFFIX,
        Status.PASS,
        "example.co.jp",
    )
    assert [name for name, _ in zone.asked] == ["_dmarc.a.b.example.co.jp", "_dmarc.example.co.jp"]
    assert judge("a.b.example.co.jp", zone, now=NOW).discovery is Discovery.TREE_WALK


def test_authors() -> None:
    zone = txt(_dmarc__example__com="v=DMARC1; p=reject")
    assert verify((), NO_SPF, (), resolver=zone, now=NOW).cause is Cause.NO_AUTHOR
    several = verify(("example.com", "example.net"), NO_SPF, (), resolver=zone, now=NOW)
    assert (several.status, several.cause) == (Status.PERMERROR, Cause.SEVERAL_AUTHORS)
    assert zone.asked == []


def test_unasked_and_failed_answers() -> None:
    assert judge("example.com", Answers()).status is Status.UNASKED
    assert (
        judge("example.com", Zone({("_dmarc.example.com", "TXT"): Rcode.SERVFAIL})).status is Status.TEMPERROR
    )
    zone = txt(_dmarc__example__com="v=DMARC1; p=reject")
    assert judge("example.com", zone, dkim("example.com", Signed.TEMPERROR)).status is Status.TEMPERROR
    assert judge("example.com", zone, dkim("example.com", Signed.UNASKED)).status is Status.UNASKED
    assert judge("example.com", zone, dkim("example.net", Signed.TEMPERROR)).status is Status.FAIL
    assert (
        judge("example.com", zone, by_spf=spf("example.com", spf_.Status.TEMPERROR)).status
        is Status.TEMPERROR
    )
    unclear = judge("example.com", zone, dkim("example.com", Signed.TEMPERROR), by_spf=spf("example.com"))
    assert unclear.status is Status.PASS


@pytest.mark.parametrize(
    "text", ["", "v=DMARC2; p=reject", "p=reject; v=DMARC1", "v=dmarc1; p=none", "v=DMARC1p"]
)
def test_what_is_no_record(text: str) -> None:
    assert parse(text) is None


@given(st.text(max_size=200))
def test_any_text_is_read_without_raising(text: str) -> None:
    assert parse(text) is None or isinstance(parse(text), Record)
    assert isinstance(parse("v=DMARC1;" + text), Record)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_names_are_judged_without_raising(author: str, identifier: str) -> None:
    zone = txt(_dmarc__example__com="v=DMARC1; p=reject")
    assert judge(author, zone, dkim(identifier)).status in Status


def test_an_address_is_nobodys_subdomain() -> None:
    zone = Zone({("_dmarc.2.1", "TXT"): ["v=DMARC1; p=reject"]})
    result = judge("192.0.2.1", zone, now=BEFORE_TREE_WALK)
    assert (result.organizational_domain, result.policy) == ("192.0.2.1", None)

"""SPF beyond the official suite: limits, causes, and answers nobody asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sender_world import NOW, Zone

from meyasubako.sender import Answers, Rcode
from meyasubako.sender.spf import Cause, Fault, Record, Spf, Status, parse, verify


def check(records: dict[tuple[str, str], list[str] | Rcode], ip: str = "192.0.2.1", **how: str) -> Spf:
    sender = how.pop("mail_from", "user@example.com")
    return verify(ip=ip, helo="mail.example.com", mail_from=sender, resolver=Zone(records), now=NOW)


def test_pass_names_the_mechanism() -> None:
    result = check({("example.com", "TXT"): ["unrelated", "v=spf1 ip4:192.0.2.0/24 -all"]})
    assert (result.status, result.cause, result.mechanism) == (
        Status.PASS,
        Cause.MECHANISM,
        "ip4:192.0.2.0/24",
    )


def test_nobody_asked_is_not_no_record() -> None:
    answers = Answers()
    result = verify(ip="192.0.2.1", helo=None, mail_from="a@example.com", resolver=answers, now=NOW)
    assert (result.status, result.cause) == (Status.UNASKED, Cause.DNS_UNASKED)
    assert list(answers.missing) == [("example.com", "TXT")]
    assert check({("other.example", "TXT"): ["v=spf1 -all"]}).status is Status.NONE


@pytest.mark.parametrize("rcode", [Rcode.SERVFAIL, Rcode.TIMEOUT, Rcode.REFUSED, Rcode.MALFORMED])
def test_failing_dns_is_temporary(rcode: Rcode) -> None:
    result = check({("example.com", "TXT"): rcode})
    assert (result.status, result.cause) == (Status.TEMPERROR, Cause.DNS_FAILED)


def test_eleventh_lookup_is_refused() -> None:
    chain: dict[tuple[str, str], list[str] | Rcode] = {
        (f"n{i}.example.com", "TXT"): [f"v=spf1 include:n{i + 1}.example.com -all"] for i in range(12)
    }
    chain["n12.example.com", "TXT"] = ["v=spf1 +all"]
    result = check(chain, mail_from="a@n0.example.com")
    assert (result.status, result.cause, result.lookups) == (Status.PERMERROR, Cause.LOOKUP_LIMIT, 11)
    assert check(chain, mail_from="a@n2.example.com").status is Status.PASS


def test_third_void_lookup_is_refused() -> None:
    record = "v=spf1 a:x1.example.com a:x2.example.com {} ip4:192.0.2.1 -all"
    assert check({("example.com", "TXT"): [record.format("")]}).status is Status.PASS
    result = check({("example.com", "TXT"): [record.format("a:x3.example.com")]})
    assert (result.status, result.cause) == (Status.PERMERROR, Cause.VOID_LIMIT)


def test_eleven_exchangers_are_refused() -> None:
    exchangers = [f"10 mx{i}.example.com" for i in range(11)]
    zone: dict[tuple[str, str], list[str] | Rcode] = {
        ("example.com", "TXT"): ["v=spf1 mx -all"],
        ("example.com", "MX"): list(exchangers),
    }
    assert check(zone).cause is Cause.MX_LIMIT
    zone["example.com", "MX"] = exchangers[:10]
    zone |= {(f"mx{i}.example.com", "A"): [f"192.0.2.{i + 100}"] for i in range(10)}
    assert check(zone).status is Status.FAIL
    assert check(zone, ip="192.0.2.109").status is Status.PASS


def test_record_that_includes_itself_ends() -> None:
    assert check({("example.com", "TXT"): ["v=spf1 include:example.com -all"]}).cause is Cause.LOOKUP_LIMIT


def test_all_missing_exchanger_addresses_are_named_at_once() -> None:
    zone = Zone(
        {("example.com", "TXT"): ["v=spf1 mx -all"], ("example.com", "MX"): ["5 a.example", "9 b.example"]}
    )
    answers = Answers([zone.ask("example.com", "TXT"), zone.ask("example.com", "MX")])
    result = verify(ip="192.0.2.1", helo=None, mail_from="a@example.com", resolver=answers, now=NOW)
    assert result.status is Status.UNASKED
    assert list(answers.missing) == [("a.example", "A"), ("b.example", "A")]


def test_ipv4_in_ipv6_is_ipv4() -> None:
    assert (
        check({("example.com", "TXT"): ["v=spf1 ip4:192.0.2.1 -all"]}, ip="::ffff:192.0.2.1").status
        is Status.PASS
    )


def test_null_reverse_path_is_helo() -> None:
    result = check({("mail.example.com", "TXT"): ["v=spf1 ip4:192.0.2.1 -all"]}, mail_from="<>")
    assert (result.status, result.scope, result.domain) == (Status.PASS, "helo", "mail.example.com")


def test_no_address_no_domain() -> None:
    assert check({}, ip="nonsense").cause is Cause.NO_ADDRESS
    assert check({}, mail_from="user@localhost").cause is Cause.NO_DOMAIN
    assert check({}, mail_from="user@[192.0.2.1]").cause is Cause.NO_DOMAIN


@pytest.mark.parametrize(
    ("term", "reason"),
    [
        ("ip4:192.0.2.256", "address-invalid"),
        ("ip4:192.0.2.0/33", "cidr-invalid"),
        ("ip4:192.0.2.0/08", "cidr-invalid"),
        ("ip6:2001:db8::%1", "address-invalid"),
        ("a:example.com//129", "cidr-invalid"),
        ("all:example.com", "argument-unexpected"),
        ("include", "domain-missing"),
        ("include:example", "domain-end-invalid"),
        ("exists:%{z}.example.com", "macro-invalid"),
        ("exists:%{c}.example.com", "macro-invalid"),
        ("exists:%{l0}.example.com", "macro-invalid"),
        ("unknown", "mechanism-unknown"),
        ("redirect=a.example redirect=b.example", "modifier-twice"),
        ("a\tb", "odd-character"),
    ],
)
def test_syntax_faults_are_named(term: str, reason: str) -> None:
    fault = parse(f"v=spf1 {term} -all")
    assert isinstance(fault, Fault)
    assert fault.reason == reason


def test_long_record_is_not_read() -> None:
    fault = parse("v=spf1 " + "ip4:192.0.2.1 " * 5_000)
    assert isinstance(fault, Fault)
    assert fault.reason == "record-too-long"


_TERMS = st.lists(
    st.one_of(
        st.sampled_from(
            ["a", "mx", "ptr", "-all", "~all", "include:", "exists:", "redirect=", "exp=", "ip4:", "//", "/"]
        ),
        st.text(max_size=12),
        st.from_regex(r"%\{[a-z][0-9]*r?[.\-+,/_=]*\}", fullmatch=True),
    ),
    max_size=12,
)


@given(_TERMS, st.sampled_from([" ", ""]))
def test_any_record_is_read_without_raising(terms: list[str], glue: str) -> None:
    assert isinstance(parse("v=spf1 " + glue.join(terms)), Record | Fault)


@given(_TERMS, st.sampled_from(["192.0.2.1", "2001:db8::1", "", "x"]), st.text(max_size=40))
def test_any_record_is_evaluated_without_raising(terms: list[str], ip: str, sender: str) -> None:
    zone = Zone({("example.com", "TXT"): ["v=spf1 " + " ".join(terms)]})
    for mail_from in (sender, sender + "@example.com"):
        result = verify(ip=ip, helo=sender, mail_from=mail_from, resolver=zone, now=NOW)
        assert result.lookups <= 11

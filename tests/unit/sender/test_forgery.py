"""The verdict under Act Art 5: each ground by a mail that has it, and what must not be held against anyone."""

from __future__ import annotations

from typing import Any

import pytest
from sender_world import CLIENT, PLAIN, Zone, lawful_zone, message, run, signed

from meyasubako.sender import Answers, Forgery, Rcode, Verdict, forged, is_relayed
from meyasubako.sender.forgery import _TABLE, Code

HELO = "mail.shop.example.com"


def verdict(
    raw: bytes,
    zone: Zone | Answers,
    *,
    ip: str = CLIENT,
    helo: str = HELO,
    mail_from: str = "b@shop.example.com",
    **how: Any,
) -> Forgery:
    seen = run(raw, zone, ip=ip, helo=helo, mail_from=mail_from)
    return forged(seen, ip=ip, helo=helo, **how)


def codes(result: Forgery) -> set[Code]:
    return {ground.code for ground in result.grounds}


def changed(**records: list[str] | Rcode | None) -> Zone:
    """The lawful zone with records changed or taken away: ``name__TYPE``, "__" for dots."""
    zone = lawful_zone()
    for key, value in records.items():
        name, _, rtype = key.replace("__", ".").rpartition(".")
        if value is None:
            zone.records.pop((name, rtype))
        else:
            zone.records[name, rtype] = value
    zone.names = {name for name, _ in zone.records}
    return zone


def test_lawful_sender_is_genuine() -> None:
    result = verdict(signed(), lawful_zone())
    assert (result.address, result.equipment) == (Verdict.GENUINE, Verdict.GENUINE)
    assert codes(result) == {Code.DMARC_PASS, Code.HELO_CONFIRMED, Code.REVERSE_CONFIRMED}


def test_nothing_asked_nothing_known() -> None:
    result = verdict(signed(), Answers())
    assert (result.address, result.equipment, result.grounds) == (Verdict.UNKNOWN, Verdict.UNKNOWN, ())


def test_failing_dns_is_held_against_nobody() -> None:
    zone = lawful_zone()
    zone.records = dict.fromkeys(zone.records, Rcode.SERVFAIL)
    result = verdict(signed(), zone)
    assert (result.address, result.equipment) == (Verdict.UNKNOWN, Verdict.UNKNOWN)


def test_owner_refuses_what_fails() -> None:
    result = verdict(PLAIN, lawful_zone(), ip="192.0.2.66")
    assert result.address is Verdict.FORGED
    assert {Code.DMARC_REFUSED, Code.SPF_FAIL} <= codes(result)
    assert verdict(PLAIN, lawful_zone(), ip="192.0.2.66", relayed=True).address is Verdict.SUSPECT


def test_mere_monitoring_is_a_hint() -> None:
    zone = changed(_dmarc__shop__example__com__TXT=["v=DMARC1; p=none"])
    result = verdict(PLAIN, zone, ip="192.0.2.66")
    assert (result.address, Code.DMARC_FAIL in codes(result)) == (Verdict.SUSPECT, True)


def test_author_domain_that_does_not_exist() -> None:
    raw = PLAIN.replace(b"shop.example.com>", b"nowhere.example>", 1)
    result = verdict(raw, lawful_zone(), mail_from="b@nowhere.example")
    assert result.address is Verdict.FORGED
    assert Code.AUTHOR_NONEXISTENT in codes(result)


@pytest.mark.parametrize(
    ("exchangers", "code"), [(["0 ."], Code.AUTHOR_REFUSES), (None, Code.AUTHOR_WITHOUT_MAIL)]
)
def test_author_domain_that_takes_no_mail(exchangers: list[str] | None, code: Code) -> None:
    zone = changed(shop__example__com__MX=exchangers, shop__example__com__A=None)
    zone.records["_dmarc.shop.example.com", "TXT"] = ["v=DMARC1; p=none"]
    assert code in codes(verdict(PLAIN, zone, mail_from="b@other.example"))


def test_authors_missing_or_several() -> None:
    assert Code.AUTHOR_MISSING in codes(verdict(b"Subject: x\r\n\r\n", lawful_zone()))
    several = PLAIN.replace(b"From: ", b"From: a@evil.example, ", 1)
    assert Code.AUTHOR_SEVERAL in codes(verdict(several, lawful_zone()))
    repeated = b"From: news@shop.example.com\r\n" + PLAIN
    assert Code.AUTHOR_SEVERAL in codes(verdict(repeated, lawful_zone()))


def test_signatures_in_the_authors_name() -> None:
    broken = signed().replace(b"Bye", b"Buy")
    assert Code.SIGNATURE_BROKEN in codes(verdict(broken, lawful_zone(), ip="192.0.2.66"))
    open_tail = signed(length=3)
    assert Code.UNSIGNED_TAIL in codes(verdict(open_tail, lawful_zone(), ip="192.0.2.66"))


@pytest.mark.parametrize(
    ("helo", "code", "equipment"),
    [
        ("[192.0.2.99]", Code.HELO_LITERAL_OTHER, Verdict.FORGED),
        ("nowhere.example", Code.HELO_NONEXISTENT, Verdict.SUSPECT),
        ("shop.example.com", Code.HELO_SPF_FAIL, Verdict.FORGED),
        ("desktop", Code.HELO_MALFORMED, Verdict.SUSPECT),
        ("mx.example.net", Code.HELO_OF_RECEIVER, Verdict.FORGED),
    ],
)
def test_helo(helo: str, code: Code, equipment: Verdict) -> None:
    zone = changed(**{"25__2__0__192__in-addr__arpa__PTR": None})
    zone.records["shop.example.com", "TXT"] = ["v=spf1 ip4:192.0.2.200 -all"]
    result = verdict(PLAIN, zone, helo=helo, receivers=("mx.example.net",))
    assert (result.equipment, code in codes(result)) == (equipment, True)


def test_reverse_names() -> None:
    missing = changed(**{"25__2__0__192__in-addr__arpa__PTR": None})
    assert Code.REVERSE_MISSING in codes(verdict(PLAIN, missing))
    elsewhere = changed(**{"25__2__0__192__in-addr__arpa__PTR": ["shop.example.com"]})
    assert Code.REVERSE_UNCONFIRMED in codes(verdict(PLAIN, elsewhere))


@pytest.mark.parametrize("names", [None, ["shop.example.com"]], ids=["missing", "unconfirmed"])
def test_a_reverse_name_alone_makes_nobody_suspect(names: list[str] | None) -> None:
    zone = changed(**{"25__2__0__192__in-addr__arpa__PTR": names})
    assert verdict(PLAIN, zone, helo="").equipment is Verdict.UNKNOWN
    assert verdict(PLAIN, zone, helo="desktop").equipment is Verdict.SUSPECT


def test_impossible_chain_is_a_proof() -> None:
    result = verdict(signed(), lawful_zone(), chain_impossible=True, chain_reason="by-names-differ")
    assert (result.address, result.equipment) == (Verdict.GENUINE, Verdict.FORGED)


def test_every_ground_has_words_in_both_languages() -> None:
    assert set(_TABLE) == set(Code)
    for _, _, ja, en in _TABLE.values():
        assert ja.format("x", "y") != en.format("x", "y")


def test_marks_of_relaying() -> None:
    assert is_relayed(message(b"List-Id: <l.example>\r\n" + PLAIN))
    assert not is_relayed(message(PLAIN))

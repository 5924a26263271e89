"""The composition: one call, its JSON, and the steps in which a capture fills it."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from sender_world import CLIENT, NOW, PLAIN, Zone, lawful_zone, message, run, signed

from meyasubako.sender import Answer, Answers, Rcode, authenticate, author_domains, to_columns, to_json
from meyasubako.sender.names import Author, Helo, Reverse, look


def test_json_shape() -> None:
    seen = to_json(run(signed(), lawful_zone()))
    assert set(seen) == {"spf", "dkim", "dmarc", "arc"}
    assert all({"result", "reason"} <= set(one) for one in seen.values())
    assert [one["result"] for one in seen.values()] == ["pass", "pass", "pass", "none"]
    assert json.loads(json.dumps(seen)) == seen


def test_columns() -> None:
    columns = to_columns(run(signed(), lawful_zone()))
    assert columns[:4] == ("pass", "pass", "pass", "none")
    assert columns.reason == "spf=mechanism-matched dkim=verified dmarc=aligned arc=no-chain"
    assert to_columns(run(PLAIN, Answers())).dkim == "none"


def test_old_archive_says_why_it_is_empty() -> None:
    seen = to_json(run(signed(), Answers()))
    assert {name: (one["result"], one["reason"]) for name, one in seen.items()} == {
        "spf": ("unasked", "dns-unasked"),
        "dkim": ("unasked", "dns-unasked"),
        "dmarc": ("unasked", "dns-unasked"),
        "arc": ("none", "no-chain"),
    }
    unsigned = to_json(run(PLAIN, Answers(), ip=None, helo=None, mail_from=None))
    assert (unsigned["dkim"]["reason"], unsigned["spf"]["reason"]) == ("no-signature", "no-domain")


def test_steps_end_and_settle_to_the_same_result() -> None:
    zone = lawful_zone()
    answers = Answers()
    mail = message(signed())
    seen = run(signed(), answers)
    steps = 0
    while answers.missing:
        steps += 1
        answers.add([zone.ask(*question) for question in list(answers.missing)])
        seen = authenticate(
            mail,
            ip=CLIENT,
            helo="mail.shop.example.com",
            mail_from="bounce@shop.example.com",
            resolver=answers,
            now=NOW,
            earlier=seen,
        )
    assert seen == run(signed(), lawful_zone())
    assert not seen.unasked
    assert steps <= 5


def test_rows_give_the_answers_back() -> None:
    rows = [
        {"name": "example.com", "type": "TXT", "rcode": "NOERROR", "records": ["v=spf1 -all"], "ttl": 60},
        {"name": "example.net", "type": "A", "rcode": "NXDOMAIN", "records": [], "ttl": None},
    ]
    answers = Answers.from_rows(rows)
    assert answers.ask("example.com", "TXT") == Answer(
        "example.com", "TXT", Rcode.NOERROR, ("v=spf1 -all",), 60
    )
    assert answers.ask("example.net", "A").exists is False
    assert len(list(answers)) == 2


def test_best_signature_is_the_aligned_one() -> None:
    other = signed(domain="other.example.org")
    zone = lawful_zone()
    zone.records["sel._domainkey.other.example.org", "TXT"] = zone.records[
        "sel._domainkey.shop.example.com", "TXT"
    ]
    both = other[: -len(PLAIN)] + signed()
    seen = run(both, zone)
    assert [one.domain for one in seen.dkim] == ["other.example.org", "shop.example.com"]
    assert seen.dkim_best is not None
    assert seen.dkim_best.domain == "shop.example.com"


def test_author_domains() -> None:
    assert author_domains(message(PLAIN)) == ("shop.example.com",)
    assert author_domains(message("From: a@bücher.example\r\n\r\n".encode())) == ("xn--bcher-kva.example",)
    assert author_domains(message(b"From: a@x.example, b@X.example\r\n\r\n")) == ("x.example",)
    assert author_domains(message(b"From: a@[192.0.2.1]\r\n\r\n")) == ()


def test_names_without_a_client() -> None:
    names = look(None, "host.example", None, Answers())
    assert names == (Reverse.NO_ADDRESS, (), (), Helo.NO_ADDRESS, Author.NO_DOMAIN)
    assert not names.unasked


@settings(max_examples=100)
@given(st.binary(max_size=600), st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_anything_is_authenticated_without_raising(raw: bytes, ip: str, helo: str, mail_from: str) -> None:
    for address in (ip, CLIENT, "2001:db8::1"):
        for zone in (
            Answers(),
            Zone({("example.com", "TXT"): ["v=spf1 mx ptr exists:%{h}.%{s}.example -all"]}),
        ):
            seen = run(raw, zone, ip=address, helo=helo, mail_from=mail_from + "@example.com")
            json.dumps(to_json(seen))

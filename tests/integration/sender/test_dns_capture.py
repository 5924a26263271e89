"""The capture against a real DNS server: what it keeps, how it bears a bad DNS, and that the proof repeats."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from loopback_dns import DnsServer, Records

from meyasubako.mail import parse
from meyasubako.receivers.dns_capture import Arriving, Captured, CaptureLimits, DnsCapture, Server
from meyasubako.sender import Answers, authenticate, forged, to_json
from meyasubako.sender.dkim.sign import key_record, sign
from meyasubako.tables import DNS_ANSWERS

NOW = datetime(2026, 9, 1, 3, 0, tzinfo=UTC)
KEY = rsa.generate_private_key(65537, 2048)
BARE = (
    b"From: Shop <news@shop.example.com>\r\nTo: you@example.net\r\nSubject: Sale\r\n"
    b"Date: Tue, 1 Sep 2026 11:59:00 +0900\r\nMessage-ID: <1@shop.example.com>\r\n\r\nHello\r\n"
)
MAIL = sign(BARE, domain="shop.example.com", selector="sel", key=KEY) + BARE


def quoted(text: str) -> str:
    """A TXT record as several strings."""
    return " ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200))


def records() -> Records:
    return {
        ("shop.example.com", "TXT"): ['"unrelated"', '"v=spf1 include:_spf.shop.example.com mx -all"'],
        ("_spf.shop.example.com", "TXT"): ['"v=spf1 ip4:192.0.2.99 ?all"'],
        ("shop.example.com", "MX"): ["10 mail.shop.example.com."],
        ("mail.shop.example.com", "A"): ["192.0.2.25"],
        ("25.2.0.192.in-addr.arpa", "PTR"): ["mail.shop.example.com."],
        ("sel._domainkey.shop.example.com", "CNAME"): ["key.provider.example."],
        ("key.provider.example", "TXT"): [quoted(key_record(KEY))],
        ("_dmarc.shop.example.com", "TXT"): ['"v=DMARC1; p=reject"'],
    }


def arriving(raw: bytes = MAIL, number: int = 1) -> Arriving:
    return Arriving(
        f"arrival-{number}", parse(raw), "192.0.2.25", "mail.shop.example.com", "b@shop.example.com", NOW
    )


def capture(
    server: DnsServer, mails: list[Arriving] | None = None, **limits: Any
) -> tuple[list[Captured], DnsCapture]:
    step = DnsCapture([Server("127.0.0.1", server.port)], CaptureLimits(**limits))
    return asyncio.run(step.capture_all(mails or [arriving()])), step


def test_everything_used_is_kept_and_proves_the_result_again() -> None:
    with DnsServer(records()) as server:
        (captured,), _ = capture(server)
    seen = to_json(captured.authentication)
    assert [one["result"] for one in seen.values()] == ["pass", "pass", "pass", "none"]
    assert not captured.authentication.unasked
    kept = [row._asdict() for row in captured.rows]
    assert {(row["name"], row["type"]) for row in kept} >= {
        ("shop.example.com", "TXT"),
        ("_spf.shop.example.com", "TXT"),
        ("sel._domainkey.shop.example.com", "TXT"),
        ("_dmarc.shop.example.com", "TXT"),
        ("25.2.0.192.in-addr.arpa", "PTR"),
    }
    assert all(row["resolver"] == "127.0.0.1" and row["asked_at"].tzinfo is UTC for row in kept)
    stored = pa.Table.from_pylist(kept, schema=DNS_ANSWERS).to_pylist()
    assert replayed(Answers.from_rows(json.loads(json.dumps(stored, default=str)))) == captured.authentication


def replayed(answers: Answers) -> Any:
    return authenticate(
        parse(MAIL),
        ip="192.0.2.25",
        helo="mail.shop.example.com",
        mail_from="b@shop.example.com",
        resolver=answers,
        now=NOW,
    )


def test_nothing_is_asked_twice_nor_without_need() -> None:
    with DnsServer(records()) as server:
        found, step = capture(server, [arriving(number=number) for number in range(20)])
        assert step.asked == sum(server.asked.values()) == len(found[0].rows)
    assert max(server.asked.values()) == 1
    assert [[row[1:] for row in one.rows] for one in found] == [[row[1:] for row in found[0].rows]] * 20
    assert {row.arrival_id for row in found[7].rows} == {"arrival-7"}


def test_long_answers_come_over_tcp() -> None:
    with DnsServer(records(), room=300) as server:
        (captured,), _ = capture(server)
    assert captured.authentication.dkim[0].status.value == "pass"
    assert server.asked["sel._domainkey.shop.example.com", "TXT", "tcp"] == 1


@pytest.mark.parametrize(
    ("told", "rcode"),
    [("SERVFAIL", "SERVFAIL"), ("REFUSED", "REFUSED"), ("DROP", "TIMEOUT"), ("GARBAGE", "MALFORMED")],
)
def test_bad_dns_is_a_value(told: str, rcode: str) -> None:
    zone = records() | {("shop.example.com", "TXT"): [told]}
    with DnsServer(zone) as server:
        (captured,), _ = capture(server, patience=0.3, tries=2)
    assert server.asked["shop.example.com", "TXT", "udp"] == 2
    (row,) = [row for row in captured.rows if (row.name, row.type) == ("shop.example.com", "TXT")]
    assert row.rcode == rcode
    seen = captured.authentication
    assert (seen.spf.status.value, seen.dmarc.status.value) == ("temperror", "pass")


def test_second_server_is_asked_when_the_first_fails() -> None:
    broken = {key: ["SERVFAIL"] for key in records()}
    with DnsServer(broken) as first, DnsServer(records()) as second:
        step = DnsCapture([Server("127.0.0.1", first.port), Server("127.0.0.1", second.port)])
        captured = asyncio.run(step.capture(arriving()))
    assert captured.authentication.dmarc.status.value == "pass"


def test_slow_dns_ends_in_time() -> None:
    with DnsServer(
        records(), slow=dict.fromkeys(("shop.example.com", "_dmarc.shop.example.com"), 1.5)
    ) as server:
        started = time.monotonic()
        (captured,), _ = capture(server, patience=5.0, total=0.5)
        assert time.monotonic() - started < 1.4
    assert captured.authentication.spf.status.value == "temperror"
    assert {row.rcode for row in captured.rows} >= {"NOERROR", "TIMEOUT"}


def test_rate_is_kept() -> None:
    with DnsServer(records()) as server:
        started = time.monotonic()
        _, step = capture(server, per_second=20.0)
        assert time.monotonic() - started >= (step.asked - 1) / 20.0


def test_hostile_mail_cannot_make_it_ask_without_end() -> None:
    zone = records() | {
        ("shop.example.com", "TXT"): [
            '"v=spf1 mx ptr a:a.example a:b.example include:shop.example.com -all"'
        ],
        ("shop.example.com", "MX"): [f"1 m{i}.example." for i in range(200)],
    }
    heads = b"".join(b"DKIM-Signature: v=1; d=d%d.example; s=s\r\n" % i for i in range(500))
    with DnsServer(zone) as server:
        (captured,), step = capture(server, [arriving(heads + BARE)], questions=40)
    assert step.asked <= 40
    assert captured.authentication.spf.status.value in ("permerror", "temperror")


def test_answers_are_cached_no_longer_than_they_may_be() -> None:
    async def asked_by_second(step: DnsCapture) -> int:
        await step.capture(arriving())
        first = step.asked
        await step.capture(arriving())
        return step.asked - first

    with DnsServer(records()) as server:
        address = Server("127.0.0.1", server.port)
        cached = asyncio.run(asked_by_second(DnsCapture([address])))
        expired = asyncio.run(asked_by_second(DnsCapture([address], CaptureLimits(longest_ttl=0))))
    assert cached == 0
    assert expired > 5


def test_forged_sender_on_captured_answers() -> None:
    with DnsServer(records()) as server:
        step = DnsCapture([Server("127.0.0.1", server.port)])
        forger = arriving(BARE)._replace(ip="198.51.100.7", helo="[192.0.2.1]", now=NOW + timedelta(days=1))
        captured = asyncio.run(step.capture(forger))
    result = forged(captured.authentication, ip=forger.ip, helo=forger.helo)
    assert (result.address.value, result.equipment.value) == ("forged", "forged")

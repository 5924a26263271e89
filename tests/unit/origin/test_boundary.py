"""Single walks: each reason, each proof, each thing a stranger may try."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.errors import MeyasuError
from meyasubako.mail.received import parse_received
from meyasubako.mail.trace import Trace
from meyasubako.mail.types import HeaderField
from meyasubako.origin import Origin, Trust, boundary_time, find_origin, load_trust
from meyasubako.origin.ranges import is_inner
from meyasubako.origin.trust import shipped_providers

SHIPPED = load_trust()
SUPPORT = (
    "seen in trace fields",
    "client names in trace fields",
    "public documentation: ",
    "knowledge of the writers, unverified",
)
LINES = (
    "from a.example (a.example [203.0.113.5]) by mx.example.jp with ESMTP id 1",
    "from mx.example.jp (unknown [203.0.113.6]) by mx.example.jp (Postfix) with ESMTP id 2",
    "from localhost (localhost [127.0.0.1]) by mx.example.jp (Postfix) with ESMTP id 3",
    "from mx2.example.jp (mx2.example.jp [203.0.113.7]) by mx.example.jp with ESMTP id 4",
    "from x.example (x.example [198.51.100.5]) by mx2.example.jp with ESMTP id 5; Tue, 12 Mar 2024 12:00:00 +0900",
    "by mx.example.jp with SMTP id 6",
    "(qmail 1 invoked by uid 2)",
)
DATE = "; Tue, 5 Mar 2024 12:00:00 +0900"


def origin_of(
    *lines: str, trust: Trust = SHIPPED, client_ip: str | None = None, fields: tuple[HeaderField, ...] = ()
) -> Origin:
    received = [
        parse_received(f"{line}{'' if ';' in line else DATE}".encode(), at) for at, line in enumerate(lines)
    ]
    return find_origin(received, trust=trust, client_ip=client_ip, client_helo="c.example", fields=fields)


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "trust.toml"
    path.write_text(
        '[own]\nhosts = ["mx.centre.example"]\nnetworks = ["192.0.2.0/28"]\n'
        '[forwarders]\nhosts = ["fwd.example.net"]\nnetworks = ["198.51.100.64/28"]\nproviders = ["proofpoint"]\n'
        '[pools]\nnetworks = ["203.0.113.128/25"]\n',
        encoding="utf-8",
    )
    return path


def test_nothing_written_is_unknown() -> None:
    origin = origin_of()
    assert (origin.ip, origin.reason, origin.confidence) == (None, "no-received", 0.0)


def test_the_connection_of_our_own_receiver_is_the_answer() -> None:
    origin = origin_of(
        "from a.example (a.example [203.0.113.5]) by b.example with SMTP", client_ip="203.0.113.9"
    )
    assert (origin.ip, origin.helo, origin.reason, origin.hop) == (
        "203.0.113.9",
        "c.example",
        "connection",
        None,
    )
    assert origin.confidence > 0.9


def test_a_connection_from_an_own_host_is_walked_through(settings: Path) -> None:
    origin = origin_of(
        "from s.example (s.example [203.0.113.5]) by mx.centre.example (Postfix) with ESMTP id 1",
        trust=load_trust(settings), client_ip="192.0.2.3",
    )  # fmt: skip
    assert (origin.ip, origin.reason, origin.confidence) == ("203.0.113.5", "boundary", 0.99)


def test_a_connection_from_a_forwarder_is_walked_through(settings: Path) -> None:
    origin = origin_of(
        "from s.example (s.example [203.0.113.5]) by fwd.example.net (Postfix) with ESMTP id 1",
        trust=load_trust(settings), client_ip="198.51.100.70",
    )  # fmt: skip
    assert origin.ip == "203.0.113.5"


def test_a_forwarder_that_wrote_nothing_is_named_with_doubt(settings: Path) -> None:
    origin = origin_of(
        "from fwd.example.net (fwd.example.net [198.51.100.66]) by mx.centre.example with ESMTP id 1",
        "from bank.example (bank.example [203.0.113.5]) by liar.example with ESMTP id 2",
        trust=load_trust(settings),
    )  # fmt: skip
    assert (origin.ip, origin.reason, origin.confidence) == ("198.51.100.66", "forwarder-silent", 0.5)


def test_a_filter_in_the_cloud_is_walked_through_only_when_named(settings: Path) -> None:
    lines = (
        "from mx0a.pphosted.com (mx0a.pphosted.com [198.51.100.9]) by mx.centre.example with ESMTPS id 1",
        "from pps.filterd (m1.ppops.net [127.0.0.1]) by mx0a.pphosted.com (8.17.1/8.17.1) with ESMTP id 2",
        "from s.example (s.example [203.0.113.5]) by mx0a.pphosted.com (PPS) with ESMTPS id 3",
    )
    assert origin_of(*lines, trust=load_trust(settings)).ip == "203.0.113.5"
    assert origin_of(*lines).ip == "198.51.100.9"


@given(st.lists(st.sampled_from(LINES), max_size=6), st.sets(st.integers(0, 5)))
def test_a_walk_says_the_same_whatever_was_read_before(lines: list[str], read: set[int]) -> None:
    values = [f"{line}{'' if ';' in line else DATE}".encode() for line in lines]
    trace = Trace(values)
    for place in read & set(range(len(values))):
        trace[place]
    whole = find_origin(tuple(Trace(values)), trust=SHIPPED)
    assert find_origin(trace, trust=SHIPPED) == find_origin(Trace(values), trust=SHIPPED) == whole


def test_webmail_fields_are_claims() -> None:
    field = HeaderField("X-Originating-IP", b" [203.0.113.77]\r\n", 0, 0)
    origin = origin_of(
        "from a.example (a.example [203.0.113.5]) by mx.example.jp with SMTP id 1", fields=(field,)
    )
    assert (origin.ip, origin.claimed) == ("203.0.113.5", "203.0.113.77")
    assert origin_of(fields=(field,)).ip is None


def test_a_stranger_with_our_name_is_forged() -> None:
    origin = origin_of(
        "from mx.example.jp (unknown [203.0.113.5]) by mx.example.jp (Postfix) with ESMTP id 1",
        "from bank.example (bank.example [198.51.100.5]) by mx.example.jp (Postfix) with ESMTP id 2",
    )
    assert (origin.ip, origin.forged, origin.confidence) == ("203.0.113.5", True, 0.5)


def test_a_user_who_logged_in_may_use_our_name() -> None:
    origin = origin_of(
        "from laptop.example.jp (p1.isp.example [203.0.113.5]) by mx.example.jp with ESMTPSA id 1"
    )
    assert (origin.ip, origin.forged) == ("203.0.113.5", False)


def test_a_subscriber_of_the_receiving_carrier_is_not_its_relay() -> None:
    pool = "p1234567-ipngn3401marunouchi.tokyo.ocn.ne.jp"
    origin = origin_of(
        f"from {pool} ({pool} [203.0.113.5]) by mfgw1.ocn.ad.jp (Postfix) with ESMTP id 1",
        f"from bank.example (bank.example [198.51.100.5]) by {pool} with ESMTP id 2",
    )
    assert origin.ip == "203.0.113.5"


def test_machines_that_send_for_customers_are_outside() -> None:
    origin = origin_of(
        "from X-obe.outbound.protection.outlook.com (2a01:111:f400:fe5a::1) by SN1.mail.protection.outlook.com with Microsoft SMTP Server id 15",
        "from A.prod.outlook.com (::1) by B.prod.outlook.com with mapi id 15",
    )
    assert (origin.ip, origin.forged) == ("2a01:111:f400:fe5a::1", False)


def test_a_foreign_writer_ends_belief() -> None:
    origin = origin_of(
        "by mx.example.jp (Postfix, from userid 33) id 1",
        "from bank.example (bank.example [198.51.100.5]) by bank.example with ESMTP id 2",
    )
    assert (origin.ip, origin.reason) == (None, "foreign-writer")


def test_a_client_without_address_is_unknown() -> None:
    origin = origin_of("from sender.example by mx.example.jp with SMTP id 1")
    assert (origin.ip, origin.helo, origin.reason) == (None, "sender.example", "no-address")


def test_a_chain_that_never_leaves_the_house_is_unknown() -> None:
    origin = origin_of("from localhost (localhost [127.0.0.1]) by mx.example.jp with ESMTP id 1")
    assert (origin.ip, origin.reason) == (None, "chain-inside")


@pytest.mark.parametrize(("zone", "forged"), [("+0000", False), ("-0600", True)])
def test_a_field_from_the_future_is_forged_but_a_wrong_zone_is_not(zone: str, forged: bool) -> None:
    origin = origin_of(
        "from a.example (a.example [203.0.113.5]) by mx.example.jp with SMTP id 1; Tue, 5 Mar 2024 12:00:00 +0900",
        f"from b.example (b.example [203.0.113.6]) by a.example with SMTP id 2; Tue, 5 Mar 2024 12:00:00 {zone}",
    )
    assert origin.forged is forged


def test_direct_or_through_hands() -> None:
    edge = "from a.example (a.example [203.0.113.5]) by mx.example.jp with SMTP id 1"
    assert origin_of(edge).direct is True
    assert origin_of(edge, "from pc ([192.168.0.2]) by a.example with ESMTPA id 2").direct is False
    assert origin_of(edge, "from pc ([192.168.0.2]) by other.example with ESMTPA id 2").direct is None


def test_the_time_of_the_boundary() -> None:
    received = [
        parse_received(
            b"from l (l [127.0.0.1]) by mx.example.jp with LMTP; Tue, 5 Mar 2024 12:00:09 +0900", 0
        ),
        parse_received(
            b"from a (a [203.0.113.5]) by mx.example.jp with SMTP; Tue, 5 Mar 2024 12:00:00 +0900", 1
        ),
    ]
    assert boundary_time(received, SHIPPED) == datetime(2024, 3, 5, 3, tzinfo=UTC)
    assert boundary_time([], SHIPPED) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[own", "cannot be read"),
        ("[owned]\n", "unknown table: 'owned'"),
        ('[own]\nhost = ["a"]\n', "unknown entry of own: 'host'"),
        ('[own]\nnetworks = ["192.0.2.1/24"]\n', "not a network: '192.0.2.1/24'"),
        ('[forwarders]\nproviders = ["nobody"]\n', "no provider named 'nobody'"),
    ],
)
def test_bad_settings_are_named(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "trust.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MeyasuError, match=r"trust\.toml") as caught:
        load_trust(path)
    assert reason in str(caught.value)


def test_settings_have_a_version(settings: Path) -> None:
    assert load_trust(settings).version.startswith(f"{SHIPPED.version}+")


def test_the_shipped_table_is_whole() -> None:
    rows = shipped_providers()
    hosts = [host for row in rows for host in row.hosts]
    assert len({row.key for row in rows}) == len(rows) >= 50
    assert len(set(hosts)) == len(hosts)
    for row in rows:
        assert row.source.startswith(SUPPORT)
        assert (row.confidence == 0.5) == row.source.endswith("unverified")
        assert date.fromisoformat(row.seen)
        assert 0.5 <= row.confidence < 1
        assert all(name.endswith(row.hosts) for name in row.outbound)
        assert all(host == host.lower().strip(".") and "." in host for host in row.hosts)


@pytest.mark.parametrize(
    ("ip", "inner"),
    [
        ("10.1.1.1", True), ("172.16.0.1", True), ("172.32.0.1", False), ("100.64.0.1", True), ("100.128.0.1", False),
        ("127.0.0.1", True), ("192.168.1.1", True), ("203.0.113.1", False), ("::1", True), ("fe80::1", True),
        ("fd00::1", True), ("2001:db8::1", False), ("2002:a05:6500::1", True), ("2002:ac10::1", False),
    ],
)  # fmt: skip
def test_inner_addresses(ip: str, inner: bool) -> None:
    assert is_inner(ip) is inner


LINES = st.lists(
    st.sampled_from(
        [
            "from a.example (a.example [203.0.113.5]) by mx.google.com with ESMTP id 1",
            "from mx.google.com (unknown [203.0.113.6]) by mx.example.jp with SMTP id 2",
            "from localhost (localhost [127.0.0.1]) by mx.example.jp with LMTP",
            "by mx.example.jp (Postfix, from userid 1) id 3",
            "(qmail 1 invoked from network)",
            "from x by y",
            "",
        ]
    ),
    max_size=8,
)


@given(LINES, st.sampled_from([None, "203.0.113.7", "127.0.0.1", "nonsense"]))
def test_any_chain_gives_an_answer_that_was_written_in_it(lines: list[str], client_ip: str | None) -> None:
    origin = origin_of(*lines, client_ip=client_ip)
    assert origin.ip is None or origin.ip == client_ip or any(origin.ip in line for line in lines)
    assert (origin.ip is None) == (origin.confidence == 0.0)

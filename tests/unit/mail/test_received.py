"""Received fields of many writers, each said in reserved names; and that no bytes break the reader."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meyasubako.mail.received import (
    hop_of,
    parse_received,
    seconds_of_received,
    writer_of,
)

NOON_SECONDS = int(datetime(2024, 1, 2, 12, tzinfo=UTC).timestamp())
NOON = "; Tue, 2 Jan 2024 12:00:00 +0000"

CASES: dict[str, tuple[str, dict[str, str | None]]] = {
    "postfix": (
        ("from mail.example.org (mail.example.org [192.0.2.1])\r\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))"
        "\r\n\t(No client certificate requested)\r\n\tby mx.example.jp (Postfix) with ESMTPS id 4T4Vx\r\n\tfor <a@example.jp>"),
        {"ip": "192.0.2.1", "helo": "mail.example.org", "rdns": "mail.example.org", "by": "mx.example.jp",
         "with_": "ESMTPS", "id": "4T4Vx", "for_": "a@example.jp", "tls": "TLSv1.3"},
    ),
    "postfix, no name": (
        "from pc (unknown [198.51.100.7]) by mx.example.jp (Postfix) with SMTP id 1A2B",
        {"ip": "198.51.100.7", "helo": "pc", "rdns": None, "with_": "SMTP", "tls": None},
    ),
    "postfix, IPv6": (
        "from a.example (a.example [IPv6:2001:DB8:0::1]) by mx.example.jp (Postfix) with ESMTP id 1",
        {"ip": "2001:db8::1", "helo": "a.example"},
    ),
    "postfix, pickup": (
        "by mx.example.jp (Postfix, from userid 1000) id 77AA",
        {"ip": None, "by": "mx.example.jp", "id": "77AA", "with_": None, "for_": None},
    ),
    "exim, helo differs": (
        ("from dsl.example.net ([192.0.2.9]:4123 helo=[10.0.0.2]) by mx.example.org with esmtp (Exim 4.96)"
        " (envelope-from <x@example.net>) id 1qAb-0001 for b@example.org"),
        {"ip": "192.0.2.9", "helo": "10.0.0.2", "rdns": "dsl.example.net", "by": "mx.example.org",
         "with_": "esmtp", "id": "1qAb-0001", "for_": "b@example.org"},
    ),
    "exim, no name": (
        "from [192.0.2.9] (port=3496 helo=mail.example.com) by mx.example.org with smtp (Exim 4.05 #1 (Debian)) id 17oiR2-00",
        {"ip": "192.0.2.9", "helo": "mail.example.com", "rdns": None, "with_": "smtp"},
    ),
    "exim, name is helo": (
        "from mail.example.com ([192.0.2.9]) by mx.example.org with esmtps (TLS1.2) tls TLS_ECDHE_RSA (Exim 4.94) id 1",
        {"ip": "192.0.2.9", "helo": "mail.example.com", "rdns": "mail.example.com", "tls": "TLSv1.2"},
    ),
    "sendmail": (
        ("from helo.example (IDENT:user@rev.example [192.0.2.3] (may be forged)) by mx.example (8.15.2/8.15.2)"
        " with ESMTP id u1; Tue, 2 Jan 2024 21:00:00 +0900 (JST)"),
        {"ip": "192.0.2.3", "helo": "helo.example", "rdns": "rev.example", "by": "mx.example"},
    ),
    "sendmail, submitted": (
        "(from root@localhost) by host.example (8.11.6/8.11.6) id g6T3 for u@example.com",
        {"ip": None, "helo": None, "by": "host.example", "id": "g6T3", "for_": "u@example.com"},
    ),
    "qmail": (
        "from unknown (HELO mail.example.com) (192.0.2.4) by mx.example.net with SMTP",
        {"ip": "192.0.2.4", "helo": "mail.example.com", "rdns": None, "by": "mx.example.net"},
    ),
    "qmail, named": (
        "from rev.example.com (HELO ?10.1.1.1?) (user@192.0.2.4) by 0 with SMTP",
        {"ip": "192.0.2.4", "helo": "10.1.1.1", "rdns": "rev.example.com", "by": "0"},
    ),
    "qmail, queue": ("(qmail 11452 invoked from network)", {"ip": None, "by": None, "id": None}),
    "exchange online": (
        ("from out.example.com (192.0.2.40) by\r\n SN1.mail.protection.example (10.167.242.9) with Microsoft SMTP\r\n"
        " Server (version=TLS1_2, cipher=TLS_ECDHE_RSA) id 15.20.7202.16 via Frontend Transport"),
        {"ip": "192.0.2.40", "helo": "out.example.com", "by": "SN1.mail.protection.example",
         "with_": "Microsoft SMTP Server", "id": "15.20.7202.16", "tls": "TLSv1.2"},
    ),
    "exchange, mapi": (
        "from a.example ([fe80::1%4]) by b.example ([fe80::2%5]) with mapi id 15.20",
        {"ip": "fe80::1", "by": "b.example", "with_": "mapi"},
    ),
    "exchange 2003": (
        "from x.example ([192.0.2.8]) by gw.example with Microsoft SMTPSVC(6.0.3790.4675)",
        {"ip": "192.0.2.8", "helo": "x.example", "by": "gw.example"},
    ),
    "gmail": (
        ("from h.example (h.example. [2001:db8::25]) by mx.google.example with ESMTPS id d9sm for <a@example.com>"
        " (version=TLS1_3 cipher=TLS_AES_256 bits=256/256); Tue, 02 Jan 2024 04:00:00 -0800 (PST)"),
        {"ip": "2001:db8::25", "rdns": "h.example", "for_": "a@example.com", "tls": "TLSv1.3"},
    ),
    "gmail, inside": (
        "by 2001:db8:a05:6500::1 with SMTP id x19csp", {"ip": None, "by": "2001:db8:a05:6500::1", "id": "x19csp"},
    ),
    "yahoo": (
        "from 192.0.2.12 (EHLO m.example.net) (192.0.2.12) by mta1.yahoo.example with SMTPS",
        {"ip": "192.0.2.12", "helo": "m.example.net", "rdns": None, "tls": "TLS"},
    ),
    "yahoo, upper case id": (
        "from r.example (EHLO [10.0.0.1]) ([192.0.2.12]) by smtp.yahoo.example (Hermes) with ESMTPA ID 9a3a for <u@example.com>",
        {"ip": "192.0.2.12", "helo": "10.0.0.1", "rdns": "r.example", "id": "9a3a", "with_": "ESMTPA"},
    ),
    "ironport": (
        "from unknown (HELO s.example) ([192.0.2.2]) by esa.example with ESMTP/TLS/ECDHE-RSA-AES256-GCM-SHA384; 02 Jan 2024 12:00:00 +0000",
        {"ip": "192.0.2.2", "helo": "s.example", "by": "esa.example", "with_": "ESMTP/TLS/ECDHE-RSA-AES256-GCM-SHA384"},
    ),
    "mdaemon": (
        "from pc [192.0.2.95] by host.example [198.51.100.203] with SMTP (MDaemon.v3.5.0.R) for <r@example.net>",
        {"ip": "192.0.2.95", "helo": "pc", "by": "host.example", "for_": "r@example.net"},
    ),
    "lotus domino": (
        "from m.example ([192.0.2.8]) by mx.example (Lotus Domino Release 8.5.3) with ESMTP id 20120708-12 ",
        {"ip": "192.0.2.8", "by": "mx.example", "id": "20120708-12"},
    ),
    "courier": (
        "from h (n.example [::ffff:192.0.2.77]) (AUTH: LOGIN u@example.com) by c.example with esmtp",
        {"ip": "192.0.2.77", "helo": "h", "rdns": "n.example", "by": "c.example"},
    ),
    "communigate": (
        "from [192.0.2.66] (account kiosk HELO inner.example) by cg.example (CommuniGate Pro SMTP 5.1) with ESMTP id 53327",
        {"ip": "192.0.2.66", "helo": "inner.example", "by": "cg.example", "id": "53327"},
    ),
    "communigate, verified": (
        "from b.example ([192.0.2.66] verified) by cg.example (CommuniGate Pro SMTP 4.0b7) with ESMTP id 2",
        {"ip": "192.0.2.66", "helo": "b.example"},
    ),
    "fetchmail": (
        "from pop.example [192.0.2.84] by localhost with POP3 (fetchmail-6.3.17) for me@localhost (single-drop)",
        {"ip": "192.0.2.84", "helo": "pop.example", "by": "localhost", "with_": "POP3", "for_": "me@localhost"},
    ),
    "au": (
        "from mta.example (mta.example [192.0.2.245]) by lsean.au.example (EZweb Mail) with ESMTP id 11AABBC for <n@au.example>",
        {"ip": "192.0.2.245", "by": "lsean.au.example", "for_": "n@au.example"},
    ),
    "softbank": (
        "from out.example ([192.0.2.4]) by tg.sb.example with ESMTP id <2009.SPDA@tg.sb.example> for <n@sb.example>",
        {"ip": "192.0.2.4", "by": "tg.sb.example", "id": "2009.SPDA@tg.sb.example", "for_": "n@sb.example"},
    ),
    "opensmtpd": (
        "from c.example (c.example [192.0.2.6]); by o.example (OpenSMTPD) with ESMTP id d70f; for <x@example.com>",
        {"ip": "192.0.2.6", "by": "o.example", "id": "d70f", "for_": "x@example.com"},
    ),
    "webmail": (
        "from 192.0.2.98 (SquirrelMail authenticated user jm) by w.example with HTTP",
        {"ip": "192.0.2.98", "by": "w.example", "with_": "HTTP"},
    ),
    "mail pickup service": (
        "from mail pickup service by h.example with Microsoft SMTPSVC", {"ip": None, "by": "h.example"},
    ),
    "mailenable": ("from ([192.0.2.5]) by ME Inbound Agent with ESMTP", {"ip": "192.0.2.5", "by": "ME"}),
    "upper case": ("From a.example (192.0.2.5) BY b.example ID 7", {"ip": "192.0.2.5", "by": "b.example", "id": "7"}),
    "old relay": ("from a.example by b.example (5.65/1.34) id AA123", {"ip": None, "helo": "a.example", "id": "AA123"}),
    "unix socket": (
        "from murder ([unix socket]) by imap.example (Cyrus) with LMTPA", {"ip": None, "helo": "murder", "with_": "LMTPA"},
    ),
    "empty id": ("from a.example (unknown [192.0.2.5]) by q.example (ESMTP) with id ", {"id": None, "with_": None}),
    "vger": (
        ('from k.example ([192.0.2.240]:52266 "EHLO\n        k.example" rhost-flags-OK-OK-OK-OK) by vger.example with ESMTP id S17 (ORCPT\n'
        " <rfc822;l@lists.example>)"),
        {"ip": "192.0.2.240", "helo": "k.example", "rdns": "k.example", "by": "vger.example", "id": "S17"},
    ),
    "a folded HELO": (
        "from rev.example (HELO\n h.example) (192.0.2.72) by m.example with SMTP",
        {"ip": "192.0.2.72", "helo": "h.example", "rdns": "rev.example"},
    ),
    "an address inside a name is not one": (
        "from 192.0.2.5.dyn.example (192.0.2.5.dyn.example [198.51.100.1]) by b.example with SMTP id 1",
        {"ip": "198.51.100.1", "rdns": "192.0.2.5.dyn.example"},
    ),
    "the client's word about addresses comes first": (
        "from [10.9.9.9] (IDENT:[203.0.113.9]@r.example [192.0.2.1]) by b.example with SMTP id 1",
        {"ip": "192.0.2.1", "helo": "10.9.9.9"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_formats(name: str) -> None:
    text, expected = CASES[name]
    if not text.rstrip().endswith(("+0000", "(JST)", "(PST)")):
        text += NOON
    received = parse_received(f" {text}\r\n".encode(), 3)
    assert {key: getattr(received, key) for key in expected} == expected
    assert received.date == datetime(2024, 1, 2, 12, tzinfo=UTC)
    assert received.index == 3


def test_a_zone_of_the_writer_is_counted_in() -> None:
    received = parse_received(b"by a.example; Mon, 1 Jan 2024 00:30:00 +0900 (JST)")
    assert received.date == datetime(2023, 12, 31, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize("date", ["Mon, 99 Jan 2024 00:30:00 +0900", "1 Foo 2024 00:00:00 +0000", "", "soon"])
def test_no_such_moment(date: str) -> None:
    assert parse_received(f"by a.example; {date}".encode()).date is None


def test_clauses_behind_the_date_are_read() -> None:
    received = parse_received(
        b" from a.example ([192.0.2.1])\r\n by b.example with dsn; Tue, 2 Jan 2024 12:00:00 +0000\r\n id 0EFE.5A for <c@d.example>"
    )
    assert (received.by, received.id, received.for_) == ("b.example", "0EFE.5A", "c@d.example")
    assert received.date == datetime(2024, 1, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize("year", [102, 1899, 9001])
def test_the_edges_of_time_are_no_dates(year: int) -> None:
    assert parse_received(f"by a.example; 23 Aug {year:04d} 02:37:19 -0300".encode()).date is None


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("version=TLS1_2 cipher=X", "TLSv1.2"),
        ("using TLSv1 with cipher X", "TLSv1"),
        ("TLSv1.3:TLS_AES_256", "TLSv1.3"),
        ("SSLv3 X", "SSLv3"),
        ("TLS\r\n 1.2", "TLSv1.2"),
        ("TLS_AES_256 TLS1.1", "TLSv1.1"),
        ("TLSv1.25 X", None),
        ("TLS4", None),
        ("TLS", None),
    ],
)
def test_versions_of_tls(text: str, version: str | None) -> None:
    assert parse_received(f"from a.example ({text}) by b.example with SMTP id 1".encode()).tls == version


@pytest.mark.parametrize("name", CASES)
def test_what_a_walk_asks_for_is_what_the_whole_says(name: str) -> None:
    value = f" {CASES[name][0]}{NOON}".encode()
    assert hop_of(value) == parse_received(value)[:5]
    assert writer_of(value) == parse_received(value).by


@given(st.binary(max_size=2000))
def test_any_bytes_give_a_value(value: bytes) -> None:
    received = parse_received(value)
    assert hop_of(value) == received[:5]
    assert writer_of(value) == received.by


@given(st.lists(st.sampled_from(
    ["from", "by", "with", "id", "for", "via", "(", ")", "[192.0.2.1]", "[", "]", ";", "a.example", "HELO", "helo=", "<", ">",
     "Tue, 2 Jan 2024 12:00:00 +0000", "(Exim", "\r\n ", "TLS1_2", "[IPv6:", "%4]", "a@", "é", "\u3000"]), max_size=40),
    st.sampled_from(["", " "]))  # fmt: skip
def test_any_words_give_a_value(words: list[str], blank: str) -> None:
    value = blank.join(words).encode()
    assert hop_of(value) == parse_received(value)[:5]


@pytest.mark.parametrize(
    "unit",
    [
        "(",
        "(a",
        "()",
        "<",
        ";",
        "from ",
        "from a (b ",
        "[1",
        "HELO ",
        "a@",
        " ",
        "TLS ",
        "by ((",
        "((((b)c)d)",
        "1.1.1.1 ",
        "[IPv6:1:",
        "(a@",
        "[1.1.1.1%",
    ],
)
def test_linear_in_hostile_input(unit: str) -> None:
    value = b"from x (" + unit.encode() * (200_000 // len(unit))
    start = time.process_time()
    parse_received(value)
    hop_of(value[:4096])
    assert time.process_time() - start < 0.1


DATED = (
    "by a.example", "(", ")", ";", " ", "Tue, 2 Jan 2024 12:00:00 +0900", "3 Jan 2024 1:2:3", "(JST)", "\u3000", "é", "GMT",
)  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_date_alone_is_the_date_of_the_whole(name: str) -> None:
    value = (CASES[name][0] + NOON).encode()
    assert seconds_of_received(value) == NOON_SECONDS


@given(st.lists(st.sampled_from(DATED), max_size=12))
def test_the_date_alone_is_the_date_of_any_words(words: list[str]) -> None:
    value = "".join(words).encode()
    date = parse_received(value).date
    assert seconds_of_received(value) == (None if date is None else date.timestamp())

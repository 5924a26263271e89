"""What a mail costs with SPF, DKIM, ARC, DMARC and the names looked at, on captured answers.

Against the stdlib's bare parse (``BytesParser``, compat32) of the same mails in the same run. The mails are
those of the archives of real mail, made our own: author and signatures replaced, each signed with a 2048-bit RSA key
by one of 200 domains; the answers are rows as ``dns_answers`` keeps them. CPU time, median of seven passes, one core.

    taskset -c 1 .venv/bin/python bench/sender.py
"""

from __future__ import annotations

import itertools
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import compat32
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import rsa

from meyasubako.mail import Message, parse
from meyasubako.mail.fields import split_fields
from meyasubako.receivers.archives import Mail, read_archives
from meyasubako.sender import Answer, Answers, Rcode, authenticate, to_json
from meyasubako.sender.dkim import verify as verify_dkim
from meyasubako.sender.dkim.sign import key_record, sign
from meyasubako.sender.spf import verify as verify_spf

ROOT = Path(__file__).resolve().parent.parent
CORPUS = (
    "spam-ham-2001-2002",
    "mailing-lists-2019-2026",
    "phishing-2019-2025",
    "reports-and-bounces",
    "japanese",
)
EACH = 500
DOMAINS = 200
PASSES = 7
REPLACED = frozenset(
    {"from", "dkim-signature", "arc-seal", "arc-message-signature", "arc-authentication-results"}
)
BAR = 2.0
"""Parse and authentication together against the bare parse."""
NOW = datetime(2026, 9, 1, 3, 0, tzinfo=UTC)


class Case(NamedTuple):
    """A mail, its connection, and the rows its receipt kept."""

    raw: bytes
    message: Message
    ip: str
    helo: str
    mail_from: str
    rows: list[dict[str, Any]]


class Published:
    """What a sender of each domain publishes: SPF with an include and an mx, a key, a policy."""

    def __init__(self, keys: list[rsa.RSAPrivateKey]) -> None:
        self.records = [key_record(key) for key in keys]

    def ask(self, name: str, rtype: str) -> Answer:
        found = self._find(name, rtype)
        rcode = Rcode.NOERROR if found or not name.startswith("_dmarc.") else Rcode.NXDOMAIN
        return Answer(name, rtype, rcode, tuple(found), 300)

    def _find(self, name: str, rtype: str) -> list[str]:
        if rtype == "TXT":
            if name.startswith("sel._domainkey.d"):
                return [self.records[int(name.split(".")[2][1:]) % len(self.records)]]
            if name.startswith("_dmarc.d"):
                return ["v=DMARC1; p=quarantine; rua=mailto:reports@example.com"]
            if name.startswith("_spf."):
                return ["v=spf1 ip4:198.51.100.0/24 ip4:203.0.113.0/24 ip6:2001:db8::/32 ~all"]
            return ["site-verification=1234", f"v=spf1 include:_spf.{name} mx -all"] if name[0] == "d" else []
        if rtype == "MX":
            return [f"10 mail.{name}"]
        if rtype == "PTR":
            return [f"mail.d{int(name.split('.', maxsplit=1)[0]) % DOMAINS}.example.com"]
        if rtype == "A" and name.startswith("mail.d"):
            return [f"192.0.2.{int(name.split('.')[1][1:]) % 250}"]
        return []


def make(number: int, found: bytes, key: rsa.RSAPrivateKey, world: Published) -> Case:
    """A mail of the archive as one of the domains would have sent it."""
    domain = f"d{number % DOMAINS}.example.com"
    ip, helo = f"192.0.2.{number % DOMAINS % 250}", f"mail.{domain}"
    fields, body, _ = split_fields(found)
    kept = b"".join(found[one.start : one.end] for one in fields if one.name.lower() not in REPLACED)
    raw = f"From: Shop <news@{domain}>\r\n".encode() + kept + b"\r\n" + found[body:]
    raw = sign(raw, domain=domain, selector="sel", key=key, timestamp=int(NOW.timestamp()) - 60) + raw
    mail_from = f"bounce-{number}@{domain}"
    message = parse(raw)
    answers = Answers()
    seen = authenticate(message, ip=ip, helo=helo, mail_from=mail_from, resolver=answers, now=NOW)
    while answers.missing:
        answers.add([world.ask(*question) for question in list(answers.missing)])
        seen = authenticate(message, ip=ip, helo=helo, mail_from=mail_from, resolver=answers, now=NOW)
    results = [one["result"] for one in to_json(seen).values()]
    assert results == ["pass", "pass", "pass", "none"], results
    rows = [
        {
            "name": one.name,
            "type": one.type,
            "rcode": one.rcode.value,
            "records": list(one.records),
            "ttl": one.ttl,
        }
        for one in answers
    ]
    return Case(raw, message, ip, helo, mail_from, rows)


def measure(cases: list[Case], work: Callable[[Case], object]) -> float:
    """Microseconds of CPU a mail, median of the passes."""
    taken = []
    for _ in range(PASSES):
        started = time.process_time()
        for case in cases:
            work(case)
        taken.append(time.process_time() - started)
    return statistics.median(taken) / len(cases) * 1e6


def whole(case: Case, message: Message) -> object:
    """Everything, rows in, JSON out."""
    resolver = Answers.from_rows(case.rows)
    return to_json(
        authenticate(
            message, ip=case.ip, helo=case.helo, mail_from=case.mail_from, resolver=resolver, now=NOW
        )
    )


def main() -> int:
    """Measure and print; 1 when the bar is missed."""
    data = Path(os.environ.get("MEYASU_SHARED_DATA") or ROOT.parent / "shared" / "data")
    archive = (
        one.raw
        for name in CORPUS
        for one in itertools.islice(read_archives([data / f"{name}.tar.xz"]), EACH)
        if isinstance(one, Mail)
    )
    keys = [rsa.generate_private_key(65537, 2048) for _ in range(10)]
    world = Published(keys)
    cases = [
        make(number, raw, keys[number % DOMAINS % len(keys)], world) for number, raw in enumerate(archive)
    ]
    resolvers = {case.raw: Answers.from_rows(case.rows) for case in cases}
    size = sum(len(case.raw) for case in cases) / len(cases)
    bare = measure(cases, lambda case: BytesParser(policy=compat32).parsebytes(case.raw))
    steps = {
        "parse": measure(cases, lambda case: parse(case.raw)),
        "SPF": measure(
            cases,
            lambda case: verify_spf(
                ip=case.ip,
                helo=case.helo,
                mail_from=case.mail_from,
                resolver=resolvers[case.raw],
                now=NOW,
            ),
        ),
        "DKIM": measure(
            cases,
            lambda case: verify_dkim(
                case.raw,
                case.message.fields,
                case.message.root.body,
                resolver=resolvers[case.raw],
                now=NOW,
            ),
        ),
        "authentication, rows to JSON": measure(cases, lambda case: whole(case, case.message)),
        "parse and authentication": measure(cases, lambda case: whole(case, parse(case.raw))),
    }
    print(
        f"{len(cases)} real mails of {size:.0f} bytes, {sum(len(case.rows) for case in cases) / len(cases):.1f} answers each"
    )
    print(f"{'stdlib compat32 parse':32} {bare:7.0f} us  1.00")
    for name, taken in steps.items():
        print(f"{name:32} {taken:7.0f} us  {taken / bare:.2f}")
    ratio = steps["parse and authentication"] / bare
    print(f"bar {BAR}: {'met' if ratio <= BAR else 'missed'} at {ratio:.2f}")
    return 0 if ratio <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())

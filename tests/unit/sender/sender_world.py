"""A small world for the sender tests: names and their records, two keys, and mails signed with them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from meyasubako.mail import Message, parse
from meyasubako.sender import Answer, Answers, Authentication, Rcode, authenticate
from meyasubako.sender.dkim.sign import key_record, sign

NOW = datetime(2026, 9, 1, 3, 0, tzinfo=UTC)
BEFORE_TREE_WALK = datetime(2024, 9, 1, 3, 0, tzinfo=UTC)
CLIENT = "192.0.2.25"


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@cache
def ed25519_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


class Zone:
    """Answers from a dict of (name, type) to records; a name without any record does not exist."""

    def __init__(self, records: dict[tuple[str, str], list[str] | Rcode]) -> None:
        self.records = records
        self.names = {name for name, _ in records}
        self.asked: list[tuple[str, str]] = []

    def ask(self, name: str, rtype: str) -> Answer:
        self.asked.append((name, rtype))
        found = self.records.get((name, rtype))
        if isinstance(found, Rcode):
            return Answer(name, rtype, found)
        if found is None:
            exists = any(known == name or known.endswith("." + name) for known in self.names)
            return Answer(name, rtype, Rcode.NOERROR if exists else Rcode.NXDOMAIN)
        return Answer(name, rtype, Rcode.NOERROR, tuple(found), 300)


def txt(**records: str) -> Zone:
    """A zone of TXT records; "__" in a keyword stands for a dot."""
    return Zone({(name.replace("__", "."), "TXT"): [text] for name, text in records.items()})


PLAIN = (
    b"From: Shop <news@shop.example.com>\r\nTo: you@example.net\r\nSubject: Sale\r\n"
    b"Date: Tue, 1 Sep 2026 11:59:00 +0900\r\nMessage-ID: <1@shop.example.com>\r\n"
    b"\r\nHello  there \r\n\r\nBye\t now\r\n\r\n\r\n"
)


def signed(
    raw: bytes = PLAIN, *, domain: str = "shop.example.com", ed25519: bool = False, **how: object
) -> bytes:
    """The mail with a signature of ``domain`` before it."""
    key = ed25519_key() if ed25519 else rsa_key()
    field = sign(raw, domain=domain, selector="ed" if ed25519 else "sel", key=key, **how)  # type: ignore[arg-type]
    return field + raw


def lawful_zone() -> Zone:
    """shop.example.com as a well-run sender publishes itself; its host is ``CLIENT``."""
    return Zone(
        {
            ("shop.example.com", "TXT"): ["v=spf1 mx -all"],
            ("shop.example.com", "MX"): ["10 mail.shop.example.com"],
            ("shop.example.com", "A"): ["192.0.2.80"],
            ("mail.shop.example.com", "A"): [CLIENT],
            ("mail.shop.example.com", "TXT"): ["v=spf1 a -all"],
            ("25.2.0.192.in-addr.arpa", "PTR"): ["mail.shop.example.com"],
            ("sel._domainkey.shop.example.com", "TXT"): [key_record(rsa_key())],
            ("ed._domainkey.shop.example.com", "TXT"): [key_record(ed25519_key())],
            ("_dmarc.shop.example.com", "TXT"): ["v=DMARC1; p=reject"],
        }
    )


def run(
    raw: bytes,
    zone: Zone | Answers,
    *,
    ip: str | None = CLIENT,
    helo: str | None = "mail.shop.example.com",
    mail_from: str | None = "bounce@shop.example.com",
    now: datetime = NOW,
) -> Authentication:
    """Authenticate a mail in this world."""
    return authenticate(message(raw), ip=ip, helo=helo, mail_from=mail_from, resolver=zone, now=now)


def message(raw: bytes) -> Message:
    return parse(raw)

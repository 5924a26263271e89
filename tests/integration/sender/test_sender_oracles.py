"""pyspf and dkimpy beside our verifiers on the archives of real mail; every difference has its reason in a table.

No DNS of the past is kept with the archives, so that the answers are made up, the same for both sides: a key of
our own for every selector, and for every domain an SPF record drawn from its name.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from meyasubako.mail.fields import split_fields
from meyasubako.sender import Answer, Rcode
from meyasubako.sender.dkim import Status
from meyasubako.sender.dkim import verify as verify_dkim
from meyasubako.sender.dkim.sign import key_record, sign
from meyasubako.sender.spf import verify as verify_spf

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pyspf is older than the warnings of today's Python
    import spf

Mails = Callable[[str], Iterator[tuple[str, bytes]]]
KEY = rsa.generate_private_key(65537, 1024)
RECORD = key_record(KEY)


def differences(oracle: str) -> set[tuple[str, str]]:
    """(ours, theirs) pairs that the table explains."""
    rows = (Path(__file__).parent / "differences.tsv").read_text("utf-8").splitlines()[1:]
    return {(ours, theirs) for name, ours, theirs, _ in (row.split("\t") for row in rows) if name == oracle}


class OneKey:
    """The same key for every selector."""

    def ask(self, name: str, rtype: str) -> Answer:
        return Answer(name, rtype, Rcode.NOERROR, (RECORD,))


def ours_on(raw: bytes) -> list[str]:
    fields, body, _ = split_fields(raw)
    results = verify_dkim(raw, fields, body, resolver=OneKey(), now=datetime.now(UTC))
    return [one.status.value if one.status is Status.PASS else one.cause.value for one in results]


def dkimpy_on(raw: bytes, index: int) -> str:
    try:
        holds = dkim.DKIM(raw).verify(index, dnsfunc=lambda *_args, **_how: RECORD.encode())
    except dkim.ValidationError as error:
        return (
            "body-hash-mismatch"
            if "body hash mismatch" in str(error)
            else re.sub(r"[^a-z =]+.*", "", str(error))
        )
    except dkim.DKIMException as error:
        return type(error).__name__
    return "pass" if holds else "signature-mismatch"


@pytest.mark.parametrize(("archive", "most"), [("mailing-lists-2019-2026", 900), ("phishing-2019-2025", 900)])
def test_dkimpy_on_signatures_as_they_came(archive_mails: Mails, archive: str, most: int) -> None:
    signed = (raw for _, raw in archive_mails(archive) if b"dkim-signature:" in raw[:65536].lower())
    found: Counter[tuple[str, str]] = Counter()
    for raw in itertools.islice(signed, most):
        for index, ours in enumerate(ours_on(raw)):
            found[ours, dkimpy_on(raw, index)] += 1
    assert sum(found[word, word] for word in ("signature-mismatch", "body-hash-mismatch")) > most // 2
    unexplained = {pair: count for pair, count in found.items() if pair[0] != pair[1]}
    assert set(unexplained) <= differences("dkimpy"), unexplained


@pytest.mark.parametrize(
    "archive", ["mailing-lists-2019-2026", "phishing-2019-2025", "japanese", "malformed-mime"]
)
def test_each_verifies_what_the_other_signed(archive_mails: Mails, archive: str) -> None:
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    forms = itertools.cycle(itertools.product((False, True), repeat=2))
    words = {False: b"simple", True: b"relaxed"}
    found: Counter[tuple[str, str]] = Counter()
    for _, raw in itertools.islice(archive_mails(archive), 250):
        fields, _, defects = split_fields(raw)
        if (
            len([one for one in fields if one.name.lower() == "from"]) != 1
            or defects
            or raw.startswith(b"From ")
        ):
            continue
        header, body = form = next(forms)
        bare = re.sub(rb"(?im)^dkim-signature:", b"X-Signature:", raw)
        theirs = dkim.sign(bare, b"s", b"example.com", pem, canonicalize=(words[header], words[body]))
        found["ours on dkimpy's", ours_on(theirs + bare)[0]] += 1
        ours = sign(bare, domain="example.com", selector="s", key=KEY, relaxed=form)
        found["dkimpy on ours", dkimpy_on(ours + bare, 0)] += 1
    unexplained = {pair: count for pair, count in found.items() if pair[1] != "pass"}
    assert found["ours on dkimpy's", "pass"] >= 20
    assert set(unexplained) <= differences("dkimpy-signed"), unexplained


TEMPLATES = (
    "",
    "v=spf1 ip4:{a}.0.0.0/6 ip6:2000::/3 -all",
    "v=spf1 a/5 mx/4//3 ~all",
    "v=spf1 include:i.{d} ?all",
    "v=spf1 redirect=r.{d}",
    "v=spf1 exists:%{{ir}}.%{{v}}.{d} exists:%{{l1r-}}.%{{o}} -all",
    "v=spf1 ptr:{d} a:%{{h}}/3 -all",
    "v=spf1 ip4:{a}.0.0.0/40 -all",
    "v=spf1 -ip4:{a}.0.0.0/2 +all exp=e.{d}",
    "v=spf1 include:a.{d} include:b.{d} mx:c.{d} -all",
    "v=spf1 a:%{{d2}} ip4:{a}.0.0.0/3 ~all",
    "v=spf1 unknown=%{{d}} mx -all",
)


class DrawnZone:
    """Records drawn from a hash of the name: the same for the same question, and of every kind."""

    def ask(self, name: str, rtype: str) -> Answer:
        draw = hashlib.sha256(f"{name} {rtype}".encode("utf-8", "replace")).digest()
        if hashlib.sha256(name.encode("utf-8", "replace")).digest()[0] < 24:
            return Answer(name, rtype, Rcode.NXDOMAIN)
        if rtype == "TXT":
            text = TEMPLATES[draw[0] % len(TEMPLATES)].format(
                a=draw[1] % 224, d=name if len(name) < 60 else "example.com"
            )
            return Answer(name, rtype, Rcode.NOERROR, (text,) if text else ())
        count = draw[0] % 4
        if rtype == "MX":
            records = tuple(f"{i} m{i}.{name}" for i in range(count)) if len(name) < 60 else ()
        elif rtype == "PTR":
            records = tuple(f"p{i}.example.net" for i in range(count))
        elif rtype == "A":
            records = tuple(f"{draw[i + 1]}.2.3.4" for i in range(count))
        else:
            records = tuple(str(ip_address(int.from_bytes(draw[i : i + 16], "big"))) for i in range(count))
        return Answer(name, rtype, Rcode.NOERROR, records)


def pyspf_lookup(name: str, qtype: str, *_args: Any, **_how: Any) -> Iterator[tuple[tuple[str, str], Any]]:
    """The drawn zone in the shape pyspf wants."""
    name = name.lower().removesuffix(".")
    for record in DrawnZone().ask(name, qtype).records:
        value: Any = record
        if qtype == "TXT":
            value = (record.encode(),)
        elif qtype == "MX":
            number, _, host = record.partition(" ")
            value = (int(number), host)
        elif qtype == "AAAA":
            value = ip_address(record).packed
        yield (name, qtype), value


def identities(archive_mails: Mails, shared_data: Path) -> Iterator[tuple[str, str, str]]:
    """(client, MAIL FROM, HELO) of the phishing archive, the client as its receiver noted it."""
    rows = (shared_data / "origin-oracle.tsv").read_text("utf-8").splitlines()
    clients = {row.split("\t")[0].rpartition("/")[2]: row.split("\t")[-1].strip() for row in rows}
    for path, raw in archive_mails("phishing-2019-2025"):
        sender = re.search(rb"(?im)^return-path:[ \t]*<?([!-~]+@[a-z0-9.-]+)>?", raw)
        helo = re.search(rb"(?im)^received:[ \t]*from[ \t]+([a-z0-9.-]+)", raw)
        client = clients.get(path.rpartition("/")[2])
        # The archive hides recipients as "phishing@pot", which makes bounce addresses with two "@".
        if client and sender and helo and sender[1].count(b"@") == 1 and re.fullmatch(r"[0-9a-f.:]+", client):
            yield client, sender[1].decode(), helo[1].decode()


def test_pyspf_on_real_identities(
    archive_mails: Mails, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spf, "DNSLookup", pyspf_lookup)
    found: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], Any] = {}
    for client, sender, helo in itertools.islice(identities(archive_mails, shared_data), 3000):
        ours = verify_spf(ip=client, helo=helo, mail_from=sender, resolver=DrawnZone(), now=datetime.now(UTC))
        theirs = spf.query(client, sender, helo, strict=True).check()[0]
        left = f"{ours.status}/{ours.cause}" if ours.status.value != theirs else theirs
        found[left, theirs] += 1
        examples[left, theirs] = (client, sender, helo, ours)
    assert sum(found.values()) > 2000
    assert {theirs for _, theirs in found} >= {"pass", "fail", "softfail", "neutral", "none", "permerror"}
    unexplained = {pair: (count, examples[pair]) for pair, count in found.items() if pair[0] != pair[1]}
    assert set(unexplained) <= differences("pyspf"), unexplained

"""Reads the published vectors of SPF, DKIM and ARC out of their archive; a missing archive is a failure."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterable, Mapping
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from meyasubako.sender import Answer, Rcode

HERE = Path(__file__).resolve().parent


@cache
def vectors() -> dict[str, bytes]:
    """Every file of the archive by its path."""
    data = Path(os.environ.get("MEYASU_SHARED_DATA") or HERE.parents[2].parent / "shared" / "data")
    files: dict[str, bytes] = {}
    with tarfile.open(data / "auth-vectors.tar.xz", "r:xz") as archive:
        for member in archive:
            handle = archive.extractfile(member) if member.isfile() else None
            if handle is not None:
                files[member.name.removeprefix("./")] = handle.read()
    return files


def documents(path: str) -> list[dict[str, Any]]:
    """The documents of a YAML file."""
    return [one for one in yaml.safe_load_all(vectors()[path]) if one]


class WrongVector(NamedTuple):
    """A row of ``vectors.tsv``: a vector we answer otherwise, what we answer, and why it is wrong."""

    suite: str
    case: str
    ours: str
    why: str


@cache
def explained() -> dict[tuple[str, str], WrongVector]:
    """The vectors that are wrong themselves."""
    rows = (HERE / "vectors.tsv").read_text("utf-8").splitlines()[1:]
    table = [WrongVector(*row.split("\t")) for row in rows]
    return {(row.suite, row.case): row for row in table}


class Zone:
    """Answers from a table of names; a value of Rcode answers every question so."""

    def __init__(self) -> None:
        self.records: dict[str, list[tuple[str, str | Rcode]]] = {}

    def add(self, name: str, rtype: str, record: str | Rcode) -> None:
        self.records.setdefault(name.lower().removesuffix("."), []).append((rtype, record))

    def copy(self) -> Zone:
        other = Zone()
        other.records = {name: list(rows) for name, rows in self.records.items()}
        return other

    def drop_text(self, name: str) -> None:
        self.records[name] = [row for row in self.records.get(name, []) if row[0] != "TXT"]

    def ask(self, name: str, rtype: str, depth: int = 0) -> Answer:
        rows = self.records.get(name)
        if "_dns_error" in name:
            return Answer(name, rtype, Rcode.SERVFAIL)
        if rows is None:
            return Answer(name, rtype, Rcode.NXDOMAIN)
        found: list[str] = []
        for kind, record in rows:
            if isinstance(record, Rcode):
                if kind in (rtype, "*") and not found:
                    return Answer(name, rtype, record)
            elif kind == rtype:
                found.append(record)
            elif kind == "CNAME" and depth < 8:
                return self.ask(record.lower().removesuffix("."), rtype, depth + 1)._replace(name=name)
        return Answer(name, rtype, Rcode.NOERROR, tuple(found))


def text_zone(records: Mapping[str, str | Iterable[str]]) -> Zone:
    """A zone of TXT records."""
    zone = Zone()
    for name, texts in records.items():
        for text in [texts] if isinstance(texts, str) else texts:
            zone.add(name, "TXT", text)
    return zone


def openspf_zone(data: Mapping[str, list[Any]]) -> Zone:
    """The zone of an openspf scenario: SPF records stand for TXT unless the name has TXT of its own."""
    zone = Zone()
    for name, rows in data.items():
        own = any(isinstance(row, dict) and "TXT" in row for row in rows)
        for row in rows:
            if not isinstance(row, dict):
                zone.add(name, "*", Rcode.TIMEOUT)
                continue
            for rtype, value in row.items():
                if value == "NONE" or (rtype == "SPF" and own):
                    continue
                zone.add(name, "TXT" if rtype == "SPF" else rtype, _openspf_record(value))
    return zone


def _openspf_record(value: Any) -> str | Rcode:
    if value == "TIMEOUT":
        return Rcode.TIMEOUT
    if isinstance(value, list):
        if value and isinstance(value[0], int):
            return f"{value[0]} {value[1]}"
        value = "".join(value)
    return str(value).encode("utf-8").decode("iso-8859-1")


class MailAuthTest(NamedTuple):
    """One test of the mail-auth SPF files."""

    name: str
    zone: Zone
    ip: str
    domain: str
    sender: str
    expect: str


def mail_auth_tests(text: str) -> list[MailAuthTest]:
    """Tests; the files look like YAML but repeat their keys, so they are read line by line.

    Records before ``tests:`` are for the whole scenario; behind it a name begins one with records of its own.
    """
    tests: list[MailAuthTest] = []
    for block in text.split("\n---"):
        base, said, testing = Zone(), {"sender": ""}, False
        zone = base
        for line in block.splitlines():
            key, colon, value = line.strip().removeprefix("- ").partition(":")
            value = value.strip()
            if not colon or line.lstrip().startswith("#"):
                continue
            if key == "tests":
                testing = True
            elif key == "expect":
                name = f"{said['name']} {len(tests)}"
                tests.append(MailAuthTest(name, zone, said["ip"], said["domain"], said["sender"], value))
            elif key in ("name", "domain", "sender", "ip"):
                said[key] = value
                if key == "name" and testing:
                    zone = base.copy()
            elif value:
                name, _, records = value.partition(" ")
                if testing and key == "spf":
                    zone.drop_text(name)
                _mail_auth_record(zone, key, name, records)
    return tests


def _mail_auth_record(zone: Zone, kind: str, name: str, value: str) -> None:
    if kind in ("spf", "exp"):
        zone.add(name, "TXT", value.strip())
        return
    for number, item in enumerate(part.strip() for part in value.split(",")):
        if kind == "ptr":
            zone.add(ip_address(name).reverse_pointer, "PTR", item.removesuffix("."))
            continue
        address = ip_address(item)
        rtype = "A" if address.version == 4 else "AAAA"
        host = name
        if kind == "mx":
            host = f"host{number}.{name}"
            zone.add(name, "MX", f"{number} {host}")
        zone.add(host, rtype, str(address))

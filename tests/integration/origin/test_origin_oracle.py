"""Origins of real mails against what their receiver itself noted, with every field that could tell taken away."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from meyasubako.mail.fields import split_fields
from meyasubako.mail.hosts import canonical_ip
from meyasubako.mail.received import parse_received
from meyasubako.mail.types import Limits
from meyasubako.origin import Origin, find_origin, load_trust

TELLING = (
    "x-sender-ip",
    "x-sid-",
    "authentication-results",
    "arc-",
    "received-spf",
    "x-ms-",
    "x-forefront-",
    "x-microsoft-",
)


@pytest.fixture(scope="module")
def judged(
    shared_data: Path, archive_mails: Callable[[str], Iterator[tuple[str, bytes]]]
) -> list[tuple[str, Origin]]:
    with (shared_data / "origin-oracle.tsv").open(encoding="utf-8", newline="") as file:
        noted = {row["path"]: row["x_sender_ip"] for row in csv.DictReader(file, delimiter="\t")}
    trust = load_trust()
    judged = []
    for path, raw in archive_mails("phishing-2019-2025"):
        if path not in noted:
            continue
        fields = [
            field for field in split_fields(raw, Limits())[0]
            if field.name.lower() == "received"
            or not (field.name.lower().startswith(TELLING) or noted[path].encode() in field.value)
        ]  # fmt: skip
        received = [
            parse_received(field.value, at)
            for at, field in enumerate(field for field in fields if field.name.lower() == "received")
        ]
        judged.append((noted[path], find_origin(received, fields=fields, trust=trust)))
    return judged


def test_right_where_answered(judged: list[tuple[str, Origin]]) -> None:
    assert len(judged) == 5_033
    answered = [(ip, origin) for ip, origin in judged if origin.ip is not None]
    right = sum(origin.ip == (canonical_ip(ip) or ip) for ip, origin in answered)
    assert right >= 0.99 * len(answered)
    assert len(answered) >= 0.98 * len(judged)


def test_lawful_lists_are_not_called_forged(
    archive_mails: Callable[[str], Iterator[tuple[str, bytes]]],
) -> None:
    trust, seen, forged = load_trust(), 0, 0
    for _, raw in archive_mails("mailing-lists-2019-2026"):
        received = [
            parse_received(field.value)
            for field in split_fields(raw, Limits())[0]
            if field.name.lower() == "received"
        ]
        origin = find_origin(received, trust=trust)
        seen += origin.ip is not None
        forged += origin.forged
    assert seen > 2_500
    assert forged <= 0.005 * seen

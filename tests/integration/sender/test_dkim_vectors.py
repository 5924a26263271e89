"""DKIM vectors: chasquid's golden tests (RFC 8463's own example among them) and real mails of mail-auth."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sender_vectors import Zone, text_zone, vectors

from meyasubako.mail.fields import split_fields
from meyasubako.sender import Rcode
from meyasubako.sender.dkim import Dkim, Status, verify

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CHASQUID = "chasquid-dkim/internal/dkim/testdata/"
STATES = {
    "SUCCESS": {Status.PASS},
    "TEMPFAIL": {Status.TEMPERROR},
    "PERMFAIL": {Status.FAIL, Status.PERMERROR, Status.NEUTRAL, Status.POLICY},
}


def check(raw: bytes, zone: Zone, now: datetime = NOW) -> tuple[Dkim, ...]:
    fields, body, _ = split_fields(raw)
    return verify(raw, fields, body, resolver=zone, now=now)


def chasquid_zone(text: str) -> Zone:
    """``name: record`` lines, a backslash folds; TEMPERROR and PERMERROR stand for failures."""
    zone = Zone()
    for line in text.replace("\\\n", "").splitlines():
        name, colon, record = line.partition(":")
        if colon:
            failures: dict[str, Rcode] = {"TEMPERROR": Rcode.SERVFAIL, "PERMERROR": Rcode.NXDOMAIN}
            record = record.strip()
            zone.add(name, "TXT", failures.get(record, record))
    return zone


def chasquid_cases() -> list[str]:
    stems = {
        path.removeprefix(CHASQUID).rpartition(".")[0] for path in vectors() if path.startswith(CHASQUID)
    }
    return sorted(stem for stem in stems if stem[:2].isdigit())


def nearest(stem: str, ending: str, first: str) -> bytes:
    """A case's own file, else the one it shares: the archive kept one copy of equal files."""
    files = vectors()
    return files.get(f"{CHASQUID}{stem}.{ending}") or files[f"{CHASQUID}{first}.{ending}"]


@pytest.mark.parametrize("stem", chasquid_cases())
def test_chasquid(stem: str) -> None:
    shared_zone = "08-our_signature" if stem.startswith("09") else "01-rfc8463"
    zone = chasquid_zone(nearest(stem, "dns", shared_zone).decode())
    results = check(nearest(stem, "msg", "01-rfc8463"), zone)
    if stem.startswith("03"):
        assert results == ()
        return
    wanted = json.loads(nearest(stem, "result", "01-rfc8463"))["Results"]
    assert len(results) == len(wanted)
    for result, row in zip(results, wanted, strict=True):
        assert result.status in STATES[row["State"]], result
        if row["Domain"]:
            assert (result.domain, result.selector) == (row["Domain"], row["Selector"])


def mail_auth_cases() -> list[Any]:
    return [
        pytest.param(text, id=path.rpartition("resources/")[2])
        for path, text in sorted(vectors().items())
        if path.startswith(("stalwart-mail-auth/resources/dkim/", "stalwart-mail-auth/resources/arc/"))
    ]


@pytest.mark.parametrize("text", mail_auth_cases())
def test_mail_auth(text: bytes, request: pytest.FixtureRequest) -> None:
    blank = b"\r\n\r\n" if b"\r\n\r\n" in text[:4000] else b"\n\n"
    head, _, raw = text.partition(blank)
    zone = text_zone(dict(line.strip().partition(" ")[::2] for line in head.decode().splitlines()))
    results = check(raw, zone, datetime(2022, 11, 8, tzinfo=UTC) if "005" in request.node.name else NOW)
    assert results
    for result in results:
        tampered = "arc/001" in request.node.name and result.domain == "stalw.art"
        assert result.status is (Status.FAIL if tampered else Status.PASS), result


@pytest.mark.parametrize("stem", ["01-rfc8463", "08-our_signature", "09-limited_body"])
def test_tampered_vectors_fail(stem: str) -> None:
    zone = chasquid_zone(nearest(stem, "dns", "08-our_signature").decode())
    raw = nearest(stem, "msg", "01-rfc8463")
    for old, new in (
        (b"Is dinner ready?", b"Is dinner burnt?"),
        (b"We lost", b"We lust"),
        (b"joe@", b"moe@"),
    ):
        changed = raw.replace(old, new)
        assert changed != raw
        assert all(result.status is Status.FAIL for result in check(changed, zone)), (old, new)

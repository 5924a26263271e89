"""``meyasu verify``: the same proof from a file of answers, from the tables, and from the DNS."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import typer
from loopback_dns import DnsServer
from test_dns_capture import BARE, MAIL, arriving, capture, records
from typer.testing import CliRunner

from meyasubako.cli import verify
from meyasubako.receivers import dns_capture
from meyasubako.tables import ARRIVALS_LAYOUT, DNS_ANSWERS_LAYOUT, EVIDENCE_LAYOUT, Home
from meyasubako.tables.table import Table

CONNECTION = ["--ip", "192.0.2.25", "--helo", "mail.shop.example.com", "--mail-from", "b@shop.example.com"]
WHEN = ["--received-at", "2026-09-01T03:00:00"]


def run(*arguments: str) -> Any:
    app = typer.Typer()
    app.command()(verify.command)
    return CliRunner().invoke(app, list(arguments))


def shown(*arguments: str) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def results(found: dict[str, Any]) -> list[str]:
    return [one["result"] for one in found["auth"].values()]


@pytest.fixture
def mail(tmp_path: Path, home: Path) -> Path:
    path = tmp_path / "mail.eml"
    path.write_bytes(MAIL)
    return path


def test_without_answers_it_says_so(mail: Path) -> None:
    found = shown(str(mail), *CONNECTION, *WHEN)
    assert results(found) == ["unasked", "unasked", "unasked", "none"]
    assert found["unasked"]
    assert found["forged"] == {"address": "unknown", "equipment": "unknown", "grounds": []}


def test_asked_once_and_proved_again(mail: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "answers.jsonl"
    with DnsServer(records()) as server:
        monkeypatch.setattr(
            dns_capture, "system_servers", lambda: (dns_capture.Server("127.0.0.1", server.port),)
        )
        live = shown(str(mail), "--ask", "--answers", str(kept), *CONNECTION, *WHEN)
    again = shown(str(mail), "--answers", str(kept), *CONNECTION, *WHEN)
    assert results(live) == ["pass", "pass", "pass", "none"]
    assert again == live
    assert live["forged"]["address"] == "genuine"
    assert live["unasked"] == []


def test_arrival_is_proved_from_the_tables(home: Path) -> None:
    with DnsServer(records()) as server:
        (captured,), _ = capture(server, [arriving(number=7)])
    sha256 = hashlib.sha256(MAIL).hexdigest()
    moment = datetime(2026, 9, 1, 3, 0, tzinfo=UTC)
    row: dict[str, Any] = dict.fromkeys(ARRIVALS_LAYOUT.schema.names)
    row |= {"arrival_id": "arrival-7", "sha256": sha256, "received_at": moment, "received_at_source": "clock"}
    row |= {"month": "2026-09", "channel": "monitor", "client_ip": "192.0.2.25"}
    row |= {"helo": "mail.shop.example.com", "envelope_from": "b@shop.example.com"}
    evidence = {"sha256": sha256, "raw": MAIL, "size": len(MAIL), "first_seen": moment}
    for layout, rows in (
        (ARRIVALS_LAYOUT, [row]),
        (EVIDENCE_LAYOUT, [evidence]),
        (DNS_ANSWERS_LAYOUT, [one._asdict() for one in captured.rows]),
    ):
        Table.open(Home.at(home), layout).append(pa.RecordBatch.from_pylist(rows, schema=layout.schema))
    found = shown("--arrival", "arrival-7")
    assert results(found) == ["pass", "pass", "pass", "none"]
    assert (found["ip"], found["unasked"]) == ("192.0.2.25", [])


def test_for_people(mail: Path) -> None:
    result = run(str(mail), *CONNECTION, *WHEN)
    assert result.exit_code == 0
    assert "spf" in result.output
    assert "sender information: address unknown, equipment unknown" in result.output


def test_claims_are_shown_as_claims(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "claimed.eml"
    path.write_bytes(
        b"Authentication-Results: mx.example.net; spf=pass smtp.mailfrom=shop.example.com\r\n" + BARE
    )
    assert shown(str(path), *WHEN)["claims"][0]["trusted"] is False
    assert shown(str(path), *WHEN, "--trusted", "MX.example.net")["claims"][0]["trusted"] is True


@pytest.mark.parametrize(
    ("text", "reason"), [("not json", "one JSON object a line"), ('{"name": 1}', "holds no DNS answers")]
)
def test_bad_answers_are_named(mail: Path, tmp_path: Path, text: str, reason: str) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text(text)
    result = run(str(mail), "--answers", str(bad))
    assert reason in str(result.exception)


def test_bad_input_is_named(tmp_path: Path, home: Path) -> None:
    assert "name either" in str(run().exception)
    assert "missing.eml" in str(run(str(tmp_path / "missing.eml")).exception)
    assert "no arrival" in str(run("--arrival", "nothing").exception)

"""`meyasu doctor`: fine where all is there, and one clear finding for each thing that is taken away."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from meyasubako.centre.audit import append_only
from meyasubako.centre.config import doctor, doctor_home, doctor_services, environment
from meyasubako.centre.config.doctor import Examined, Found, Level
from meyasubako.centre.config.listening import ports_keep
from meyasubako.centre.config.schedule import STEPS
from meyasubako.centre.config.scheduling import FOLDER
from meyasubako.centre.monitors.publishing import routes_publish
from meyasubako.engines.upkeep import keep_up
from meyasubako.engines.vitals import Vitals
from meyasubako.receivers.dns_capture import Server
from meyasubako.tables import ARRIVALS_LAYOUT, Home
from meyasubako.tables.seal_heads import publish_head
from meyasubako.tables.table import Table

NOW = datetime.now(UTC)


@pytest.fixture
def examined(tmp_path: Path, settings: Settings, field_key: Path, db: None) -> Examined:
    """A home in which everything is there."""
    home = Home.at(tmp_path / "home")
    settings.HOME = home.path
    environment.ensure_secret_key(home.path)
    keep_up(home)
    routes_publish(now=NOW)
    publish_head(home, now=NOW)
    (home.path / FOLDER).mkdir()
    for step in STEPS:
        ran = {"began": NOW.isoformat(), "seconds": 0.1, "done": 0, "error": None}
        (home.path / FOLDER / f"{step.name}.json").write_text(json.dumps(ran))
    return Examined(home, {"MEYASU_FIELD_KEY": str(field_key)}, NOW)


@pytest.fixture(autouse=True)
def quiet_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver and ports of which the test decides what they say."""
    monkeypatch.setattr(doctor_services, "system_servers", lambda: (Server("192.0.2.53", 53),))
    monkeypatch.setattr("dns.query.udp", lambda *_, **__: None)
    monkeypatch.setattr(doctor_services, "_answers", lambda port, web: None)


def test_a_home_in_order(examined: Examined) -> None:
    found = doctor.examine(examined)
    wrong = {name: one for name, one in found.items() if one.level is not Level.OK}
    # The clock and the table of networks are the machine's and the operator's; the tests' database lies in memory.
    assert set(wrong) <= {"clock", "geography", "database"}
    assert set(found) == set(doctor.checks())


def test_every_finding_says_what_to_do_in_both_languages(examined: Examined) -> None:
    for one in doctor.examine(examined).values():
        assert one.ja
        assert one.en
        assert bool(one.do_ja) == bool(one.do_en) == (one.level is not Level.OK)


def spoil_home(home: Home) -> None:
    home.path.chmod(0o755)


def spoil_keys(home: Home) -> None:
    (home.path / environment.KEY_FILE).chmod(0o644)


def lose_keys(home: Home) -> None:
    (home.path / environment.KEY_FILE).unlink()


def spoil_spool(home: Home) -> None:
    path = home.spool / "0.segment"
    path.write_bytes(b"x")
    os.utime(path, (NOW.timestamp() - 900, NOW.timestamp() - 900))


def spoil_damaged(home: Home) -> None:
    (home.report_spool / "0.damaged").write_bytes(b"x")


def spoil_routes(home: Home) -> None:
    (home.path / "routes.json").write_text('{"format": 1, "monitors": {}}')


def spoil_steps(home: Home) -> None:
    ran = {"began": NOW.isoformat(), "seconds": 0.1, "done": 0, "error": "StorageError"}
    (home.path / FOLDER / f"{STEPS[0].name}.json").write_text(json.dumps(ran))


def late_steps(home: Home) -> None:
    ran = {"began": (NOW - timedelta(days=1)).isoformat(), "seconds": 0.1, "done": 0, "error": None}
    (home.path / FOLDER / f"{STEPS[0].name}.json").write_text(json.dumps(ran))


def spoil_seals(home: Home) -> None:
    for path in (home.path / "seal-heads").iterdir():
        path.unlink()


def spoil_tables(home: Home) -> None:
    for path in (home.path / "tables" / "arrivals" / "_delta_log").iterdir():
        path.write_text("{")


@pytest.mark.parametrize(
    ("check", "level", "spoil"),
    [
        ("home", Level.WARN, spoil_home),
        ("keys", Level.FAIL, spoil_keys),
        ("keys", Level.FAIL, lose_keys),
        ("spool", Level.WARN, spoil_spool),
        ("damaged", Level.WARN, spoil_damaged),
        ("routes", Level.WARN, spoil_routes),
        ("steps", Level.WARN, spoil_steps),
        ("steps", Level.WARN, late_steps),
        ("seals", Level.WARN, spoil_seals),
        ("tables", Level.FAIL, spoil_tables),
    ],
)
def test_what_is_wrong_is_found(
    examined: Examined, check: str, level: Level, spoil: Callable[[Home], None]
) -> None:
    spoil(examined.home)
    found: Found = doctor.checks()[check](examined)
    assert found.level is level
    assert found.do_ja
    assert found.do_en


def test_a_follower_that_lags_is_found(examined: Examined) -> None:
    table = Table.open(examined.home, ARRIVALS_LAYOUT)
    row = {
        "arrival_id": "a",
        "sha256": "0" * 64,
        "received_at": NOW,
        "received_at_source": "clock",
        "month": "2026-04",
        "channel": "monitor",
    }
    table.append(
        table.layout.schema.empty_table().from_pylist([row], schema=table.layout.schema).to_batches()
    )
    entry = table.entry_path(table.version)
    assert Vitals(examined.home).lag()[0] == 1
    assert doctor_services.check_follower(examined).level is Level.OK
    os.utime(entry, (NOW.timestamp() - 900, NOW.timestamp() - 900))
    assert doctor_services.check_follower(examined).level is Level.WARN
    assert doctor_services.check_seals(examined).level is Level.WARN


def test_a_full_disk_is_found(examined: Examined, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, level in ((10**10, Level.OK), (10**9, Level.WARN), (10**8, Level.FAIL)):
        monkeypatch.setattr(Vitals, "disk_free", lambda _self, free=free: free)
        assert doctor_home.check_disk(examined).level is level


def test_an_audit_log_without_its_triggers_is_found(examined: Examined) -> None:
    append_only.remove(connection)
    try:
        assert doctor_services.check_audit(examined).level is Level.FAIL
    finally:
        append_only.install(connection)
    assert doctor_services.check_audit(examined).level is Level.OK


def test_resolver_and_ports(examined: Examined, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_services, "_answers", lambda port, web: web)
    found = doctor_services.check_ports(examined)
    assert found.level is Level.WARN
    assert "smtp 2525" in found.en
    ports_keep(examined.home.path, {"smtp": 2800, "staff": 8401})
    asked = doctor_services.check_ports(examined)
    assert "smtp 2800" in asked.en
    assert "lmtp 2424" in asked.en
    monkeypatch.setattr("dns.query.udp", lambda *_, **__: (_ for _ in ()).throw(OSError("timed out")))
    assert doctor_services.check_dns(examined).level is Level.WARN
    monkeypatch.setattr(doctor_services, "system_servers", lambda: ())
    assert "no resolver" in doctor_services.check_dns(examined).en


@pytest.mark.django_db
def test_a_folder_in_which_no_centre_was_started_is_not_called_damaged(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home.at(tmp_path / "new")
    settings.HOME = home.path
    monkeypatch.setitem(connection.settings_dict, "NAME", str(home.path / "centre.sqlite3"))
    monkeypatch.setattr(connection.introspection, "table_names", list)
    found = doctor.examine(Examined(home, {}, NOW))
    assert "nothing in" in found["home"].en
    assert found["home"].level is Level.FAIL
    assert set(found) == {"home", *doctor.OF_THE_MACHINE}
    (home.path / "tables").mkdir()
    assert "keys" in doctor.examine(Examined(home, {}, NOW))


def test_the_worst_counts() -> None:
    found = {name: Found(level, "", "") for name, level in (("a", Level.WARN), ("b", Level.OK))}
    assert doctor.worst(found) is Level.WARN
    assert doctor.worst({}) is Level.OK


def test_a_new_home_is_not_for_everybody(tmp_path: Path) -> None:
    assert stat.S_IMODE(Home.at(tmp_path / "new").path.stat().st_mode) & 0o007 == 0

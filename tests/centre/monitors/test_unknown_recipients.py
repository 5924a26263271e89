"""Attempts at names that do not exist: counted once, kept as they may be, and told by source."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from pytest_django import Settings

from meyasubako.centre.accounts.permissions import Denied
from meyasubako.centre.accounts.types import SYSTEM, Viewer
from meyasubako.centre.monitors import attempts, services, taking_up, unknown
from meyasubako.centre.monitors.entry import Entry
from meyasubako.centre.monitors.models import ReadFile, UnknownAttempt
from meyasubako.receivers.unknown import Attempt, Tally

TOKYO = ZoneInfo("Asia/Tokyo")
HOUR = datetime(2026, 4, 1, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    return tmp_path


@pytest.fixture
def decoy(db: None, now: datetime) -> None:
    services.monitor_add(entry=Entry("t", "t@decoy.example", "pc", decoy=True), by=SYSTEM, now=now)


def refusal(name: str, minute: int = 0, domain: str = "decoy.example", ip: str = "192.0.2.9") -> str:
    return (
        f"Apr  1 12:{minute:02d}:00 mx1 postfix/smtpd[8]: NOQUEUE: reject: RCPT from unknown[{ip}]: 550 5.1.1 "
        f"<{name}@{domain}>: Recipient address rejected: User unknown in virtual mailbox table; "
        f"from=<x@spam.example> to=<{name}@{domain}> proto=ESMTP helo=<pc>\n"
    )


def log(folder: Path, *lines: str, name: str = "mail.log") -> Path:
    path = folder / name
    path.write_text("Apr  1 11:00:00 mx1 postfix/master[1]: daemon started\n" + "".join(lines))
    os.utime(path, (HOUR.timestamp() + 9000,) * 2)
    return path


def read(path: Path, now: datetime) -> taking_up.LogRead:
    return taking_up.log_take_up(path, zone=TOKYO, now=now + timedelta(days=1))


def total() -> int:
    return sum(UnknownAttempt.objects.values_list("count", flat=True))


@pytest.mark.django_db
def test_a_log_is_counted_by_hour_source_and_name(decoy: None, folder: Path, now: datetime) -> None:
    done = read(log(folder, refusal("a1"), refusal("a1", 5), refusal("b2"), "Apr  1 12:00:00 x y: z\n"), now)
    assert (done.lines, done.attempts, done.known_bytes) == (5, 3, 0)
    rows = {row.name: row for row in UnknownAttempt.objects.all()}
    assert {name: row.count for name, row in rows.items()} == {"a1": 2, "b2": 1}
    row = rows["a1"]
    assert (row.hour, row.month, row.source, row.helo, row.from_domain, row.domain, row.origin) == (
        HOUR, "2026-04", "192.0.2.9", "pc", "spam.example", "decoy.example", "log",
    )  # fmt: skip


@pytest.mark.django_db
def test_nothing_is_counted_twice_when_a_log_comes_again_grows_turns_or_is_packed(
    decoy: None, folder: Path, now: datetime
) -> None:
    path = log(folder, *(refusal(f"n{number}") for number in range(10)))
    read(path, now)
    assert read(path, now).attempts == 0
    with path.open("a") as file:
        file.write(refusal("more") + refusal("torn")[:40])
    grown = read(path, now)
    assert (grown.attempts, grown.known_bytes > 0, total()) == (1, True, 11)
    with path.open("a") as file:
        file.write(refusal("torn")[40:])
    assert read(path, now).attempts == 1
    turned = path.rename(folder / "mail.log.1")
    assert read(turned, now).attempts == 0
    for packer, ending in ((gzip.compress, "gz"), (bz2.compress, "bz2"), (lzma.compress, "xz")):
        packed = folder / f"mail.log.2.{ending}"
        packed.write_bytes(packer(turned.read_bytes()))
        assert read(packed, now).attempts == 0
    older = folder / "copy.log"
    older.write_bytes(turned.read_bytes()[: turned.stat().st_size // 2])
    assert read(older, now).attempts == 0
    assert total() == 12
    fresh = folder / "fresh.log"
    fresh.write_text("Apr  2 00:00:00 mx1 postfix/master[1]: reloaded\n" + refusal("fresh", 7))
    assert read(fresh, now).attempts == 1


@pytest.mark.django_db
def test_another_log_with_the_same_first_line_is_another_log(
    decoy: None, folder: Path, now: datetime
) -> None:
    assert read(log(folder, refusal("a")), now).attempts == 1
    assert read(log(folder, refusal("b"), refusal("c"), name="other.log"), now).attempts == 2
    assert read(folder / "mail.log", now).attempts == 0
    assert total() == 3


@pytest.mark.django_db
def test_a_reading_that_dies_goes_on_where_its_last_commit_was(
    decoy: None, folder: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_up, "STRETCH_ATTEMPTS", 3)
    path = log(folder, *(refusal(f"n{number}") for number in range(10)))

    def die(_path: Path, _read: int, attempts: int) -> None:
        if attempts >= 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        taking_up.log_take_up(path, zone=TOKYO, now=now + timedelta(days=1), progress=die)
    assert total() == 6
    assert read(path, now).attempts == 4
    assert total() == 10
    assert ReadFile.objects.filter(kind="log").count() == 1


@pytest.mark.django_db
def test_what_receivers_counted_is_taken_up_once_and_removed_when_it_is_over(
    decoy: None, folder: Path, now: datetime
) -> None:
    spool = folder / "home" / "unknown"
    spool.mkdir()
    tally = Tally(spool)
    for name in ("x1", "x1", "x2"):
        tally.add(
            f"{name}@decoy.example",
            client_ip="192.0.2.9",
            helo="pc",
            envelope_from="a@spam.example",
            now=HOUR,
        )
    tally.write(tally.take(), HOUR)
    assert taking_up.step_unknown_take_up(HOUR) == 3
    assert taking_up.step_unknown_take_up(HOUR) == 0
    tally.add("x1@decoy.example", client_ip="192.0.2.9", helo="pc", envelope_from="a@spam.example", now=HOUR)
    tally.write(tally.take(), HOUR)
    assert taking_up.step_unknown_take_up(HOUR) == 1
    assert {row.name: row.count for row in UnknownAttempt.objects.all()} == {"x1": 3, "x2": 1}
    assert list(spool.iterdir())
    assert taking_up.step_unknown_take_up(HOUR + timedelta(hours=4)) == 0
    assert not list(spool.iterdir())


@pytest.mark.django_db
def test_lines_that_are_none_and_the_torn_end_stop_nothing(folder: Path) -> None:
    spool = folder / "home" / "unknown"
    spool.mkdir()
    good = {
        "hour": "2026-04-01T03:00:00Z", "client_ip": None, "helo": None, "from_domain": None,
        "domain": "decoy.example", "local_part": None, "count": 5,
    }  # fmt: skip
    wrong: list[object] = [
        {**good, "count": 0}, {**good, "count": True}, {**good, "hour": "x"}, {**good, "domain": ""},
        {**good, "helo": 1}, [], None, {**good, "hour": "2026-04-01T03:00:00"},
    ]  # fmt: skip
    lines = [*map(json.dumps, wrong), "{", json.dumps(good)]
    (spool / "2026-04-01T03Z.0a0a0a0a.jsonl").write_text("\n".join(lines) + '\n{"hour"')
    assert taking_up.step_unknown_take_up(HOUR) == 5
    row = UnknownAttempt.objects.get()
    assert (row.source, row.name, row.name_key) == (None, "", "")


@pytest.mark.django_db
def test_a_name_where_people_are_lies_sealed_and_is_shown_by_its_shape(
    decoy: None, folder: Path, now: datetime
) -> None:
    read(
        log(
            folder, *(refusal(f"secret{n:03d}", domain="people.example") for n in range(9)), refusal("open1")
        ),
        now,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM monitors_unknownattempt")
        assert "secret" not in str(
            [[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in cursor]
        )
    told = unknown.unknown_recipients(SYSTEM, month="2026-04")
    source = told.sources[0]
    assert (source.names, source.generated, source.kinds) == (10, 9, {"sequence": 9})
    assert "secret" not in json.dumps(told.as_json())
    assert "secret" not in unknown.unknown_sheet(told).decode()
    assert {one.shown for one in source.examples} == {"aaaaaa999", "open1"}
    assert [code for one in source.examples for code, *_ in one.reasons].count("sequence") == 2


@pytest.mark.django_db
def test_sources_are_told_with_what_they_tried(decoy: None, folder: Path, now: datetime) -> None:
    lines = [refusal(f"taro{number:03d}", number % 60) for number in range(40)]
    lines += [refusal("tanaka.hanako", ip="198.51.100.7")]
    read(log(folder, *lines), now)
    told = unknown.unknown_recipients(SYSTEM, month="2026-04")
    assert [one.source for one in told.sources] == ["192.0.2.9", "198.51.100.7"]
    first = told.sources[0]
    assert (first.names, first.generated, first.attempts) == (40, 40, 40)
    assert (first.first, first.last, first.domains, first.from_domains) == (
        HOUR, HOUR, ("decoy.example",), ("spam.example",),
    )  # fmt: skip
    assert "taro000 to taro039" in first.examples[0].reasons[0][1]
    assert (told.attempts, told.names, told.generated, told.total_sources) == (41, 41, 40, 2)
    assert unknown.unknown_recipients(SYSTEM, month="2026-03").sources == ()
    assert unknown.months_with_attempts(SYSTEM) == (("2026-04", 41),)
    assert unknown.unknown_recipients(SYSTEM, source="198.51.100.7").total_sources == 1
    assert unknown.unknown_recipients(SYSTEM, limit=1).total_sources == 2


@pytest.mark.django_db
def test_who_may_not_see_monitors_sees_none_of_it(viewers: dict[str, Viewer]) -> None:
    for role in ("reader", "identity_reader", "auditor", "nobody"):
        with pytest.raises(Denied):
            unknown.unknown_recipients(viewers[role])
        with pytest.raises(Denied):
            unknown.months_with_attempts(viewers[role])


@pytest.mark.django_db
def test_rows_go_after_their_retention(decoy: None, now: datetime, settings: Settings) -> None:
    settings.UNKNOWN_DAYS = 30
    counts = Counter({Attempt(HOUR, "192.0.2.9", None, None, "decoy.example", "x"): 2})
    owner = UnknownAttempt._meta.get_field("organisation").related_model.objects.get().pk
    attempts.attempts_add(counts, origin="log", owner=owner, decoys=frozenset())
    assert attempts.step_attempts_forget(HOUR + timedelta(days=29)) == 0
    assert attempts.step_attempts_forget(HOUR + timedelta(days=31)) == 1
    assert not UnknownAttempt.objects.exists()


@pytest.mark.django_db
def test_claims_of_a_client_are_kept_short_and_do_nothing(decoy: None, now: datetime) -> None:
    wild = Attempt(HOUR, "::ffff:192.0.2.9", "\x1b[2J" + "h" * 400, "d" * 400, "decoy.example", "n\0" * 200)
    owner = UnknownAttempt._meta.get_field("organisation").related_model.objects.get().pk
    attempts.attempts_add(Counter({wild: 1}), origin="log", owner=owner, decoys=frozenset({"decoy.example"}))
    row = UnknownAttempt.objects.get()
    assert row.source == "192.0.2.9"
    assert len(row.helo) == len(row.from_domain) == len(row.name) == 255
    assert row.helo.isprintable()
    assert row.name.isprintable()

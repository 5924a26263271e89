"""The law's data: every version loads, breaks of the schema are named, days pick the right version."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from meyasubako.law import LawDataError, day_of_law, load_regime, regime_names
from meyasubako.law.checks import CHECKS
from meyasubako.law.schema import RULE_VALUES, build_version, merged_tables, read_version
from meyasubako.law.types import Certainty
from meyasubako.law.words import CHECK_WORDS, VERDICT_WORDS, Verdict


def test_japan_has_its_five_versions() -> None:
    assert [version.name for version in load_regime("jp").versions] == [
        "2002-07-01", "2005-11-01", "2008-12-01", "2009-09-01", "2025-06-01",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2002-06-30", None), ("2002-07-01", "2002-07-01"), ("2005-10-31", "2002-07-01"), ("2005-11-01", "2005-11-01"),
        ("2008-11-30", "2005-11-01"), ("2008-12-01", "2008-12-01"), ("2009-08-31", "2008-12-01"),
        ("2009-09-01", "2009-09-01"), ("2025-05-31", "2009-09-01"), ("2025-06-01", "2025-06-01"), ("2030-01-01", "2025-06-01"),
    ],
)  # fmt: skip
def test_the_version_in_force(day: str, name: str | None) -> None:
    version = load_regime("jp").on(date.fromisoformat(day))
    assert (version.name if version else None) == name


def test_versions_end_where_the_next_begins() -> None:
    regime = load_regime("jp")
    assert regime.last_day(regime.versions[0]) == date(2005, 10, 31)
    assert regime.last_day(regime.versions[-1]) is None


def test_what_each_version_asks_for() -> None:
    rules = {version.name: set(version.rules) for version in load_regime("jp").versions}
    assert "forged_sender" not in rules["2002-07-01"]
    assert "consent" not in rules["2005-11-01"]
    assert "subject_marker" not in rules["2008-12-01"]
    assert rules["2008-12-01"] == rules["2009-09-01"] == rules["2025-06-01"]


def test_every_datum_names_a_source_and_a_certainty() -> None:
    for name in regime_names():
        for version in load_regime(name).versions:
            data = [
                *version.rules.values(), *(rule.place for rule in version.rules.values() if rule.place),
                *version.penalties.values(), *version.retention.values(), *version.deadlines.values(),
            ]  # fmt: skip
            for datum in data:
                assert datum.source in version.sources
                assert isinstance(datum.certainty, Certainty)
                assert datum.certainty is Certainty.UNV or datum.source != "memory"


def test_checks_rules_and_words_go_together() -> None:
    assert set(CHECKS) == set(RULE_VALUES)
    assert set(CHECKS) <= set(CHECK_WORDS)
    assert set(VERDICT_WORDS) == set(Verdict)
    folder = Path(__file__).resolve().parents[3] / "src" / "meyasubako" / "law" / "checks"
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == set(CHECKS)


def tables() -> dict[str, object]:
    return merged_tables("jp", "2025-06-01", ())


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("rules", "consent", "certainty"), "SURE", "unknown certainty"),
        (("rules", "consent", "source"), "hearsay", "unknown source"),
        (("rules", "consent", "bases"), "consent", "is not a list"),
        (("rules", "consent", "colour"), "red", "unknown keys"),
        (("rules", "astrology"), {}, "is no check"),
        (("rules", "label_name", "place", "where"), "nowhere", "unknown where"),
        (("penalties", "forged", "prison_months"), None, "together"),
        (("penalties", "forged", "fine"), "much", "is not a int"),
        (("retention", "asct", "unit"), "moon", "unknown unit"),
        (("retention", "asct", "amount"), None, "lacks"),
        (("rules", "consent", "note_ja"), None, "note and note_ja together"),
        (("sources", "act", "seen_ja"), None, "lacks"),
        (("title",), {"ja": "x"}, "title needs"),
        (("version",), "yesterday", "is not a day"),
    ],
)
def test_a_break_of_the_schema_is_named(path: tuple[str, ...], value: object, said: str) -> None:
    broken = tables()
    place = broken
    for key in path[:-1]:
        place[key] = dict(place[key])  # type: ignore[call-overload]
        place = place[key]  # type: ignore[assignment]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    with pytest.raises(LawDataError, match=said):
        build_version("jp/test.toml", broken)


def test_unknown_regimes_and_versions_are_refused() -> None:
    with pytest.raises(LawDataError, match="no such regime"):
        load_regime("atlantis")
    with pytest.raises(LawDataError, match="no such version"):
        read_version("jp", "1999-01-01")


JST = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("sent", "received", "day", "source"),
    [
        ("2025-05-31T23:59:00+09:00", "2025-06-01T00:10:00+09:00", "2025-05-31", "date"),
        ("2025-05-30T00:10:00+09:00", "2025-06-01T00:10:00+09:00", "2025-05-30", "date"),
        ("2025-05-30T00:09:59+09:00", "2025-06-01T00:10:00+09:00", "2025-06-01", "received_at"),
        ("2025-06-03T00:10:00+09:00", "2025-06-01T00:10:00+09:00", "2025-06-03", "date"),
        ("2025-06-01T00:00:00", "2025-06-01T00:10:00+09:00", "2025-06-01", "received_at"),
        ("2025-05-31T15:30:00+00:00", "2025-05-31T15:40:00+00:00", "2025-06-01", "date"),
        (None, "2025-05-31T15:30:00+00:00", "2025-06-01", "received_at"),
    ],
)
def test_the_day_of_the_law(sent: str | None, received: str, day: str, source: str) -> None:
    moment = datetime.fromisoformat(sent) if sent else None
    answer = day_of_law(moment, datetime.fromisoformat(received))
    assert (answer.day.isoformat(), answer.source) == (day, source)


@pytest.mark.parametrize("theirs", [-12, -5.5, 0, 5.75, 9, 14])
@pytest.mark.parametrize("ours", [-8, 0, 9])
def test_a_day_is_that_of_the_regimes_clock(theirs: float, ours: float) -> None:
    zone = timezone(timedelta(hours=ours))
    for hour in range(24):
        moment = datetime(2024, 2, 29, hour, 59, tzinfo=timezone(timedelta(hours=theirs)))
        assert day_of_law(None, moment, zone=zone).day == moment.astimezone(zone).date()


def test_days_at_the_edge_of_the_calendar() -> None:
    edge = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    assert day_of_law(None, datetime(2025, 1, 1, tzinfo=UTC), zone=JST).source == "received_at"
    assert day_of_law(edge, datetime(2025, 1, 1, tzinfo=UTC)).source == "received_at"

"""What is said about an ingest, before any mail is read: checks, classes from the routes, notices."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from meyasubako.errors import MeyasuError, UsageError
from meyasubako.receivers.batch import Intake
from meyasubako.receivers.ingest import _checked_time, _intake_of, ingest


def routes(home: Path) -> None:
    monitors = {"k": {"class": "mobile", "carrier": "Example"}}
    (home / "routes.json").write_text(json.dumps({"format": 1, "monitors": monitors}))


def test_class_and_carrier_come_from_the_routes(tmp_path: Path) -> None:
    routes(tmp_path)
    said = Intake("monitor", "k", None, None)
    assert _intake_of(tmp_path, said) == (Intake("monitor", "k", "mobile", "Example"), ())


def test_the_carrier_that_is_said_wins_over_the_routes(tmp_path: Path) -> None:
    routes(tmp_path)
    said = Intake("monitor", "k", "mobile", "Other")
    assert _intake_of(tmp_path, said) == (said, ())


def test_a_monitor_has_the_class_it_is_registered_with(tmp_path: Path) -> None:
    routes(tmp_path)
    with pytest.raises(UsageError, match="registered as mobile"):
        _intake_of(tmp_path, Intake("monitor", "k", "pc", None))


def test_an_unknown_monitor_is_a_pc_with_a_notice(tmp_path: Path) -> None:
    filled, notices = _intake_of(tmp_path, Intake("monitor", "x", None, None))
    assert filled.monitor_class == "pc"
    assert "--monitor-class" in notices[0][0]
    assert "x" in notices[0][1]


def test_other_channels_need_no_class(tmp_path: Path) -> None:
    for channel in ("archive", "report"):
        said = Intake(channel, None, None, None)
        assert _intake_of(tmp_path, said) == (said, ())


@pytest.mark.parametrize(
    "said",
    [
        Intake("partner", None, None, None),
        Intake("monitor", "x", "tablet", None),
        Intake("archive", None, None, None, report_id="r"),
    ],
)
def test_values_that_make_no_sense(tmp_path: Path, said: Intake) -> None:
    with pytest.raises(UsageError):
        _intake_of(tmp_path, said)


def test_time_given_is_taken_to_utc_and_must_be_possible() -> None:
    said = datetime.fromisoformat("2026-02-01T09:00:00+09:00")
    assert _checked_time(said) == datetime(2026, 2, 1, tzinfo=UTC)
    assert _checked_time(None) is None
    for wrong in ("2026-02-01T09:00:00", "1989-12-31T00:00:00Z", "2999-01-01T00:00:00Z"):
        with pytest.raises(UsageError, match="--received-at"):
            _checked_time(datetime.fromisoformat(wrong))


def test_a_missing_path_leaves_the_home_alone(tmp_path: Path) -> None:
    with pytest.raises(MeyasuError, match="no such file"):
        ingest([tmp_path / "nothing"], home=tmp_path / "home")
    assert not (tmp_path / "home").exists()

"""The scheduler: each step when it is due, alone, and in no other's way."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from meyasubako.centre.config import scheduling
from meyasubako.centre.config.schedule import STEPS, Step
from meyasubako.centre.config.scheduling import Scheduler, last_run, run_step
from meyasubako.errors import StorageError, UnavailableError
from meyasubako.tables import Home
from meyasubako.tables.leases import exclusive

HERE = "test_config_scheduling"
calls: list[str] = []


def step_counts(now: datetime) -> int:
    assert now.tzinfo is UTC
    calls.append("counts")
    return 7


def step_refuses(_now: datetime) -> int:
    raise StorageError("table", "of taro@example.jp refused")


def step_waits(_now: datetime) -> int:
    raise UnavailableError("readers", "held by another process")


def step_breaks(_now: datetime) -> int:
    raise ZeroDivisionError


def step_is_slow(_now: datetime) -> int:
    calls.append("slow")
    time.sleep(0.6)
    return 1


def step(name: str, every: int = 3600) -> Step:
    return Step(name.replace("_", "-"), every, f"{HERE}:step_{name}")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    calls.clear()
    return Home.at(tmp_path / "home")


def test_every_step_of_the_list_can_be_loaded() -> None:
    assert len({one.name for one in STEPS}) == len(STEPS)
    for one in STEPS:
        assert callable(one.load())
        assert one.every_seconds >= 5


def test_what_a_step_did_is_written_down(home: Home) -> None:
    assert last_run(home, step("counts")) is None
    ran = run_step(home, step("counts"))
    assert ran is not None
    assert (ran.done, ran.error) == (7, None)
    assert last_run(home, step("counts")) == ran


@pytest.mark.parametrize(
    ("name", "error"),
    [("refuses", "StorageError"), ("waits", "UnavailableError"), ("breaks", "ZeroDivisionError")],
)
def test_a_step_that_fails_stops_nobody(
    home: Home, name: str, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        done = Scheduler(home, [step(name), step("counts")]).run_all()
    failed, counted = done[name], done["counts"]
    assert failed is not None
    assert counted is not None
    assert (failed.error, counted.error) == (error, None)
    assert "step" in caplog.text


def test_a_step_at_work_elsewhere_is_left_alone(home: Home) -> None:
    with exclusive(home, "schedule-counts"):
        assert run_step(home, step("counts")) is None
    assert calls == []


def test_steps_run_when_due_and_beside_a_slow_one(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduling, "TURN_SECONDS", 0.02)
    stop = threading.Event()
    scheduler = Scheduler(home, [step("is_slow", 0), step("counts", 0), step("refuses", 3600)])
    thread = threading.Thread(target=scheduler.run, args=(stop,))
    thread.start()
    time.sleep(0.5)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert calls.count("slow") == 1
    assert calls.count("counts") >= 3
    slow = last_run(home, step("is_slow"))
    assert slow is not None
    assert slow.done == 1

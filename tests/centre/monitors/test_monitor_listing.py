"""``meyasu monitor list``: the register as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from django.utils import translation
from pytest_django import Settings
from typer.testing import CliRunner

from meyasubako.centre.accounts.types import SYSTEM
from meyasubako.centre.monitors import services
from meyasubako.centre.monitors.entry import Entry
from meyasubako.cli import monitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english_for_one_test(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.setenv("MEYASU_HOME", str(tmp_path))
    settings.HOME = tmp_path
    language = translation.get_language()
    yield
    translation.activate(language)


def listed(*options: str) -> list[str]:
    result = CliRunner().invoke(monitor.command, ["list", *options])
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


def test_only_what_is_known_of_a_monitor_is_told(now: datetime) -> None:
    plain = Entry("a", "*@all.example", "mobile")
    dated = replace(
        plain, name="b", address="b@decoy.example", since=date(2020, 4, 1), carrier="Example Net", decoy=True
    )
    for entry in (plain, dated, replace(dated, name="c", address="c@decoy.example", until=date(2021, 3, 31))):
        services.monitor_add(entry=entry, by=SYSTEM, now=now)
    assert listed() == [
        "a  mobile  in service  *@all.example",
        "b  mobile  in service  b@decoy.example, from 2020-04-01, Example Net, decoy domain",
        "c  mobile  retired     c@decoy.example, from 2020-04-01 to 2021-03-31, Example Net, decoy domain",
    ]


def test_a_choice_that_leaves_nobody_does_not_say_that_every_address_is_taken(now: datetime) -> None:
    assert listed() == ["No monitors: receivers take mail for every address."]
    assert listed("--state", "retired") == ["No such monitors."]

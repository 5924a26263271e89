"""The routes snapshot: what it says, and that a wrong one is an error in one line."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from meyasubako.errors import MeyasuError
from meyasubako.receivers.routes import Destination, Route, Routes, RoutesWatch, load_routes, read_routes


def test_no_snapshot_is_no_route(tmp_path: Path) -> None:
    assert load_routes(tmp_path) == {}


def test_classes_and_carriers_by_name(tmp_path: Path) -> None:
    monitors = {"東京": {"class": "pc", "carrier": "Example"}, "k": {"class": "mobile", "later": 1}}
    (tmp_path / "routes.json").write_text(json.dumps({"format": 1, "monitors": monitors, "reports": {}}))
    assert load_routes(tmp_path) == {"東京": Route("pc", "Example"), "k": Route("mobile", None)}


@pytest.mark.parametrize(
    "document",
    [
        "{",
        [],
        {"format": 2, "monitors": {}},
        {"format": 1},
        {"format": 1, "monitors": {"a": {"class": "tablet"}}},
        {"format": 1, "monitors": {"a": "pc"}},
        {"format": 1, "monitors": {"a": {"class": "pc", "carrier": 5}}},
        {"format": 1, "monitors": {"a": {"class": "pc", "from": "yesterday"}}},
        {"format": 1, "monitors": {"a": {"class": "pc", "to": 5}}},
        {"format": 1, "monitors": {}, "recipients": []},
        {"format": 1, "monitors": {}, "recipients": {"a@decoy.example": {"monitor": "gone"}}},
        {"format": 1, "monitors": {}, "recipients": {"a@decoy.example": {}}},
        {"format": 1, "monitors": {}, "catch_all": {"decoy.example": {"monitor": ["x"]}}},
        {"format": 1, "monitors": {}, "decoy_domains": "decoy.example"},
    ],
)
def test_wrong_snapshots_name_the_file(tmp_path: Path, document: Any) -> None:
    (tmp_path / "routes.json").write_text(document if isinstance(document, str) else json.dumps(document))
    with pytest.raises(MeyasuError, match=r"routes\.json"):
        load_routes(tmp_path)


SNAPSHOT = {
    "format": 1,
    "monitors": {
        "tokyo-1": {"class": "pc", "carrier": None, "from": "2026-04-01", "to": "2026-04-30"},
        "keitai": {"class": "mobile", "carrier": "Example"},
    },
    "recipients": {
        "Taro@decoy.example": {"monitor": "tokyo-1"},
        "report@centre.example": {"report": True},
    },
    "catch_all": {"all.example": {"monitor": "keitai"}},
    "decoy_domains": ["Decoy.example"],
}
DAY = date(2026, 4, 1)


@pytest.fixture
def routes(tmp_path: Path) -> Routes:
    (tmp_path / "routes.json").write_text(json.dumps(SNAPSHOT))
    return read_routes(tmp_path)


@pytest.mark.parametrize(
    ("address", "day", "found"),
    [
        ("TARO@Decoy.Example", DAY, Destination("tokyo-1")),
        ("taro@decoy.example", date(2026, 3, 31), None),
        ("taro@decoy.example", date(2026, 4, 30), Destination("tokyo-1")),
        ("taro@decoy.example", date(2026, 5, 1), None),
        ("anybody@all.example", DAY, Destination("keitai")),
        ("report@centre.example", DAY, Destination(None)),
        ("jiro@decoy.example", DAY, None),
        ("taro@elsewhere.example", DAY, None),
        ("postmaster", DAY, None),
    ],
)
def test_where_an_address_leads(routes: Routes, address: str, day: date, found: Destination | None) -> None:
    assert routes.find(address, day) == found


def test_what_is_counted_and_what_is_ours(routes: Routes) -> None:
    assert routes.is_decoy("jiro@decoy.EXAMPLE")
    assert not routes.is_decoy("taro@decoy.example")
    assert not routes.is_decoy("jiro@centre.example")
    assert [routes.is_ours(f"x@{name}.example") for name in ("decoy", "centre", "all", "other")] == [
        True
    ] * 3 + [False]
    assert not routes.takes_every_address


def test_without_monitors_every_address_is_taken_but_reports_stay_reports() -> None:
    assert Routes().takes_every_address
    assert Routes(recipients={"report@centre.example": Destination(None)}).takes_every_address
    assert not Routes(catch_all={"all.example": Destination("keitai")}).takes_every_address
    assert not Routes(decoy_domains=frozenset({"decoy.example"})).takes_every_address


def test_a_new_snapshot_is_read_and_a_wrong_one_leaves_the_old(tmp_path: Path) -> None:
    watch = RoutesWatch(tmp_path)
    assert not watch.refresh()
    (tmp_path / "new").write_text(json.dumps(SNAPSHOT))
    (tmp_path / "new").rename(tmp_path / "routes.json")
    assert watch.refresh()
    assert watch.routes.find("taro@decoy.example", DAY) == Destination("tokyo-1")
    (tmp_path / "routes.json").write_text("{")
    with pytest.raises(MeyasuError):
        watch.refresh()
    assert not watch.refresh()
    assert not watch.routes.takes_every_address

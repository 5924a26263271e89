"""The routes snapshot: what it says, and that a wrong one is an error in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from meyasubako.errors import MeyasuError
from meyasubako.receivers.routes import Route, load_routes


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
    ],
)
def test_wrong_snapshots_name_the_file(tmp_path: Path, document: Any) -> None:
    (tmp_path / "routes.json").write_text(document if isinstance(document, str) else json.dumps(document))
    with pytest.raises(MeyasuError, match=r"routes\.json"):
        load_routes(tmp_path)

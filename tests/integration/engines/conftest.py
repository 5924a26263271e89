from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from plain_analysis import PlainEngine

from meyasubako.tables import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


@pytest.fixture
def engine() -> Iterator[PlainEngine]:
    engine = PlainEngine()
    yield engine
    engine.close()

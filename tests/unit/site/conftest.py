"""The public site over the made-up figures of the corpus."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from meyasubako.centre.config.prepare import compile_catalogues
from meyasubako.centre.site_public import source
from meyasubako.centre.site_public.figures import FileSource, Library

FIGURES = Path(__file__).resolve().parents[2] / "corpus" / "site" / "figures.json"


@pytest.fixture(scope="session", autouse=True)
def catalogues() -> None:
    """The texts of both languages, compiled."""
    compile_catalogues()


@pytest.fixture
def months() -> list[dict[str, Any]]:
    """The figures as `meyasu figures --json` prints them."""
    value: list[dict[str, Any]] = json.loads(FIGURES.read_text("utf-8"))
    return value


@pytest.fixture
def plain_files(settings: Settings, tmp_path: Path) -> None:
    """Static addresses without a collected folder."""
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@pytest.fixture
def site(plain_files: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site over the figures of the corpus."""
    library = Library(FileSource(FIGURES))
    monkeypatch.setattr(source, "library", lambda: library)


@pytest.fixture
def empty_site(plain_files: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The site before anything came in."""
    (tmp_path / "none.json").write_text("[]")
    library = Library(FileSource(tmp_path / "none.json"))
    monkeypatch.setattr(source, "library", lambda: library)

"""Fixtures every test may use: the real mail kept outside the project, and a clean data folder."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real mail (``MEYASU_SHARED_DATA``, else ``../shared/data``); a missing one is a failure."""
    folder = Path(os.environ.get("MEYASU_SHARED_DATA") or ROOT.parent / "shared" / "data")
    assert (folder / "MANIFEST.tsv").is_file(), f"{folder}: the archives of real mail are not there"
    return folder


@pytest.fixture(scope="session")
def archive_mails(shared_data: Path) -> Callable[[str], Iterator[tuple[str, bytes]]]:
    """``archive_mails(name)`` yields (path, bytes) of every file in ``<name>.tar.xz``, as it lies there."""

    def mails(name: str) -> Iterator[tuple[str, bytes]]:
        with tarfile.open(shared_data / f"{name}.tar.xz", "r|xz") as archive:
            for member in archive:
                handle = archive.extractfile(member) if member.isfile() else None
                if handle is not None:
                    yield member.name, handle.read()

    return mails


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, named by ``MEYASU_HOME``."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("MEYASU_HOME", str(folder))
    return folder

"""Has our modules imported from their sources: a compiled one shows a coverage-guided fuzzer no branch (ADR 10)."""

from __future__ import annotations

import sys
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader
from pathlib import Path

SOURCES = str(Path(__file__).resolve().parents[2] / "src")


def _plain_finder(path: str) -> FileFinder:
    if not path.startswith(SOURCES):
        raise ImportError(path)
    return FileFinder(path, (SourceFileLoader, SOURCE_SUFFIXES))


def import_sources() -> None:
    """From now on; call it before anything of ours is imported."""
    sys.path_hooks.insert(0, _plain_finder)
    sys.path_importer_cache.clear()

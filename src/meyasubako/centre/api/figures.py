"""The month's figures for programs: what ``meyasu figures --json`` says, read once per version of the tables.

The table library is imported with the first question, inside the serving process: it must not be loaded in a process
that forks afterwards.
"""

from __future__ import annotations

import json
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.conf import settings

from meyasubako.errors import StorageError

if TYPE_CHECKING:
    from meyasubako.engines.figures import FigureBook

FRESH_SECONDS = 5.0


class FigureShelf:
    """The figures of the data folder, or of the file that the site is told to serve. For many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._book: FigureBook | None = None
        self._version = ""
        self._months: list[dict[str, Any]] = []
        self._looked = -FRESH_SECONDS

    def months(self) -> list[dict[str, Any]]:
        """Every month, oldest first. Raises StorageError."""
        with self._lock:
            if monotonic() - self._looked >= FRESH_SECONDS:
                self._refresh()
                self._looked = monotonic()
            return self._months

    def _refresh(self) -> None:
        if settings.FIGURES_FILE:
            self._months = _months_of_file(Path(settings.FIGURES_FILE))
            return
        if self._book is None:
            from meyasubako.engines.figures import FigureBook
            from meyasubako.engines.local import LocalEngine
            from meyasubako.tables.home import Home

            self._book = FigureBook(Home.at(settings.HOME), LocalEngine(workers=1))
        version = self._book.version()
        if version != self._version:
            self._months = list(self._book.months())
            self._version = version


def _months_of_file(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_text("utf-8")
        if text.lstrip().startswith("["):
            months: list[dict[str, Any]] = json.loads(text)
        else:
            months = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise StorageError(str(path), f"no readable figures: {error}") from error
    return sorted(months, key=lambda month: str(month.get("month")))


SHELF = FigureShelf()

"""Which figures this site shows: those of the data folder's tables, or those of a file.

The engine's libraries are imported with the first page that asks for figures: they must not be loaded in a process
that forks afterwards.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import DatabaseError

from meyasubako.centre.reports.counting import reports_joined
from meyasubako.centre.reports.selectors import month_counts
from meyasubako.centre.reports.types import MonthCount
from meyasubako.centre.site_public.figures import Book, FileSource, Library

if TYPE_CHECKING:
    from meyasubako.engines.figures import FigureBook

FRESH_SECONDS = 2.0
REGISTER_SECONDS = 30.0

logger = logging.getLogger(__name__)


class EngineSource:
    """The roll-ups of a data folder. Many threads may ask; the tables are looked at by one at a time."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = Lock()
        self._figures: FigureBook | None = None
        self._version = ""
        self._looked = -FRESH_SECONDS
        self._counts: tuple[MonthCount, ...] = ()
        self._counted = -REGISTER_SECONDS

    def version(self) -> str:
        """The versions of the roll-ups, looked up at most every two seconds, and the register's counts."""
        with self._lock:
            if monotonic() - self._looked >= FRESH_SECONDS:
                counts = self._register()
                digest = hashlib.sha256(repr(counts).encode()).hexdigest()[:12]
                self._version = f"{self._opened().version()}-{digest}"
                self._looked = monotonic()
            return self._version

    def read(self) -> list[Mapping[str, Any]]:
        """Every month, as ``meyasu figures --json`` has it."""
        with self._lock:
            book = self._opened()
            return list(reports_joined(book.months(), self._counts, lambda month: book.months(month)[0]))

    def _register(self) -> tuple[MonthCount, ...]:
        """Reports as the register counts them, asked at most every half minute; the last ones where it is silent."""
        if monotonic() - self._counted >= REGISTER_SECONDS:
            try:
                self._counts = month_counts()
            except DatabaseError:
                logger.exception("reports cannot be counted: the figures show those counted last")
            self._counted = monotonic()
        return self._counts

    def _opened(self) -> FigureBook:
        if self._figures is None:
            from meyasubako.engines.figures import FigureBook
            from meyasubako.engines.local import LocalEngine
            from meyasubako.tables.home import Home

            self._figures = FigureBook(Home.at(self._home), LocalEngine(workers=1))
        return self._figures


@cache
def library() -> Library:
    """The one library of this process."""
    if settings.FIGURES_FILE:
        return Library(FileSource(Path(settings.FIGURES_FILE)))
    return Library(EngineSource(settings.HOME))


def current_book() -> Book:
    """The figures as they stand. Raises StorageError where they cannot be read."""
    return library().book()

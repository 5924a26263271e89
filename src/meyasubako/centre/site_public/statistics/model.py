"""What a statistic is to the site: columns, records to download, panels to show.

Each statistic of the site is one module in this package that ends in ``STATISTIC``. Records are the open data,
with machine names and unrounded values; a panel is a chart with its table, in the page's language.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from django.utils.functional import Promise

from meyasubako.centre.site_public.figures import Book, MonthFigures
from meyasubako.centre.site_public.formats import Kind, value_text


class Lazy(Protocol):
    """A text that is made when it is shown."""

    def __str__(self) -> str: ...


Text = str | Promise | Lazy
Record = dict[str, Any]

SERIES_MONTHS = 24


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table or of a download: machine name, heading, kind of value."""

    key: str
    label: Text
    kind: Kind

    @property
    def numeric(self) -> bool:
        """Whether its values stand at the right."""
        return self.kind in {"count", "share", "percent"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as it is shown; ``slug`` is the page it leads to, None where it leads nowhere."""

    text: str
    column: Column
    slug: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of values under their columns; the first column heads its row and leads to ``slugs``, where there are any."""

    caption: str
    columns: Sequence[Column]
    records: Sequence[Record]
    slugs: Sequence[str | None] = ()

    @property
    def rows(self) -> list[list[Cell]]:
        """The cells as text, in the page's language."""
        rows = [
            [Cell(value_text(column.kind, record[column.key]), column) for column in self.columns]
            for record in self.records
        ]
        for row, slug in zip(rows, self.slugs, strict=False):
            row[0] = replace(row[0], slug=slug)
        return rows


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart and the table that says the same. ``summary`` is its message as a sentence."""

    key: str
    heading: str
    summary: str
    spec: Mapping[str, Any]
    table: Table


@dataclass(frozen=True, slots=True)
class Selection:
    """What a page shows: the month chosen and the months up to it. ``unfinished`` is a month still running."""

    book: Book
    chosen: MonthFigures
    window: tuple[MonthFigures, ...]
    unfinished: str | None
    compact: bool = False

    @property
    def before(self) -> MonthFigures | None:
        """The calendar month before the chosen one, None where it has no figures."""
        year, number = map(int, self.chosen.month.split("-"))
        name = f"{year - 1}-12" if number == 1 else f"{year}-{number - 1:02d}"
        return self.book.month(name)


def select(book: Book, month: str | None, running: str) -> Selection | None:
    """The selection for ``month`` (YYYY-MM), else for the newest finished month; None where there is none.

    ``running`` is the present month in Japan: its figures are still growing. Without a finished month the
    running one is taken.
    """
    if month is None:
        finished = [figures for figures in book.months if figures.month < running]
        chosen = finished[-1] if finished else (book.months[-1] if book.months else None)
    else:
        chosen = book.month(month)
    if chosen is None:
        return None
    upto = [figures for figures in book.months if figures.month <= chosen.month]
    unfinished = running if book.month(running) is not None else None
    return Selection(book, chosen, tuple(upto[-SERIES_MONTHS:]), unfinished)


@dataclass(frozen=True, slots=True)
class Statistic:
    """A page of the site with its downloads. ``slug`` is its address and the name of its files.

    ``panels`` shows a selection of the centre's own figures. A published series of somebody else's has
    ``series`` (told whether to be compact) and ``terms`` (its source) instead. ``geographic`` figures rest on
    where addresses were registered. A page with a ``parent`` has no place of its own in the navigation: it is
    reached from its parent's. ``rule`` is the check of the law that a page explains.
    """

    slug: str
    title: Text
    short: Text
    lead: Text
    note: Text
    columns: Sequence[Column]
    records: Callable[[Book], list[Record]]
    panels: Callable[[Selection], list[Panel]] | None = None
    series: Callable[[bool], list[Panel]] | None = None
    geographic: bool = False
    terms: Callable[[], list[tuple[str, str]]] | None = None
    parent: str | None = None
    rule: str | None = None

    def show(self, selection: Selection | None, *, compact: bool = False) -> list[Panel]:
        """Its panels; none where it needs figures and there are none."""
        if self.series is not None:
            return self.series(compact)
        if self.panels is None or selection is None:
            return []
        return self.panels(replace(selection, compact=compact))

"""Which month a page shows, and what it says about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override

from meyasubako.centre.site_public.countries import country_name, country_names
from meyasubako.centre.site_public.figures import Book, FileSource, Library, MonthFigures, Ratio
from meyasubako.centre.site_public.formats import change_text, month_text, value_text
from meyasubako.centre.site_public.statistics import STATISTICS
from meyasubako.centre.site_public.statistics.model import SERIES_MONTHS, select
from meyasubako.centre.site_public.views import running_month


@pytest.fixture
def book(months: list[dict[str, Any]]) -> Book:
    return Book("1", tuple(MonthFigures.from_json(month) for month in months))


def test_the_newest_finished_month_is_shown(book: Book) -> None:
    selection = select(book, None, "2026-06")
    assert selection is not None
    assert selection.chosen.month == "2026-05"
    assert selection.unfinished == "2026-06"
    assert len(selection.window) == SERIES_MONTHS
    assert selection.window[-1] is selection.chosen


def test_a_running_month_is_shown_when_there_is_no_other(book: Book) -> None:
    selection = select(Book("1", book.months[:1]), None, "2024-01")
    assert selection is not None
    assert (selection.chosen.month, selection.unfinished, selection.before) == ("2024-01", "2024-01", None)


def test_the_month_before_is_the_calendars(book: Book) -> None:
    with_gap = Book("1", tuple(month for month in book.months if month.month != "2024-12"))
    january = select(with_gap, "2025-01", "2026-06")
    assert january is not None
    assert january.before is None


def test_the_month_begins_at_midnight_in_japan() -> None:
    assert running_month(datetime(2026, 5, 31, 14, 59, 59, tzinfo=UTC)) == "2026-05"
    assert running_month(datetime(2026, 5, 31, 15, 0, 0, tzinfo=UTC)) == "2026-06"


def test_unknown_stays_in_the_sum() -> None:
    ratio = Ratio(domestic=1, overseas=2, unknown=1)
    assert [ratio.share(name) for name in ("domestic", "overseas", "unknown")] == [0.25, 0.5, 0.25]
    assert Ratio(0, 0, 0).share("unknown") is None


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_month_without_any_mail_has_its_pages(book: Book, language: str) -> None:
    nothing = Ratio(0, 0, 0)
    quiet = replace(
        book.months[0],
        month="2026-07",
        reports=0,
        reported_mails=0,
        monitors={"pc": nothing, "mobile": nothing},
        countries=(),
        networks=(),
        authentication=(),
    )
    selection = select(Book("2", (*book.months, quiet)), "2026-07", "2026-08")
    assert selection is not None
    with override(language):
        for statistic in STATISTICS:
            for panel in statistic.show(selection):
                assert panel.summary
                assert all(len(row) == len(panel.table.columns) for row in panel.table.rows)


def test_values_as_people_read_them() -> None:
    with override("ja"):
        assert month_text("2026-03") == "2026年3月"
        assert change_text(110, 100) == "前月比 10.0%増"
    with override("en"):
        assert month_text("2026-03") == "Mar. 2026"
        assert change_text(90, 100) == "down 10.0% on the month before"
        assert change_text(100, 100) == "unchanged from the month before"
        assert change_text(1, None) == "no month before to compare with"
        assert country_name("JP") == "Japan"
        assert country_name("ZZ") == "ZZ"
        assert country_name(None) == "Unknown"
    assert value_text("share", None) == "–"
    assert value_text("share", 0.12345) == "12.3%"
    assert value_text("count", 1234567) == "1,234,567"


def test_every_country_has_both_names() -> None:
    names = country_names()
    assert len(names) == 250
    assert all(len(code) == 2 and name["en"] and name["ja"] for code, name in names.items())


def test_a_file_is_read_again_when_it_changed(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    file.write_text("[]")
    library = Library(FileSource(file))
    first = library.book()
    assert library.book() is first
    file.write_text("[ ]\n")
    assert library.book() is not first

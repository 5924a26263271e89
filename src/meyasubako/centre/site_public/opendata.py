"""Downloads: every statistic as JSON and CSV, complete, unrounded, the same in every language.

CSV is UTF-8 with a byte order mark (spreadsheets in Japan expect one), commas and CRLF (RFC 4180 section 2). Cells
that a spreadsheet would run as a formula are not possible: text columns hold codes and names of our own tables
but for network names, which are quoted with an apostrophe where they begin like one.
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from django.utils.translation import override

from meyasubako.centre.site_public.figures import Book
from meyasubako.centre.site_public.statistics.model import Record, Statistic

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def in_both(text: Any) -> dict[str, str]:
    """A text of the catalogue in every language of the site."""
    texts = {}
    for language in ("ja", "en"):
        with override(language):
            texts[language] = str(text)
    return texts


def chosen_records(statistic: Statistic, book: Book, month: str | None) -> list[Record]:
    """All records, or those of one month (YYYY-MM)."""
    records = statistic.records(book)
    return [record for record in records if month is None or record["month"] == month]


def as_json(statistic: Statistic, book: Book, month: str | None) -> str:
    """The records with their columns explained and the provenance of every month in them."""
    records = chosen_records(statistic, book, month)
    months = {record["month"] for record in records}
    document: dict[str, Any] = {
        "statistic": statistic.slug,
        "title": in_both(statistic.title),
        "note": in_both(statistic.note),
        "columns": [
            {"name": column.key, "kind": column.kind, **in_both(column.label)} for column in statistic.columns
        ],
        "records": records,
    }
    if statistic.series is None:
        document["provenance"] = {
            figures.month: dict(figures.provenance) for figures in book.months if figures.month in months
        }
    else:
        document["source"] = {}
        for language in ("ja", "en"):
            with override(language):
                document["source"][language] = dict(statistic.terms() if statistic.terms else [])
    return json.dumps(document, ensure_ascii=False, indent=1, default=str) + "\n"


def csv_value(value: Any) -> Any:
    """The value as a cell: empty for unknown, and never a formula."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value


def as_csv(statistic: Statistic, book: Book, month: str | None) -> str:
    """The records under the columns' machine names."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([column.key for column in statistic.columns])
    for record in chosen_records(statistic, book, month):
        writer.writerow([csv_value(record[column.key]) for column in statistic.columns])
    return "\ufeff" + out.getvalue()

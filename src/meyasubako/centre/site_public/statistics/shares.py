"""Months split into kinds: the chart of shares and the row of a table, alike for every statistic that has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.utils.translation import gettext

from meyasubako.centre.site_public import charts
from meyasubako.centre.site_public.figures import MonthFigures
from meyasubako.centre.site_public.formats import month_text
from meyasubako.centre.site_public.statistics.model import Record, Selection, Text

Counts = Callable[[MonthFigures], Mapping[str, int]]


def shares_of(found: Mapping[str, int]) -> dict[str, float | None]:
    """The share of each kind in all of them; None where there is nothing to share."""
    total = sum(found.values())
    return {kind: mails / total if total else None for kind, mails in found.items()}


def shares_record(figures: MonthFigures, counts: Counts) -> Record:
    """A row of the table: the mails of a month and the share of each kind."""
    found = counts(figures)
    return {"month": figures.month, "mails": sum(found.values()), **shares_of(found)}


def shares_chart(
    selection: Selection,
    counts: Counts,
    labels: Mapping[str, Text],
    series: str,
    *,
    colours: Sequence[str] = charts.SERIES,
) -> charts.Spec:
    """Monthly bars of 100 %, split into the kinds that ``labels`` names and in its order; ``series`` heads them."""
    rows = []
    for figures in selection.window:
        counted = counts(figures)
        found = {kind: counted[kind] for kind in labels}
        shares = shares_of(found)
        rows += [
            {
                "month": figures.month,
                "label": month_text(figures.month),
                "series": str(label),
                "rank": rank,
                "mails": found[kind],
                "share": shares[kind],
            }
            for rank, (kind, label) in enumerate(labels.items())
        ]
    headings = {
        "month": gettext("Month"),
        "series": series,
        "mails": gettext("Mails"),
        "share": gettext("Share"),
    }
    texts = [str(label) for label in labels.values()]
    return charts.stacked_shares(rows, texts, headings, colours=colours, compact=selection.compact)

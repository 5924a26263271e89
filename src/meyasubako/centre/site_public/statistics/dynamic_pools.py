"""Mail that came straight from dynamic address pools, by month (S14): what OP25B would have stopped."""

from __future__ import annotations

from collections import Counter

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.site_public.figures import Book, MonthFigures
from meyasubako.centre.site_public.formats import mails_text, month_text, share_text
from meyasubako.centre.site_public.statistics.model import Column, Panel, Record, Selection, Statistic, Table
from meyasubako.centre.site_public.statistics.shares import shares_chart

LABELS = {"yes": _("From a dynamic pool"), "no": _("From elsewhere"), "unknown": _("Unknown")}
COLOURS = ("var(--chart-4)", "var(--chart-1)", "var(--chart-3)")

COLUMNS = (
    Column("month", _("Month"), "month"),
    Column("yes", LABELS["yes"], "count"),
    Column("no", LABELS["no"], "count"),
    Column("unknown", LABELS["unknown"], "count"),
    Column("share", _("Share from dynamic pools"), "share"),
)


def pools(figures: MonthFigures) -> dict[str, int]:
    """Mails of the month by answer; no answer is unknown."""
    counts: Counter[str] = Counter()
    for row in figures.authentication:
        counts[row.dynamic_pool if row.dynamic_pool in LABELS else "unknown"] += row.mails
    return {answer: counts[answer] for answer in LABELS}


def record(figures: MonthFigures) -> Record:
    """Counts and the share from dynamic pools; unknown stays in the sum."""
    found = pools(figures)
    total = sum(found.values())
    return {"month": figures.month, **found, "share": found["yes"] / total if total else None}


def records(book: Book) -> list[Record]:
    """One record a month."""
    return [record(figures) for figures in book.months]


def summary(figures: MonthFigures) -> str:
    """The chosen month in a sentence."""
    found = record(figures)
    if found["share"] is None:
        return gettext("No mail reached the monitors in %(month)s.") % {"month": month_text(figures.month)}
    total = found["yes"] + found["no"] + found["unknown"]
    return gettext(
        "In %(month)s, %(share)s of %(mails)s came straight from dynamic address pools; "
        "of %(unknown)s this cannot be told."
    ) % {
        "month": month_text(figures.month),
        "share": share_text(found["share"]),
        "mails": mails_text(total),
        "unknown": share_text(found["unknown"] / total),
    }


def panels(selection: Selection) -> list[Panel]:
    """One chart: shares by month."""
    spec = shares_chart(selection, pools, LABELS, gettext("Origin"), colours=COLOURS)
    heading = str(STATISTIC.title)
    table = Table(heading, COLUMNS, [record(figures) for figures in selection.window[::-1]])
    return [Panel("dynamic-pools", heading, summary(selection.chosen), spec, table)]


STATISTIC = Statistic(
    slug="op25b",
    title=_("Spam sent straight from dynamic addresses (OP25B)"),
    short=_("OP25B"),
    lead=_(
        "How much of the spam was sent straight from addresses that carriers hand out dynamically. "
        "Outbound port 25 blocking (OP25B) by the carrier stops such mail."
    ),
    note=_(
        "Counted by the centre, from an analysis of the spam that reached its monitor devices. Whether an address "
        "is dynamic is told from its reverse name and from carriers' lists."
    ),
    columns=COLUMNS,
    records=records,
    panels=panels,
)

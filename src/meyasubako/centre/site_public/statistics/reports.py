"""Reports to the centre per month (S1): reports by the day they came in, and the mails they held."""

from __future__ import annotations

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.site_public import charts
from meyasubako.centre.site_public.figures import Book
from meyasubako.centre.site_public.formats import change_text, count_text, mails_text, month_text
from meyasubako.centre.site_public.statistics.model import Column, Panel, Record, Selection, Statistic, Table

COLUMNS = (
    Column("month", _("Month"), "month"),
    Column("reports", _("Reports"), "count"),
    Column("mails", _("Mails in reports"), "count"),
)


def records(book: Book) -> list[Record]:
    """One record a month."""
    return [
        {"month": figures.month, "reports": figures.reports, "mails": figures.reported_mails}
        for figures in book.months
    ]


def summary(selection: Selection) -> str:
    """The chosen month in a sentence."""
    chosen, before = selection.chosen, selection.before
    return ngettext(
        "In %(month)s the centre received %(count)s report holding %(mails)s: %(change)s.",
        "In %(month)s the centre received %(count)s reports holding %(mails)s: %(change)s.",
        chosen.reports,
    ) % {
        "month": month_text(chosen.month),
        "count": count_text(chosen.reports),
        "mails": mails_text(chosen.reported_mails),
        "change": change_text(chosen.reports, before.reports if before else None),
    }


def panels(selection: Selection) -> list[Panel]:
    """One chart: bars of reports, a line of the mails in them."""
    rows = [
        {
            "month": figures.month,
            "label": month_text(figures.month),
            "reports": figures.reports,
            "mails": figures.reported_mails,
        }
        for figures in selection.window
    ]
    headings = {"month": gettext("Month"), "bars": gettext("Reports"), "line": gettext("Mails in reports")}
    spec = charts.bars_and_line(rows, "reports", "mails", headings, compact=selection.compact)
    heading = str(STATISTIC.title)
    window = Book("", selection.window)
    return [
        Panel("reports", heading, summary(selection), spec, Table(heading, COLUMNS, records(window)[::-1]))
    ]


STATISTIC = Statistic(
    slug="reports",
    title=_("Reports to the Anti-Spam Consultation Centre by month"),
    short=_("Reports"),
    lead=_("How many reports of spam people sent to the centre, by the day the centre received them."),
    note=_(
        "Counted by the centre. One report can hold several mails; the mails are counted beside the reports."
    ),
    columns=COLUMNS,
    records=records,
    panels=panels,
)

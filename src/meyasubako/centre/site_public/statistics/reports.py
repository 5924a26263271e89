"""Reports to the centre per month (S1): reports by the day they came in, and the mails they held."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.site_public import charts
from meyasubako.centre.site_public.figures import Book, MonthFigures
from meyasubako.centre.site_public.formats import change_text, count_text, mails_text, month_text
from meyasubako.centre.site_public.statistics.model import Column, Panel, Record, Selection, Statistic, Table

COLUMNS = (
    Column("month", _("Month"), "month"),
    Column("reports", _("Reports"), "count"),
    Column("mails", _("Mails in reports"), "count"),
    Column("without_mail", _("Reports without a mail"), "count"),
)
COLOURS = tuple(f"var(--chart-{number})" for number in (1, 2, 4, 5, 3))
KIND_COLUMNS = (Column("month", _("Month"), "month"), Column("kind", _("Kind"), "text"), COLUMNS[1])
KINDS: dict[str, tuple[tuple[str, ...], Any]] = {
    "consent": (("no-consent", "after-opt-out"), _("Without consent, or after refusal")),
    "labels": (("labels",), _("Labels missing")),
    "forged-sender": (("forged-sender",), _("Forged sender")),
    "sms": (("sms",), _("SMS")),
    "other": (("other", "unsorted"), _("Not said, or something else")),
}
"""What reporters say that a report is about, in the groups of the chart."""


def records(book: Book) -> list[Record]:
    """One record a month."""
    return [
        {
            "month": figures.month,
            "reports": figures.reports,
            "mails": figures.reported_mails,
            "without_mail": figures.reports_without_mail,
        }
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
    found = [
        Panel("reports", heading, summary(selection), spec, Table(heading, COLUMNS, records(window)[::-1]))
    ]
    if not selection.compact and any(figures.report_kinds for figures in selection.window):
        found.append(kinds_panel(selection))
    return found


def kind_counts(figures: MonthFigures) -> dict[str, int]:
    """Reports of the month by group of kinds, of those that this centre's register took."""
    return {
        group: sum(figures.report_kinds.get(kind, 0) for kind in kinds)
        for group, (kinds, _label) in KINDS.items()
    }


def kinds_panel(selection: Selection) -> Panel:
    """Reports split by what reporters said they are about; those without a mail stand beside."""
    labels = [str(label) for _kinds, label in KINDS.values()]
    rows = [
        {
            "month": figures.month,
            "label": month_text(figures.month),
            "series": label,
            "rank": rank,
            "count": kind_counts(figures)[group],
        }
        for figures in selection.window
        for rank, (group, label) in enumerate(zip(KINDS, labels, strict=True))
    ]
    headings = {"month": gettext("Month"), "series": gettext("Kind"), "count": gettext("Reports")}
    spec = charts.stacked_counts(rows, labels, headings, colours=COLOURS, compact=selection.compact)
    heading = gettext("Reports by what they are about")
    records = [
        {"month": row["month"], "kind": row["series"], "reports": row["count"]}
        for row in reversed(rows)
        if row["count"]
    ]
    return Panel(
        "report-kinds", heading, kinds_summary(selection), spec, Table(heading, KIND_COLUMNS, records)
    )


def kinds_summary(selection: Selection) -> str:
    """The chosen month's kinds in a sentence."""
    chosen = selection.chosen
    counts = kind_counts(chosen)
    return gettext(
        "In %(month)s, of the reports that reached the centre directly, %(consent)s were about mail without consent, "
        "and %(sms)s about SMS; %(without)s held no mail."
    ) % {
        "month": month_text(chosen.month),
        "consent": count_text(counts["consent"]),
        "sms": count_text(counts["sms"]),
        "without": count_text(chosen.reports_without_mail),
    }


STATISTIC = Statistic(
    slug="reports",
    title=_("Reports to the Anti-Spam Consultation Centre by month"),
    short=_("Reports"),
    lead=_("How many reports of spam people sent to the centre, by the day the centre received them."),
    note=_(
        "Counted by the centre. One report can hold several mails, which are counted beside the reports, or none: an SMS "
        "or a text that was copied by hand."
    ),
    columns=COLUMNS,
    records=records,
    panels=panels,
)

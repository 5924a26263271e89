"""Domestic and overseas share of the spam that reached monitors, for PCs and for mobiles (S2)."""

from __future__ import annotations

from dataclasses import asdict

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.site_public.figures import MONITOR_CLASSES, ORIGIN_CLASSES, Book, MonthFigures
from meyasubako.centre.site_public.formats import mails_text, month_text, share_text
from meyasubako.centre.site_public.statistics.model import Column, Panel, Record, Selection, Statistic, Table
from meyasubako.centre.site_public.statistics.shares import shares_chart

LABELS = {"domestic": _("Domestic"), "overseas": _("Overseas"), "unknown": _("Unknown")}
HEADINGS = {"pc": _("to PCs"), "mobile": _("to mobiles")}
# Overseas, the larger part on the slides, stands at the foot of the bar; unknown on top.
ORDER = ("overseas", "domestic", "unknown")

COUNTS = (
    Column("month", _("Month"), "month"),
    Column("domestic", _("Domestic"), "count"),
    Column("overseas", _("Overseas"), "count"),
    Column("unknown", _("Unknown"), "count"),
)
SHARES = (
    Column("domestic_share", _("Domestic share"), "share"),
    Column("overseas_share", _("Overseas share"), "share"),
    Column("unknown_share", _("Unknown share"), "share"),
)


def record(figures: MonthFigures, monitor_class: str) -> Record:
    """Counts and shares of one class of monitors in one month."""
    ratio = figures.monitors[monitor_class]
    return {
        "month": figures.month,
        "monitor_class": monitor_class,
        **{origin: getattr(ratio, origin) for origin in ORIGIN_CLASSES},
        **{f"{origin}_share": ratio.share(origin) for origin in ORIGIN_CLASSES},
    }


def records(book: Book) -> list[Record]:
    """One record a month and class of monitors."""
    return [record(figures, monitor_class) for figures in book.months for monitor_class in MONITOR_CLASSES]


def summary(figures: MonthFigures, monitor_class: str) -> str:
    """The chosen month in a sentence."""
    ratio = figures.monitors[monitor_class]
    overseas, domestic, unknown = (ratio.share(origin) for origin in ORDER)
    if overseas is None or domestic is None or unknown is None:
        return gettext("No mail reached these monitors in %(month)s.") % {"month": month_text(figures.month)}
    return gettext(
        "In %(month)s, of %(mails)s, %(overseas)s came from overseas and %(domestic)s from within Japan; "
        "the origin of %(unknown)s is unknown."
    ) % {
        "month": month_text(figures.month),
        "mails": mails_text(ratio.total),
        "overseas": share_text(overseas),
        "domestic": share_text(domestic),
        "unknown": share_text(unknown),
    }


def panel(selection: Selection, monitor_class: str) -> Panel:
    """The chart and table of one class of monitors."""
    spec = shares_chart(
        selection,
        lambda figures: asdict(figures.monitors[monitor_class]),
        {origin: LABELS[origin] for origin in ORDER},
        gettext("Origin"),
    )
    heading = gettext("%(title)s, %(part)s") % {"title": STATISTIC.title, "part": HEADINGS[monitor_class]}
    table = Table(
        heading, (*COUNTS, *SHARES), [record(figures, monitor_class) for figures in selection.window[::-1]]
    )
    return Panel(monitor_class, heading, summary(selection.chosen, monitor_class), spec, table)


def panels(selection: Selection) -> list[Panel]:
    """Two charts: PC and mobile."""
    return [panel(selection, monitor_class) for monitor_class in MONITOR_CLASSES]


STATISTIC = Statistic(
    slug="origins",
    title=_("Domestic and overseas share of spam"),
    short=_("Domestic / overseas"),
    lead=_(
        "Where the spam came from that reached the centre's monitor devices, for PCs and for mobile phones. "
        "Mail whose origin cannot be told stays in the sum as a class of its own."
    ),
    note=_("Counted by the centre, from an analysis of the spam that reached its monitor devices."),
    columns=(COUNTS[0], Column("monitor_class", _("Monitor class"), "text"), *COUNTS[1:], *SHARES),
    records=records,
    panels=panels,
    geographic=True,
)

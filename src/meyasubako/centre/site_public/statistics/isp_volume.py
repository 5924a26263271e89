"""Spam volume at Japanese ISPs (S4): the published series of 2009, not figures of this centre."""

from __future__ import annotations

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.site_public import charts
from meyasubako.centre.site_public.figures import Book
from meyasubako.centre.site_public.formats import count_text, month_text
from meyasubako.centre.site_public.isp_volume import isp_volume
from meyasubako.centre.site_public.statistics.model import Column, Panel, Record, Statistic, Table

COLUMNS = (
    Column("month", _("Month"), "month"),
    Column("total", _("All mail (10,000 a day)"), "count"),
    Column("spam", _("Spam (10,000 a day)"), "count"),
    Column("share", _("Share of spam (as printed)"), "percent"),
    Column("accounts", _("Accounts (10,000)"), "count"),
)


def records(_book: Book) -> list[Record]:
    """One record a month of the published table; the share is a percentage as printed."""
    return [
        {
            "month": row.month,
            "total": row.total,
            "spam": row.spam,
            "share": str(row.share),
            "accounts": row.accounts,
        }
        for row in isp_volume().months
    ]


def summary() -> str:
    """The month with most spam, in a sentence."""
    peak = max(isp_volume().months, key=lambda row: row.spam)
    return gettext(
        "Spam peaked in %(month)s with %(spam)s of %(total)s (10,000 mails a day), %(share)s%% of all mail."
    ) % {
        "month": month_text(peak.month),
        "spam": count_text(peak.spam),
        "total": count_text(peak.total),
        "share": peak.share,
    }


def series(compact: bool) -> list[Panel]:
    """One chart of the whole series: it does not follow the month chosen."""
    labels = [gettext("Spam"), gettext("Other mail")]
    rows = [
        {
            "month": row.month,
            "label": month_text(row.month),
            "series": label,
            "rank": rank,
            "count": count,
        }
        for row in isp_volume().months
        for rank, (label, count) in enumerate(zip(labels, (row.spam, row.total - row.spam), strict=True))
    ]
    headings = {
        "month": gettext("Month"),
        "series": gettext("Kind of mail"),
        "count": gettext("10,000 mails a day"),
    }
    spec = charts.stacked_counts(
        rows,
        labels,
        headings,
        colours=("var(--chart-4)", "var(--chart-3)"),
        compact=compact,
    )
    heading = gettext("%(title)s, %(unit)s") % {
        "title": STATISTIC.title,
        "unit": gettext("10,000 mails a day"),
    }
    return [
        Panel("isp-volume", heading, summary(), spec, Table(heading, COLUMNS, records(Book("", ()))[::-1]))
    ]


def source_terms() -> list[tuple[str, str]]:
    """Where the series comes from, in the page's language."""
    source, language = isp_volume().source, get_language() or "ja"
    return [
        (gettext("Published by"), source.publisher[language]),
        (gettext("Series"), source.series[language]),
        (gettext("Copy read"), f"{source.copy} ({source.read_on.isoformat()})"),
        (gettext("Confidence"), source.confidence_text[language]),
        (gettext("Panel"), source.note[language]),
        *((gettext("Left out"), gap[language]) for gap in source.withheld),
    ]


STATISTIC = Statistic(
    slug="isp-volume",
    title=_("Spam volume at Japanese ISPs"),
    short=_("Volume at ISPs"),
    lead=_("Mail and spam that Japanese carriers received each day in 2009, as the ministry published it."),
    note=_(
        "Collected by the Ministry of Internal Affairs and Communications with the help of carriers; historical."
    ),
    columns=COLUMNS,
    records=records,
    series=series,
    terms=source_terms,
)

"""Countries from which spam reached Japan, with the share written in Japanese (S3)."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.site_public import charts
from meyasubako.centre.site_public.countries import country_name, country_names
from meyasubako.centre.site_public.figures import Book, CountryRow
from meyasubako.centre.site_public.formats import month_text, share_text
from meyasubako.centre.site_public.statistics.model import Column, Panel, Record, Selection, Statistic, Table

SHOWN = 15
SHOWN_COMPACT = 6

MAILS = Column("mails", _("Mails"), "count")
SHARE = Column("share", _("Share"), "share")
JAPANESE = Column("japanese_share", _("Written in Japanese"), "share")


def records(book: Book) -> list[Record]:
    """One record a month and country, in the order of rank; an unknown country has no code."""
    return [
        {
            "month": figures.month,
            "country": row.country,
            "country_ja": country_names().get(row.country or "", {}).get("ja"),
            "country_en": country_names().get(row.country or "", {}).get("en"),
            "mails": row.mails,
            "share": row.share,
            "japanese_share": row.japanese_share,
        }
        for figures in book.months
        for row in figures.countries
    ]


def summary(selection: Selection) -> str:
    """The country at the top of the chosen month, in a sentence."""
    month = month_text(selection.chosen.month)
    top = next((row for row in selection.chosen.countries if row.country is not None), None)
    if top is None or top.share is None:
        return gettext("No mail of known origin reached the monitors in %(month)s.") % {"month": month}
    words = {"month": month, "country": country_name(top.country), "share": share_text(top.share)}
    if top.japanese_share is None:
        return gettext("In %(month)s most spam came from %(country)s: %(share)s.") % words
    return gettext(
        "In %(month)s most spam came from %(country)s: %(share)s, of which %(japanese)s was written in Japanese."
    ) % {**words, "japanese": share_text(top.japanese_share)}


def chart(rows: Sequence[CountryRow], *, compact: bool) -> charts.Spec:
    """Bars by rank, each split into mail written in Japanese and the rest."""
    labels = [gettext("In Japanese"), gettext("Other languages")]
    values = []
    for row in rows:
        japanese = round(row.mails * (row.japanese_share or 0.0))
        for rank, (label, mails) in enumerate(zip(labels, (japanese, row.mails - japanese), strict=True)):
            values.append(
                {
                    "name": country_name(row.country),
                    "series": label,
                    "rank": rank,
                    "mails": mails,
                    "share": mails / row.mails if row.mails else None,
                }
            )
    headings = {
        "name": gettext("Country or region"),
        "series": gettext("Language"),
        "mails": gettext("Mails"),
        "share": gettext("Share of the country's mail"),
    }
    return charts.ranked_bars(
        values,
        [country_name(row.country) for row in rows],
        labels,
        headings,
        colours=("var(--chart-4)", "var(--chart-1)"),
        compact=compact,
    )


def panels(selection: Selection) -> list[Panel]:
    """One chart: the first countries of the chosen month; the table has all of them."""
    rows = selection.chosen.countries
    shown = rows[: SHOWN_COMPACT if selection.compact else SHOWN]
    heading = gettext("%(title)s, %(month)s") % {
        "title": STATISTIC.title,
        "month": month_text(selection.chosen.month),
    }
    table = Table(
        heading,
        (Column("name", _("Country or region"), "text"), MAILS, SHARE, JAPANESE),
        [
            {
                "name": country_name(row.country),
                "mails": row.mails,
                "share": row.share,
                "japanese_share": row.japanese_share,
            }
            for row in rows
        ],
    )
    return [
        Panel("countries", heading, summary(selection), chart(shown, compact=selection.compact), table),
    ]


STATISTIC = Statistic(
    slug="countries",
    title=_("Countries from which spam reached Japan"),
    short=_("Countries"),
    lead=_(
        "Countries and regions ranked by the spam that reached the centre's monitor devices, "
        "with the share of it that was written in Japanese."
    ),
    note=_(
        "Counted by the centre, from an analysis of the spam that reached its monitor devices. "
        "The country is where the sending address was registered, by the geographic data "
        "nearest the day of receipt."
    ),
    columns=(
        Column("month", _("Month"), "month"),
        Column("country", _("Country code (ISO 3166-1)"), "text"),
        Column("country_ja", _("Name in Japanese"), "text"),
        Column("country_en", _("Name in English"), "text"),
        MAILS,
        SHARE,
        JAPANESE,
    ),
    records=records,
    panels=panels,
    geographic=True,
)

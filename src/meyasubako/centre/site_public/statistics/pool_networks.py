"""Spam straight from dynamic address pools by network and month (S14): where OP25B is not, or does not hold."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.site_public import charts
from meyasubako.centre.site_public.figures import Book, MonthFigures, PoolRow
from meyasubako.centre.site_public.formats import mails_text, month_text, share_text
from meyasubako.centre.site_public.statistics.model import Column, Panel, Record, Selection, Statistic, Table

SHOWN = 15
LINES = 5

NETWORK_COLUMNS = (
    Column("network", _("Network"), "text"),
    Column("asn", _("AS number"), "network"),
    Column("mails", _("Mails"), "count"),
    Column("direct", _("From a dynamic pool"), "count"),
    Column("unknown", _("Unknown"), "count"),
    Column("share", _("Share from dynamic pools"), "share"),
)


def network_record(row: PoolRow) -> Record:
    """A network's counts, and the share of its mail that came from dynamic pools; unknown stays in the sum."""
    return {
        "network": row.network,
        "asn": row.asn,
        "mails": row.mails,
        "direct": row.direct,
        "unknown": row.unknown,
        "share": row.direct / row.mails if row.mails else None,
    }


def records(book: Book) -> list[Record]:
    """One record a month and network, most mail from dynamic pools first."""
    return [
        {"month": figures.month, **network_record(row)} for figures in book.months for row in figures.pools
    ]


def network_name(row: PoolRow) -> str:
    """The network's name, else its number; unknown has neither."""
    if row.network is not None:
        return row.network
    return gettext("Unknown") if row.asn is None else f"AS{row.asn}"


def chart_name(row: PoolRow) -> str:
    """A name that no other bar has: two networks may be called the same."""
    return network_name(row) if row.asn is None or row.network is None else f"AS{row.asn} {row.network}"


def direct_networks(figures: MonthFigures) -> list[PoolRow]:
    """Known networks of the month from which mail came straight from dynamic pools, most first."""
    return [row for row in figures.pools if row.direct and row.asn is not None]


def summary(figures: MonthFigures) -> str:
    """The network at the top of the chosen month, in a sentence."""
    month = month_text(figures.month)
    top = next(iter(direct_networks(figures)), None)
    if top is None:
        return gettext("In %(month)s no mail came straight from a dynamic pool of a known network.") % {
            "month": month
        }
    return gettext(
        "In %(month)s most mail straight from dynamic pools came from the network %(network)s (AS%(asn)s): "
        "%(direct)s, which is %(share)s of its mail."
    ) % {
        "month": month,
        "network": network_name(top),
        "asn": top.asn,
        "direct": mails_text(top.direct),
        "share": share_text(top.direct / top.mails),
    }


def ranking(selection: Selection) -> Panel:
    """The networks of the chosen month."""
    rows = [row for row in selection.chosen.pools if row.direct]
    shown = rows[:SHOWN]
    values = [
        {
            "name": chart_name(row),
            "series": "",
            "rank": 0,
            "mails": row.direct,
            "share": row.direct / row.mails,
        }
        for row in shown
    ]
    headings = {"name": gettext("Network"), "mails": gettext("Mails"), "share": gettext("Share")}
    spec = charts.ranked_bars(
        values,
        [chart_name(row) for row in shown],
        [""],
        headings,
        colours=("var(--chart-4)",),
        compact=selection.compact,
    )
    heading = gettext("%(title)s, %(month)s") % {
        "title": STATISTIC.title,
        "month": month_text(selection.chosen.month),
    }
    table = Table(
        heading,
        NETWORK_COLUMNS,
        [{**network_record(row), "network": network_name(row)} for row in selection.chosen.pools],
    )
    return Panel("networks", heading, summary(selection.chosen), spec, table)


def course(selection: Selection) -> Panel:
    """The share of the first networks of the chosen month over the months before it."""
    chosen = direct_networks(selection.chosen)[:LINES]
    names = {row.asn: chart_name(row) for row in chosen}
    rows, table_records = [], []
    for figures in selection.window:
        found = {row.asn: row for row in figures.pools}
        record: Record = {"month": figures.month}
        for asn, name in names.items():
            row = found.get(asn)
            share = row.direct / row.mails if row else None
            record[name] = share
            if row:
                rows.append(
                    {
                        "month": figures.month,
                        "label": month_text(figures.month),
                        "series": name,
                        "mails": row.direct,
                        "share": share,
                    }
                )
        table_records.append(record)
    headings = {
        "month": gettext("Month"),
        "series": gettext("Network"),
        "mails": gettext("From a dynamic pool"),
        "share": gettext("Share from dynamic pools"),
    }
    spec = charts.share_lines(rows, list(names.values()), headings, compact=selection.compact)
    heading = gettext("%(title)s, by month") % {"title": STATISTIC.title}
    columns = (
        Column("month", _("Month"), "month"),
        *(Column(name, name, "share") for name in names.values()),
    )
    text = gettext(
        "The share that came straight from dynamic pools, of all mail from each of the first networks of %(month)s."
    ) % {"month": month_text(selection.chosen.month)}
    return Panel("months", heading, text, spec, Table(heading, columns, table_records[::-1]))


def panels(selection: Selection) -> list[Panel]:
    """The networks of the month, and their course; none where no mail came from a pool."""
    if selection.compact:
        return [ranking(selection)]
    return [ranking(selection), *([course(selection)] if direct_networks(selection.chosen) else [])]


STATISTIC = Statistic(
    slug="op25b-networks",
    title=_("Spam sent straight from dynamic addresses, by network"),
    short=_("OP25B by network"),
    lead=_(
        "From which networks spam was sent straight from addresses that carriers hand out dynamically, and how much "
        "of each network's mail that is. Outbound port 25 blocking (OP25B) by the carrier stops such mail."
    ),
    note=_(
        "Counted by the centre, from an analysis of the spam that reached its monitor devices; of each month the "
        "hundred networks with most such mail. Mail of a network for which it cannot be told stays in the sum. "
        "Names of networks: RouteViews, DB-IP and NRO data (CC BY 4.0), not verified."
    ),
    columns=(Column("month", _("Month"), "month"), *NETWORK_COLUMNS),
    records=records,
    panels=panels,
    parent="op25b",
)

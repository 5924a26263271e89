"""Networks (autonomous systems) from which spam reached the monitors."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.site_public import charts
from meyasubako.centre.site_public.figures import Book, NetworkRow
from meyasubako.centre.site_public.formats import mails_text, month_text
from meyasubako.centre.site_public.statistics.model import Column, Panel, Record, Selection, Statistic, Table

SHOWN = 15
SHOWN_COMPACT = 6

NETWORK_COLUMNS = (
    Column("network", _("Network"), "text"),
    Column("asn", _("AS number"), "network"),
    Column("mails", _("Mails"), "count"),
)


def records(book: Book) -> list[Record]:
    """One record a month and network, in the order of rank."""
    return [
        {"month": figures.month, "network": row.network, "asn": row.asn, "mails": row.mails}
        for figures in book.months
        for row in figures.networks
    ]


def network_name(row: NetworkRow) -> str:
    """The network's name, else its number; unknown has neither."""
    if row.network is not None:
        return row.network
    return gettext("Unknown") if row.asn is None else f"AS{row.asn}"


def chart_name(row: NetworkRow) -> str:
    """A name that no other bar has: two networks may be called the same."""
    return network_name(row) if row.asn is None or row.network is None else f"AS{row.asn} {row.network}"


def summary(selection: Selection) -> str:
    """The network at the top of the chosen month, in a sentence."""
    month = month_text(selection.chosen.month)
    top = next((row for row in selection.chosen.networks if row.asn is not None), None)
    if top is None:
        return gettext("No mail from a known network reached the monitors in %(month)s.") % {"month": month}
    return gettext("In %(month)s most spam came from the network %(network)s (AS%(asn)s): %(mails)s.") % {
        "month": month,
        "network": network_name(top),
        "asn": top.asn,
        "mails": mails_text(top.mails),
    }


def panels(selection: Selection) -> list[Panel]:
    """One chart: the first networks of the chosen month; the table has all that the figures hold."""
    rows = selection.chosen.networks
    total = sum(row.mails for row in selection.chosen.countries)
    shown = rows[: SHOWN_COMPACT if selection.compact else SHOWN]
    values = [
        {
            "name": chart_name(row),
            "series": "",
            "rank": 0,
            "mails": row.mails,
            "share": row.mails / total if total else None,
        }
        for row in shown
    ]
    headings = {"name": gettext("Network"), "mails": gettext("Mails"), "share": gettext("Share")}
    spec = charts.ranked_bars(
        values, [chart_name(row) for row in shown], [""], headings, compact=selection.compact
    )
    heading = gettext("%(title)s, %(month)s") % {
        "title": STATISTIC.title,
        "month": month_text(selection.chosen.month),
    }
    table = Table(
        heading,
        NETWORK_COLUMNS,
        [{"network": network_name(row), "asn": row.asn, "mails": row.mails} for row in rows],
    )
    return [Panel("networks", heading, summary(selection), spec, table)]


STATISTIC = Statistic(
    slug="networks",
    title=_("Networks from which spam reached Japan"),
    short=_("Networks"),
    lead=_(
        "Autonomous systems ranked by the spam that reached the centre's monitor devices from their addresses."
    ),
    note=_(
        "Counted by the centre, from an analysis of the spam that reached its monitor devices. "
        "A network carries mail for many customers: its rank says nothing about its own conduct. "
        "Names of networks: RouteViews, DB-IP and NRO data (CC BY 4.0), not verified."
    ),
    columns=(Column("month", _("Month"), "month"), *NETWORK_COLUMNS),
    records=records,
    panels=panels,
)

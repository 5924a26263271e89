"""Results of sender domain authentication on monitor mail by month (S14): SPF, DKIM, DMARC."""

from __future__ import annotations

from collections import Counter
from functools import partial

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.site_public.figures import Book, MonthFigures
from meyasubako.centre.site_public.formats import mails_text, month_text, share_text
from meyasubako.centre.site_public.statistics.model import Column, Panel, Record, Selection, Statistic, Table
from meyasubako.centre.site_public.statistics.shares import shares_chart, shares_record

METHODS = {"spf": "SPF", "dkim": "DKIM", "dmarc": "DMARC"}
UNTESTED = "untested"
# What RFC 8601 section 2.7 names, in the five kinds that the chart tells apart.
KINDS = {
    "pass": ("pass",),
    "fail": ("fail", "softfail"),
    "none": ("none",),
    "undecided": ("neutral", "policy", "temperror", "permerror"),
    UNTESTED: (None,),
}
LABELS = {
    "pass": _("Passed"),
    "fail": _("Failed"),
    "none": _("Not used by the sender"),
    "undecided": _("Undecided"),
    UNTESTED: _("Not tested"),
}
COLOURS = ("var(--chart-5)", "var(--chart-4)", "var(--chart-2)", "var(--chart-1)", "var(--chart-3)")

MONTH = Column("month", _("Month"), "month")
MAILS = Column("mails", _("Mails"), "count")
SHARE = Column("share", _("Share"), "share")


def results(figures: MonthFigures, method: str) -> Counter[str | None]:
    """Mails of the month by the result of one method; None = not tested."""
    counts: Counter[str | None] = Counter()
    for row in figures.authentication:
        counts[getattr(row, method)] += row.mails
    return counts


def kinds(figures: MonthFigures, method: str) -> dict[str, int]:
    """The same in the five kinds; a result that no standard names is undecided."""
    counts = results(figures, method)
    found = {kind: sum(counts.pop(name, 0) for name in names) for kind, names in KINDS.items()}
    found["undecided"] += sum(counts.values())
    return found


def records(book: Book) -> list[Record]:
    """One record a month, method and result, most first."""
    found = []
    for figures in book.months:
        for method in METHODS:
            counts = results(figures, method)
            total = sum(counts.values())
            for result, mails in sorted(counts.items(), key=lambda item: (-item[1], item[0] or "")):
                share = mails / total if total else None
                found.append(
                    {
                        "month": figures.month,
                        "method": method,
                        "result": result or UNTESTED,
                        "mails": mails,
                        "share": share,
                    }
                )
    return found


def summary(figures: MonthFigures, method: str) -> str:
    """The chosen month in a sentence."""
    found = kinds(figures, method)
    total = sum(found.values())
    month = month_text(figures.month)
    if total == found[UNTESTED]:
        return gettext("No mail of %(month)s was tested.") % {"month": month}
    return gettext(
        "In %(month)s, of %(mails)s, %(passed)s passed %(method)s, %(failed)s failed it, and the senders of "
        "%(none)s did not use it; %(untested)s was not tested."
    ) % {
        "month": month,
        "mails": mails_text(total),
        "method": METHODS[method],
        "passed": share_text(found["pass"] / total),
        "failed": share_text(found["fail"] / total),
        "none": share_text(found["none"] / total),
        "untested": share_text(found[UNTESTED] / total),
    }


def panel(selection: Selection, method: str) -> Panel:
    """The chart and table of one method."""
    counts = partial(kinds, method=method)
    spec = shares_chart(selection, counts, LABELS, gettext("Result"), colours=COLOURS)
    heading = gettext("%(title)s, %(part)s") % {"title": STATISTIC.title, "part": METHODS[method]}
    columns = (MONTH, MAILS, *(Column(kind, label, "share") for kind, label in LABELS.items()))
    table = Table(heading, columns, [shares_record(figures, counts) for figures in selection.window[::-1]])
    return Panel(method, heading, summary(selection.chosen, method), spec, table)


def panels(selection: Selection) -> list[Panel]:
    """SPF, DKIM and DMARC; on the first page DMARC alone, which rests on the other two."""
    return [panel(selection, method) for method in (["dmarc"] if selection.compact else METHODS)]


STATISTIC = Statistic(
    slug="authentication",
    title=_("Sender domain authentication of spam"),
    short=_("Authentication"),
    lead=_(
        "What SPF, DKIM and DMARC said of the spam that reached the centre's monitor devices. "
        "A pass tells which domain answers for a mail, not that the mail is wanted."
    ),
    note=_(
        "Counted by the centre, from an analysis of the spam that reached its monitor devices. Old mail "
        "whose domains were not asked at the time of receipt counts as not tested."
    ),
    columns=(
        MONTH,
        Column("method", _("Method"), "text"),
        Column("result", _("Result"), "text"),
        MAILS,
        SHARE,
    ),
    records=records,
    panels=panels,
)

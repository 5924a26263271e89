"""Whether the sender information of spam was forged (Act Art 5): the sending address, and the equipment used."""

from __future__ import annotations

from collections import Counter
from functools import partial

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.site_public.figures import Book, MonthFigures
from meyasubako.centre.site_public.formats import mails_text, month_text, share_text
from meyasubako.centre.site_public.statistics.model import Column, Panel, Record, Selection, Statistic, Table
from meyasubako.centre.site_public.statistics.shares import shares_chart, shares_record

HALVES = {"address": _("Sending address"), "equipment": _("Sending equipment")}
UNTESTED = "untested"
LABELS = {
    "forged": _("Forged"),
    "suspect": _("Doubtful"),
    "genuine": _("Genuine"),
    "unknown": _("No ground either way"),
    UNTESTED: _("Not tested"),
}
COLOURS = ("var(--chart-4)", "var(--chart-2)", "var(--chart-5)", "var(--chart-1)", "var(--chart-3)")

MONTH = Column("month", _("Month"), "month")
MAILS = Column("mails", _("Mails"), "count")
SHARE = Column("share", _("Share"), "share")


def verdicts(figures: MonthFigures, half: str) -> dict[str, int]:
    """Mails of the month by the verdict on one half of the sender information."""
    counts: Counter[str] = Counter()
    for row in figures.senders:
        counts[getattr(row, half) or UNTESTED] += row.mails
    return {verdict: counts[verdict] for verdict in LABELS}


def records(book: Book) -> list[Record]:
    """One record a month, half and verdict."""
    found = []
    for figures in book.months:
        for half in HALVES:
            counts = verdicts(figures, half)
            total = sum(counts.values())
            found += [
                {
                    "month": figures.month,
                    "half": half,
                    "verdict": verdict,
                    "mails": mails,
                    "share": mails / total if total else None,
                }
                for verdict, mails in counts.items()
            ]
    return found


def summary(figures: MonthFigures, half: str) -> str:
    """The chosen month in a sentence."""
    found = verdicts(figures, half)
    total = sum(found.values())
    month = month_text(figures.month)
    if total == found[UNTESTED]:
        return gettext("No mail of %(month)s was tested.") % {"month": month}
    return gettext(
        "In %(month)s, of %(mails)s, there was proof of forgery in %(forged)s, doubt in %(suspect)s, and nothing "
        "against it in %(genuine)s; of %(unknown)s nothing can be told."
    ) % {
        "month": month,
        "mails": mails_text(total),
        "forged": share_text(found["forged"] / total),
        "suspect": share_text(found["suspect"] / total),
        "genuine": share_text(found["genuine"] / total),
        "unknown": share_text((found["unknown"] + found[UNTESTED]) / total),
    }


def panel(selection: Selection, half: str) -> Panel:
    """The chart and table of one half."""
    counts = partial(verdicts, half=half)
    spec = shares_chart(selection, counts, LABELS, gettext("Verdict"), colours=COLOURS)
    heading = gettext("%(title)s, %(part)s") % {"title": STATISTIC.title, "part": HALVES[half]}
    columns = (MONTH, MAILS, *(Column(verdict, label, "share") for verdict, label in LABELS.items()))
    table = Table(heading, columns, [shares_record(figures, counts) for figures in selection.window[::-1]])
    return Panel(half, heading, summary(selection.chosen, half), spec, table)


def panels(selection: Selection) -> list[Panel]:
    """The address and the equipment; on the first page the address alone."""
    return [panel(selection, half) for half in (["address"] if selection.compact else HALVES)]


STATISTIC = Statistic(
    slug="forged-senders",
    title=_("Forged sender information in spam"),
    short=_("Forged senders"),
    lead=_(
        "The Act forbids advertising mail whose sender information is forged: the address used for sending, and the "
        "signs that identify the sending equipment (Article 5). This is what can be told of it from each mail."
    ),
    note=_(
        "Counted by the centre, from an analysis of the spam that reached its monitor devices. Forged: a proof was "
        "found, such as mail that the domain's owner tells receivers to refuse. Doubtful: hints only. Whether the Act "
        "was broken is not decided by this figure."
    ),
    columns=(
        MONTH,
        Column("half", _("Half of the sender information"), "text"),
        Column("verdict", _("Verdict"), "text"),
        MAILS,
        SHARE,
    ),
    records=records,
    panels=panels,
)

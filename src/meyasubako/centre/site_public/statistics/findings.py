"""What the checks of the law saw in the spam of each month (S6): by check, article and certainty of the rule.

A finding is what a check saw in one mail; nobody was heard and nothing was decided. The pages say so wherever the
numbers stand. One page holds all checks, and each check has a page that explains its rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.site_public import charts
from meyasubako.centre.site_public.figures import Book, FindingRow, MonthFigures
from meyasubako.centre.site_public.formats import mails_text, month_text, share_text
from meyasubako.centre.site_public.law_texts import (
    CHECK_NAMES,
    LOOKS_AT,
    SCOPE,
    CheckTitle,
    article_text,
    certainty_text,
    check_text,
    verdict_text,
)
from meyasubako.centre.site_public.statistics.model import (
    Column,
    Panel,
    Record,
    Selection,
    Statistic,
    Table,
    Text,
)
from meyasubako.centre.site_public.statistics.shares import shares_chart

CHANNEL = "monitor"
VERDICTS = ("ok", "likely", "breach", "missing", "wrong place", "cannot be verified")
# The five kinds that the chart tells apart.
KINDS = {
    "ok": ("ok",),
    "likely": ("likely",),
    "breach": ("breach",),
    "lacking": ("missing", "wrong place"),
    "unverifiable": ("cannot be verified",),
}
LABELS = {
    "ok": _("Nothing to object to"),
    "likely": _("Likely against the rule"),
    "breach": _("Against the rule"),
    "lacking": _("Missing or in the wrong place"),
    "unverifiable": _("Cannot be verified from the mail"),
}
COLOURS = ("var(--chart-5)", "var(--chart-2)", "var(--chart-4)", "var(--chart-1)", "var(--chart-3)")
SCOPE_KINDS = {
    "likely": _("Likely a specified e-mail"),
    "ok": _("Outside the Act"),
    "unverifiable": LABELS["unverifiable"],
}
SCOPE_COLOURS = ("var(--chart-2)", "var(--chart-5)", "var(--chart-3)")
SHOWN_COMPACT = 6
NOTE = _(
    "A finding is what a check saw in a mail, made by machine: it is no judgement, nobody was heard, and an order or "
    "penalty follows from none of it. The certainty says how well the rule itself is known, not how sure the finding "
    "is. Counted by the centre, on the spam that reached its monitor devices, under the law in force on the day each "
    "mail was sent."
)

MONTH = Column("month", _("Month"), "month")
MAILS = Column("mails", _("Mails"), "count")
RULE_COLUMNS = (
    Column("channel", _("Channel"), "text"),
    Column("check", _("Check"), "text"),
    Column("article", _("Article"), "text"),
    Column("version", _("Law as of"), "text"),
    Column("verdict", _("What was seen"), "text"),
    Column("certainty", _("Certainty of the rule"), "text"),
    MAILS,
)


def check_slug(check: str) -> str:
    """The address of a check's own page."""
    return f"finding-{check.replace('_', '-')}"


def seen(figures: MonthFigures, check: str) -> Counter[str]:
    """Monitor mail of the month by what a check saw in it."""
    counts: Counter[str] = Counter()
    for row in figures.findings:
        if row.channel == CHANNEL and row.check == check:
            counts[row.verdict] += row.mails
    return counts


def kinds(counts: Counter[str]) -> dict[str, int]:
    """The same in the kinds of the chart."""
    return {kind: sum(counts[verdict] for verdict in verdicts) for kind, verdicts in KINDS.items()}


def records_of(check: str | None) -> Callable[[Book], list[Record]]:
    """Records of one check, or of all: one a month, channel, check, rule and verdict."""

    def records(book: Book) -> list[Record]:
        return [
            {"month": figures.month, **{column.key: getattr(row, column.key) for column in RULE_COLUMNS}}
            for figures in book.months
            for row in figures.findings
            if check is None or row.check == check
        ]

    return records


def by_month(
    selection: Selection, check: str, labels: Mapping[str, Text], colours: tuple[str, ...]
) -> charts.Spec:
    """A chart of what a check saw, month by month; the labels name the kinds shown."""
    return shares_chart(
        selection,
        lambda figures: kinds(seen(figures, check)),
        labels,
        gettext("What was seen"),
        colours=colours,
    )


def verdict_columns(check: str) -> tuple[Column, ...]:
    """A column for each thing a check can see."""
    verdicts = ("ok", "likely", "cannot be verified") if check == SCOPE else VERDICTS
    return tuple(Column(verdict, verdict_text(check, verdict), "count") for verdict in verdicts)


def month_table(selection: Selection, check: str, heading: str) -> Table:
    """What a check saw, a row a month."""
    columns = verdict_columns(check)
    rows = []
    for figures in selection.window[::-1]:
        counts = seen(figures, check)
        found = {column.key: counts[column.key] for column in columns}
        rows.append({"month": figures.month, "mails": sum(counts.values()), **found})
    return Table(heading, (MONTH, Column("mails", _("Mails looked at"), "count"), *columns), rows)


def month_summary(figures: MonthFigures, check: str) -> str:
    """What a check saw in the chosen month, in a sentence."""
    counts = seen(figures, check)
    total = sum(counts.values())
    month = month_text(figures.month)
    if not total:
        return gettext("In %(month)s this check had nothing to say.") % {"month": month}
    if check == SCOPE:
        return gettext(
            "In %(month)s, of %(mails)s, %(likely)s looked like specified e-mail, %(outside)s lay outside the Act, "
            "and of %(unknown)s it cannot be told."
        ) % {
            "month": month,
            "mails": mails_text(total),
            "likely": share_text(counts["likely"] / total),
            "outside": share_text(counts["ok"] / total),
            "unknown": share_text(counts["cannot be verified"] / total),
        }
    found = kinds(counts)
    return gettext(
        "In %(month)s the check looked at %(mails)s: in %(ok)s there was nothing to object to, %(against)s went or "
        "likely went against the rule, in %(lacking)s something was missing or in the wrong place, and %(unknown)s "
        "cannot be verified from the mail."
    ) % {
        "month": month,
        "mails": mails_text(total),
        "ok": share_text(found["ok"] / total),
        "against": share_text((found["breach"] + found["likely"]) / total),
        "lacking": share_text(found["lacking"] / total),
        "unknown": share_text(found["unverifiable"] / total),
    }


def rule_rows(figures: MonthFigures) -> list[tuple[str, Record]]:
    """A row a check and rule of the month, in the order of the checks: check and what the table shows of it."""
    counts: dict[tuple[str, str, str, str], Counter[str]] = {}
    for row in figures.findings:
        if row.channel == CHANNEL and row.check != SCOPE:
            counts.setdefault(_rule(row), Counter())[row.verdict] += row.mails
    order = {check: place for place, check in enumerate(CHECK_NAMES)}
    found = []
    for rule, verdicts in sorted(
        counts.items(), key=lambda item: (order.get(item[0][0], len(order)), item[0])
    ):
        check, article, version, certainty = rule
        found.append(
            (
                check,
                {
                    "check": check_text(check),
                    "article": article_text(article),
                    "version": version,
                    "certainty": f"{certainty} ({certainty_text(certainty)})",
                    "mails": sum(verdicts.values()),
                    **{verdict: verdicts[verdict] for verdict in VERDICTS},
                },
            )
        )
    return found


def _rule(row: FindingRow) -> tuple[str, str, str, str]:
    return row.check, row.article, row.version, row.certainty


def checks_panel(selection: Selection) -> Panel:
    """All checks of the chosen month, a bar each."""
    figures = selection.chosen
    totals = {check: seen(figures, check) for check in CHECK_NAMES if check != SCOPE}
    spoken = [check for check, counts in totals.items() if counts]
    if selection.compact:
        spoken = sorted(spoken, key=lambda check: -sum(totals[check].values()))[:SHOWN_COMPACT]
    rows = []
    for check in spoken:
        found = kinds(totals[check])
        total = sum(found.values())
        rows += [
            {
                "name": check_text(check),
                "series": str(LABELS[kind]),
                "rank": rank,
                "mails": mails,
                "share": mails / total,
            }
            for rank, (kind, mails) in enumerate(found.items())
        ]
    headings = {
        "name": gettext("Check"),
        "series": gettext("What was seen"),
        "mails": gettext("Mails"),
        "share": gettext("Share"),
    }
    labels = [str(label) for label in LABELS.values()]
    names = [check_text(check) for check in spoken]
    spec = charts.ranked_bars(rows, names, labels, headings, colours=COLOURS, compact=selection.compact)
    month = month_text(figures.month)
    heading = gettext("%(title)s, %(month)s") % {"title": STATISTIC.title, "month": month}
    found_rows = rule_rows(figures)
    columns = (
        Column("check", _("Check"), "text"),
        Column("article", _("Article"), "text"),
        Column("version", _("Law as of"), "text"),
        Column("certainty", _("Certainty of the rule"), "text"),
        Column("mails", _("Mails looked at"), "count"),
        *verdict_columns(""),
    )
    table = Table(
        heading,
        columns,
        [record for _check, record in found_rows],
        [check_slug(check) if check in CHECK_NAMES else None for check, _record in found_rows],
    )
    return Panel("checks", heading, checks_summary(figures), spec, table)


def checks_summary(figures: MonthFigures) -> str:
    """How much of the month's mail the checks looked at, in a sentence."""
    scope = seen(figures, SCOPE)
    total = sum(scope.values())
    month = month_text(figures.month)
    if not total:
        return gettext("In %(month)s no mail was held against the law.") % {"month": month}
    return gettext(
        "In %(month)s, %(likely)s of %(mails)s looked like specified e-mail and was put to the checks. "
        "What they saw is no judgement."
    ) % {"month": month, "likely": share_text(scope["likely"] / total), "mails": mails_text(total)}


def scope_panel(selection: Selection) -> Panel:
    """Whether the Act applies, by month."""
    heading = check_text(SCOPE)
    return Panel(
        "scope",
        heading,
        month_summary(selection.chosen, SCOPE),
        by_month(selection, SCOPE, SCOPE_KINDS, SCOPE_COLOURS),
        month_table(selection, SCOPE, heading),
    )


def panels(selection: Selection) -> list[Panel]:
    """The checks of the month, then what the Act applies to."""
    return (
        [checks_panel(selection)] if selection.compact else [checks_panel(selection), scope_panel(selection)]
    )


def panels_of(check: str) -> Callable[[Selection], list[Panel]]:
    """The one panel of a check's own page: what it saw by month."""
    if check == SCOPE:
        return lambda selection: [scope_panel(selection)]

    def show(selection: Selection) -> list[Panel]:
        heading = gettext("%(title)s, by month") % {"title": check_text(check)}
        return [
            Panel(
                "months",
                heading,
                month_summary(selection.chosen, check),
                by_month(selection, check, LABELS, COLOURS),
                month_table(selection, check, heading),
            )
        ]

    return show


STATISTIC = Statistic(
    slug="findings",
    title=_("What the checks of the law saw in spam"),
    short=_("Findings"),
    lead=_(
        "Each mail is held against the Act on Regulation of Transmission of Specified Electronic Mail as it stood on "
        "the day of sending. These are the findings by check and article, with how well each rule is known."
    ),
    note=NOTE,
    columns=(MONTH, *RULE_COLUMNS),
    records=records_of(None),
    panels=panels,
)

CHECK_PAGES = tuple(
    Statistic(
        slug=check_slug(check),
        title=CheckTitle(check),
        short=CheckTitle(check),
        lead=LOOKS_AT[check],
        note=NOTE,
        columns=(MONTH, *RULE_COLUMNS),
        records=records_of(check),
        panels=panels_of(check),
        parent="findings",
        rule=check,
    )
    for check in CHECK_NAMES
)
"""A page for each check of the law, reached from the page of all findings."""

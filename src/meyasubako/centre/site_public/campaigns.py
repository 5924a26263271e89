"""The month's largest campaigns as the pages show them: counted elsewhere, read once per version, made inert.

What is public is less than what is known: campaigns of ``LEAST`` mails and more, of their subjects only what they
have in common, domains written so that nothing makes a link of them, no sender and no recipient. A site that serves a
file of figures has no campaigns. The engine is imported with the first page that asks, as in ``source``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.site_public.opendata import csv_value, in_both
from meyasubako.centre.site_public.source import FRESH_SECONDS

if TYPE_CHECKING:
    from meyasubako.engines.local import LocalEngine
    from meyasubako.tables.home import Home
    from meyasubako.tables.table import Table

LEAST = 5
"""Mails from which a campaign is shown: fewer may be a few people's own correspondence."""
MOST = 50
"""Campaigns of a month that are shown and published."""
TITLE = _("The month's largest spam campaigns")
NOTE = _(
    "A campaign is mail of nearly the same wording, put together by machine; the findings are the machine's too, "
    "nobody was heard and nothing was decided. A domain that is linked to may be misused without its holder's "
    "knowledge."
)
COLUMNS: tuple[tuple[str, Any], ...] = (
    ("month", _("Month")),
    ("rank", _("Rank")),
    ("id", _("Campaign")),
    ("subject", _("Subject")),
    ("mails", _("Mails")),
    ("monitor_mails", _("At monitors")),
    ("senders", _("Sender addresses")),
    ("first_seen", _("First seen")),
    ("last_seen", _("Last seen")),
    ("languages", _("Languages")),
    ("countries", _("Countries of origin")),
    ("domains", _("Domains linked to")),
    ("findings", _("Findings")),
)


@dataclass(frozen=True, slots=True)
class MonthOfCampaigns:
    """The public campaigns of a month, largest first, each as ``meyasu campaigns --json`` has it and its rank."""

    month: str
    provisional: bool
    made_at: str
    campaigns: tuple[Mapping[str, Any], ...]
    provenance: Mapping[str, Any]

    def campaign(self, name: str) -> Mapping[str, Any] | None:
        """The campaign of this id; None where it is not among those shown."""
        return next((one for one in self.campaigns if one["id"] == name), None)


class Shelf:
    """The campaigns of a data folder, kept for as long as the table has the same version. For many threads."""

    def __init__(self, home: Path | None) -> None:
        """``home`` is None for a site without tables."""
        self._place = home
        self._lock = Lock()
        self._opened: tuple[Home, LocalEngine, Table] | None = None
        self._version = -1
        self._looked = -FRESH_SECONDS
        self._months: tuple[str, ...] = ()
        self._kept: dict[str, MonthOfCampaigns] = {}

    def months(self) -> tuple[str, ...]:
        """Months (YYYY-MM) with campaigns, oldest first."""
        with self._lock:
            self._look()
            return self._months

    def month(self, name: str) -> MonthOfCampaigns:
        """The campaigns of a month; none of them where the month has none."""
        with self._lock:
            self._look()
            if name not in self._kept:
                self._kept[name] = self._read(name)
            return self._kept[name]

    def _look(self) -> None:
        """See the newest tables, at most every two seconds."""
        if self._place is None or monotonic() - self._looked < FRESH_SECONDS:
            return
        from meyasubako.engines.campaign_tables import CAMPAIGNS_LAYOUT
        from meyasubako.engines.campaigns import campaign_months
        from meyasubako.engines.local import LocalEngine
        from meyasubako.tables.home import Home
        from meyasubako.tables.table import Table

        if self._opened is None:
            home = Home.at(self._place)
            self._opened = home, LocalEngine(workers=1), Table.open(home, CAMPAIGNS_LAYOUT)
        home, engine, table = self._opened
        version = table.refresh()
        if version != self._version:
            self._months = tuple(row["month"] for row in campaign_months(home, engine))
            self._kept = {}
            self._version = version
        self._looked = monotonic()

    def _read(self, name: str) -> MonthOfCampaigns:
        if self._opened is None or name not in self._months:
            return MonthOfCampaigns(name, provisional=False, made_at="", campaigns=(), provenance={})
        from meyasubako.engines.campaigns import largest_campaigns

        home, engine, _table = self._opened
        found = largest_campaigns(home, engine, name, limit=MOST)
        shown = tuple(
            {**one, "rank": rank, "month": name, "domains": inert(one["domains"])}
            for rank, one in enumerate(found["campaigns"], start=1)
            if one["mails"] >= LEAST
        )
        known = found["provenance"]
        provenance = {term: known[term] for term in ("query", "versions", "generation")}
        return MonthOfCampaigns(name, found["provisional"], known["made_at"], shown, provenance)


@cache
def shelf() -> Shelf:
    """The one shelf of this process."""
    return Shelf(None if settings.FIGURES_FILE else settings.HOME)


def inert(domains: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Domains that nothing makes a link of."""
    return [{**one, "value": one["value"].replace(".", "[.]")} for one in domains]


def as_json(months: list[MonthOfCampaigns]) -> str:
    """The campaigns with their columns explained and the provenance of every month."""
    document = {
        "statistic": "campaigns",
        "title": in_both(TITLE),
        "note": in_both(NOTE),
        "columns": [{"name": name, **in_both(label)} for name, label in COLUMNS],
        "records": [
            {name: one[name] for name, _label in COLUMNS} for month in months for one in month.campaigns
        ],
        "provenance": {
            month.month: {"provisional": month.provisional, "made_at": month.made_at, **month.provenance}
            for month in months
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def as_csv(months: list[MonthOfCampaigns]) -> str:
    """The same under the columns' machine names; lists as ``value count`` joined by semicolons."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([name for name, _label in COLUMNS])
    for month in months:
        for one in month.campaigns:
            writer.writerow([csv_value(_cell(one[name])) for name, _label in COLUMNS])
    return "\ufeff" + out.getvalue()


def _cell(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    parts = []
    for one in value:
        named = one["value"] if "value" in one else f"{one['article']} {one['check']} {one['verdict']}"
        parts.append(f"{named or 'unknown'} {one['mails']}")
    return "; ".join(parts)

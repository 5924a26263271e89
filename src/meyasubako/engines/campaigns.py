"""The nightly step that says which mails make a campaign, and what is told of the largest.

A month is grouped together with the month before it, and only mails of the month itself are written. A campaign
that began earlier keeps its id: the one that its smallest member had in the month before. So the result follows from
the observations alone, whatever order mails came in and however often the step ran. What a run has to make anew is
read off the change feed of ``observations``: months in which something was observed, the months after them, and on as
long as memberships change. Until a month is over its ids are provisional.

How mails are grouped is ``meyasubako.campaigns``' business; the tables are in ``campaign_tables``, what is told of a
campaign in ``campaign_summaries``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from meyasubako.campaigns.grouping import Mail, group
from meyasubako.engines.campaign_summaries import Known, domains_linked, in_japan, told, values
from meyasubako.engines.campaign_tables import (
    CAMPAIGN_MEMBERS,
    CAMPAIGN_MEMBERS_LAYOUT,
    CAMPAIGNS,
    CAMPAIGNS_LAYOUT,
    NEWEST_RUNS,
)
from meyasubako.engines.figures import check_month
from meyasubako.engines.generations import FIRST, Generations, Span, counted
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.engines.types import Engine
from meyasubako.errors import StorageError
from meyasubako.queries import query_text
from meyasubako.tables.compaction import compact, vacuum
from meyasubako.tables.home import Home
from meyasubako.tables.leases import exclusive, reading
from meyasubako.tables.table import AppTransaction, Table

LEASE = "campaigns"
APP = "campaigns-1"
"""The step as an application: another way of grouping gets another number, and makes every month anew; so does another
generation of observations."""
FILES = 24
"""Files of a table from which they are put together."""
COLUMNS = (
    "arrival_id", "received_at", "month", "channel", "fingerprint", "from_address", "from_domain", "subject",
    "language", "country", "links", "findings",
)  # fmt: skip

Rows = list[dict[str, Any]]


class Kept(NamedTuple):
    """What a run did: the months made anew, and mails and campaigns (of two mails at the least) in them."""

    months: tuple[str, ...]
    mails: int
    campaigns: int


class CampaignStep:
    """One home's step. For one process at a time: use :func:`keep_campaigns`."""

    def __init__(self, home: Home) -> None:
        """Open the tables (created when missing)."""
        self._home = home
        self._observations = Table.open(home, OBSERVATIONS_LAYOUT)
        self._generations = Generations(home, self._observations)
        self._members = Table.open(home, CAMPAIGN_MEMBERS_LAYOUT)
        self._campaigns = Table.open(home, CAMPAIGNS_LAYOUT)

    def run(self, now: datetime) -> Kept:
        """Make every stale month anew and commit. Hold ``reading`` around it."""
        self._generations.refresh()
        upto = self._observations.version
        self._members.refresh()
        self._campaigns.refresh()
        newest = self._generations.newest
        app = APP if newest == FIRST else f"{APP}-generation-{newest}"
        cursor = self._campaigns.transaction_version(app)
        if cursor == upto:
            return Kept((), 0, 0)
        months = self._months()
        touched = self._touched(cursor, months)
        run = 1 + max(_newest_run(self._members), _newest_run(self._campaigns))
        made: dict[str, Known] = {}
        members: list[pa.RecordBatch] = []
        campaigns: list[pa.RecordBatch] = []
        for month in months:
            before = _month_before(month)
            if month not in touched and before not in touched:
                continue
            seen = self._seen(month, before)
            made[month], likeness = _grouped(seen, month, made.get(before) or self._known(before))
            if made[month] != self._known(month):
                touched.add(month)
            where = {"run": run, "generation": self._generations.of(month), "month": month}
            members.append(_member_rows(made[month], likeness, where))
            summaries = told(seen, made[month])
            campaigns.append(
                pa.RecordBatch.from_pylist(
                    [{**where, **row, "made_at": in_japan(now)} for row in summaries], schema=CAMPAIGNS
                )
            )
        # Members first: a run that ends in between is made again, under the next number.
        self._members.append(members)
        self._campaigns.append(campaigns, transaction=AppTransaction(app, upto))
        return Kept(tuple(made), sum(map(len, made.values())), sum(batch.num_rows for batch in campaigns))

    def _months(self) -> list[str]:
        """Months with observations, in order."""
        found: set[str] = set()
        for file in self._observations.files():
            least, greatest = file.least.get("month"), file.greatest.get("month")
            if least is not None and least == greatest:
                found.add(str(least))
            else:
                found.update(distinct(pq.read_table(file.path, columns=["month"])["month"]))
        return sorted(found)

    def _touched(self, cursor: int | None, months: Sequence[str]) -> set[str]:
        """Months in which something was observed since a version; all of them where the feed does not say."""
        if cursor is None:
            return set(months)
        try:
            feed = self._observations.feed(cursor, columns=("month",))
            return {month for piece in feed for month in distinct(piece.rows.column("month"))}
        except StorageError:
            # Files behind the cursor are gone: nothing says any more which months are new.
            return set(months)

    def _seen(self, month: str, before: str) -> pa.Table:
        """What was observed in the month and in the one before, of mails that have a fingerprint."""
        window = [
            pq.read_table(
                file.path,
                columns=[*COLUMNS, "generation"],
                filters=[("month", "in", [before, month])],
            )
            for file in self._observations.files()
            if str(file.least.get("month", "")) <= month and str(file.greatest.get("month", "~")) >= before
        ]
        seen = counted(pa.concat_tables(window), self._generations.spans())
        return seen.filter(pc.is_valid(seen["fingerprint"]))

    def _known(self, month: str) -> Known:
        """The members of a month as the newest run of it said."""
        rows: dict[int, list[pa.Table]] = defaultdict(list)
        for file in self._members.files():
            if str(file.least.get("month", "")) <= month <= str(file.greatest.get("month", "~")):
                table = pq.read_table(
                    file.path,
                    filters=[("month", "=", month), ("generation", "=", self._generations.of(month))],
                )
                for run in distinct(table["run"]):
                    rows[run].append(table.filter(pc.equal(table["run"], run)))
        if not rows:
            return {}
        newest = pa.concat_tables(rows[max(rows)])
        columns = (values(newest, name) for name in ("arrival_id", "campaign", "since"))
        return {arrival: (campaign, since) for arrival, campaign, since in zip(*columns, strict=True)}

    def tidy(self, *, wait: float = 60.0) -> None:
        """Put many small files together, without the rows that newer runs stand in place of."""
        for table in (self._members, self._campaigns):
            table.refresh()
            if len(table.files()) >= FILES:
                compact(self._home, table, select=NEWEST_RUNS)
                vacuum(self._home, table, wait=wait)


def keep_campaigns(home: Home, *, now: datetime, wait: float = 60.0) -> Kept:
    """Bring the campaigns up to the observations; a home that is up to date costs a look at two logs.

    Raises UnavailableError when another process is at it and does not end within ``wait`` seconds.
    """
    with exclusive(home, LEASE, wait=wait):
        step = CampaignStep(home)
        with reading(home):
            kept = step.run(now)
        step.tidy(wait=wait)
    return kept


def campaign_months(home: Home, engine: Engine) -> Rows:
    """Months with campaigns: month, run, campaigns, mails, made_at; oldest first."""
    return [
        row
        for span in _spans(home)
        for row in _asked(home, engine, "campaigns_months", {"generation": span.generation})
        if span.first <= row["month"] <= span.last
    ]


def _spans(home: Home) -> tuple[Span, ...]:
    generations = Generations(home, Table.open(home, OBSERVATIONS_LAYOUT))
    generations.read()
    return generations.spans()


def largest_campaigns(
    home: Home, engine: Engine, month: str | None = None, *, limit: int = 20
) -> dict[str, Any]:
    """The largest campaigns of a month (the newest with campaigns by default), and what they were made from.

    ``{month, provisional, campaigns[{id, mails, monitor_mails, senders, first_seen, last_seen, subject,
    languages, countries, domains, findings}], provenance{query, run, made_at, versions, generation}}``, a thousand
    campaigns at the most. ``month`` is None when there are none at all. Raises UsageError for what is no month.
    """
    if month is not None:
        check_month(month)
    months = {row["month"]: row for row in campaign_months(home, engine)}
    month = month or max(months, default=None)
    generation = next(
        (one.generation for one in _spans(home) if month and one.first <= month <= one.last), FIRST
    )
    rows: Rows = []
    made = months.get(month or "")
    if made is not None:
        asked = {"generation": generation, "first": month, "last": month}
        rows = _asked(home, engine, "campaigns_largest", asked)[:limit]
    return {
        "month": month,
        "provisional": made is not None and is_provisional(made["month"], made["made_at"]),
        "campaigns": [_shown(row) for row in rows],
        "provenance": {
            "query": ["campaigns_largest"],
            "run": made["run"] if made else None,
            "made_at": made["made_at"] if made else None,
            "versions": {"campaigns": Table.open(home, CAMPAIGNS_LAYOUT).version},
            "generation": generation,
        },
    }


def is_provisional(month: str, made_at: str) -> bool:
    """Whether the month was not over when its campaigns were made (ISO 8601, Japan's time)."""
    return made_at[: len(month)] <= month


def _asked(home: Home, engine: Engine, query: str, values: dict[str, Any]) -> Rows:
    with reading(home):
        paths = [file.path for file in Table.open(home, CAMPAIGNS_LAYOUT).files()]
        return engine.query(query_text(query), {}, {"campaigns": paths}, values) if paths else []


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    left_out = ("run", "generation", "month", "made_at", "campaign")
    return {"id": row["campaign"], **{name: value for name, value in row.items() if name not in left_out}}


def distinct(column: pa.Array[Any] | pa.ChunkedArray[Any]) -> set[Any]:
    """The values of a column, each once."""
    return set(pc.unique(column).to_pylist())


def _month_before(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year - (number == 1):04}-{(number - 2) % 12 + 1:02}"


def _newest_run(table: Table) -> int:
    runs = [pc.max(pq.read_table(file.path, columns=["run"])["run"]).as_py() for file in table.files()]
    return max((run for run in runs if run is not None), default=0)


def _grouped(seen: pa.Table, month: str, before: Known) -> tuple[Known, dict[str, float]]:
    """The campaign of each mail of the month, when it began, and how like its centre each mail is."""
    moments = dict(zip(values(seen, "arrival_id"), values(seen, "received_at"), strict=True))
    months = dict(zip(values(seen, "arrival_id"), values(seen, "month"), strict=True))
    known: Known = {}
    likeness: dict[str, float] = {}
    for one in group(_mails(seen)):
        if months[one.arrival_id] == month:
            known[one.arrival_id] = before.get(one.campaign) or (one.campaign, moments[one.campaign])
            likeness[one.arrival_id] = one.likeness
    return known, likeness


def _mails(seen: pa.Table) -> Iterable[Mail]:
    moments = seen["received_at"].cast(pa.int64()).to_pylist()
    names = (values(seen, name) for name in ("arrival_id", "fingerprint", "from_domain"))
    for moment, arrival, sketch, sender, links in zip(moments, *names, domains_linked(seen), strict=True):
        yield Mail(moment, arrival, sketch, (*links, sender) if sender else tuple(links))


def _member_rows(known: Known, likeness: dict[str, float], where: dict[str, Any]) -> pa.RecordBatch:
    rows = [
        {**where, "campaign": campaign, "since": since, "arrival_id": arrival, "likeness": likeness[arrival]}
        for arrival, (campaign, since) in known.items()
    ]
    return pa.RecordBatch.from_pylist(rows, schema=CAMPAIGN_MEMBERS)

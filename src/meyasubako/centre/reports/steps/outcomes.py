"""Follows the campaigns that reported mails were grouped into, so that reporters are told: joined to a campaign.

Reads the feed of ``campaign_members`` from a cursor that is moved in the transaction of what it writes. Ids of a month
that is not over are provisional: a mail whose campaign changes takes its report along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import transaction

from meyasubako.centre.accounts.types import SYSTEM
from meyasubako.centre.reports.domain.kinds import Outcome
from meyasubako.centre.reports.models import Cursor, ReportMail, ReportOutcome
from meyasubako.centre.reports.services.outcomes import report_outcome_record
from meyasubako.engines.campaign_tables import (
    CAMPAIGN_MEMBERS_LAYOUT,
    CAMPAIGNS_LAYOUT,
)
from meyasubako.errors import StorageError, UnavailableError
from meyasubako.tables.compaction import pin
from meyasubako.tables.home import Home
from meyasubako.tables.leases import exclusive, reading
from meyasubako.tables.table import Table

LEASE = "report-outcomes"
NAME = "report-outcomes"
AT_ONCE = 500
COLUMNS = ("run", "campaign", "arrival_id")


def step_outcomes(now: datetime) -> int:
    """Note which reports' mails were joined to a campaign since the last look; how many mails that changed."""
    home = Home.at(settings.HOME)
    try:
        with exclusive(home, LEASE), reading(home):
            members = Table.open(home, CAMPAIGN_MEMBERS_LAYOUT)
            version, table = members.version, members.identity
            known = Cursor.objects.filter(name=NAME, table=table).first()
            if known is not None and known.version == version:
                return 0
            if known is None:
                pin(home, members.name, NAME, 0)
            found = _newest(_members(members, None if known is None else known.version))
            large = _campaigns_of_many(home)
            with transaction.atomic():
                changed = _write(found, large, now)
                Cursor.objects.update_or_create(name=NAME, defaults={"table": table, "version": version})
            pin(home, members.name, NAME, version)
            return changed
    except UnavailableError:
        return 0


def _members(table: Table, after: int | None) -> Iterator[pa.RecordBatch]:
    """Rows written since a version; every row where there is no cursor, or its files are gone."""
    if after is not None:
        try:
            yield from [piece.rows for piece in table.feed(after, columns=COLUMNS)]
            return
        except StorageError:
            pass  # behind the cursor nothing is left to read: the table as it is says the same, and more
    yield from table.scan(COLUMNS)


def _newest(batches: Iterable[pa.RecordBatch]) -> dict[str, str]:
    """The campaign of each arrival as the newest run has it."""
    runs: dict[str, tuple[int, str]] = {}
    for batch in batches:
        columns: list[list[Any]] = [batch.column(name).to_pylist() for name in COLUMNS]
        for run, campaign, arrival in zip(*columns, strict=True):
            if arrival not in runs or run >= runs[arrival][0]:
                runs[arrival] = (run, campaign)
    return {arrival: campaign for arrival, (_, campaign) in runs.items()}


def _campaigns_of_many(home: Home) -> set[str]:
    """Campaigns of two mails at the least: a mail that is alone has joined nothing."""
    newest: dict[str, tuple[int, set[str]]] = {}
    for batch in Table.open(home, CAMPAIGNS_LAYOUT).scan(("run", "month", "campaign")):
        columns: list[list[Any]] = [batch.column(name).to_pylist() for name in ("run", "month", "campaign")]
        for run, month, campaign in zip(*columns, strict=True):
            if month not in newest or run > newest[month][0]:
                newest[month] = (run, set())
            if run == newest[month][0]:
                newest[month][1].add(campaign)
    return {campaign for _, campaigns in newest.values() for campaign in campaigns}


def _write(found: dict[str, str], large: set[str], now: datetime) -> int:
    changed: list[ReportMail] = []
    arrivals = list(found)
    for start in range(0, len(arrivals), AT_ONCE):
        rows = ReportMail.objects.filter(arrival_id__in=arrivals[start : start + AT_ONCE])
        for mail in rows.only("pk", "arrival_id", "campaign", "report_id"):
            campaign = found[mail.arrival_id] if found[mail.arrival_id] in large else ""
            if campaign != mail.campaign:
                mail.campaign = campaign
                changed.append(mail)
    ReportMail.objects.bulk_update(changed, ["campaign"], batch_size=AT_ONCE)
    for mail in changed:
        current = ReportMail.objects.filter(report_id=mail.report_id).exclude(campaign="")
        names = set(current.values_list("campaign", flat=True))
        joined = ReportOutcome.objects.filter(report_id=mail.report_id, outcome=Outcome.JOINED.value)
        joined.exclude(reference__in=names).delete()
        for name in sorted(names):
            report_outcome_record(
                report_ids=[mail.report_id], outcome=Outcome.JOINED, reference=name, by=SYSTEM, now=now
            )
    return len(changed)

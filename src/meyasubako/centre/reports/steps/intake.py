"""From the spool of mails to report addresses into the relational database, and there taken apart.

A record is laid down under its arrival's id, in a transaction of its own: whatever dies on the way, the segment is
read again and what was laid down already is known. A database that is locked or gone leaves the segment where it is.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError

from meyasubako.centre.reports.domain.kinds import Channel
from meyasubako.centre.reports.domain.states import State
from meyasubako.centre.reports.models import Report
from meyasubako.centre.reports.services.filing import report_file
from meyasubako.centre.reports.services.receiving import report_lay_down
from meyasubako.errors import UnavailableError
from meyasubako.receivers.spool import Segment, free_segments
from meyasubako.tables.home import Home
from meyasubako.tables.leases import exclusive

LEASE = "report-intake"

_log = logging.getLogger(__name__)


def step_intake(now: datetime) -> int:
    """Lay down what lies in the spool, then take apart whatever was not yet; how many reports were filed or held."""
    home = Home.at(settings.HOME)
    try:
        with exclusive(home, LEASE):
            for segment in free_segments(home.report_spool):
                _lay_down(segment, now)
                segment.remove()
            return _file(now)
    except UnavailableError:
        return 0


def _lay_down(segment: Segment, now: datetime) -> None:
    for number, record in enumerate(segment.records()):
        arrival = str(record.envelope.get("arrival_id") or f"{segment.path.stem}:{number}")
        received_at = datetime.fromisoformat(record.envelope["received_at"])
        report_lay_down(
            key=f"mail:{arrival}", raw=record.raw, envelope=record.envelope, received_at=received_at, now=now
        )


def _file(now: datetime) -> int:
    waiting = Report.objects.filter(state=State.RECEIVED.value, channel=Channel.MAIL.value)
    filed = 0
    for report_id in list(waiting.order_by("pk").values_list("pk", flat=True)):
        try:
            report_file(report_id=report_id, now=now)
            filed += 1
        except DatabaseError:
            raise
        except Exception as mistake:  # noqa: BLE001 - one mail must not stop the others; it is held after some tries
            _log.error("report:%d could not be filed: %s", report_id, type(mistake).__name__)
    return filed

"""Reports and petitions in the navigation, and what of them waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.accounts.permissions import can_erase, can_file_reports, can_read_reports
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.reports.domain.kinds import Kind
from meyasubako.centre.reports.selectors import erasure_requests, petitions_of, report_page, state_counts
from meyasubako.centre.site_staff.reporting import wording
from meyasubako.centre.site_staff.section import QueueCount, Section


def report_queues(viewer: Viewer, _now: datetime) -> Sequence[QueueCount]:
    """Held reports first, then filed ones by kind; requests for erasure for those who decide on them."""
    page, counts = reverse("reports"), state_counts(viewer)
    queues = []
    if can_file_reports(viewer):
        held = counts["held"]
        queues.append(QueueCount(_("Held reports"), held, f"{page}?state=held", urgent=held > 0))
    for kind in Kind:
        count = report_page(viewer, state="taken", kind=kind.value, size=1).total
        if count:
            label = wording.KINDS[kind.value]
            queues.append(QueueCount(label, count, f"{page}?state=taken&kind={kind.value}"))
    if can_erase(viewer):
        wanted = len(erasure_requests(viewer))
        queues.append(QueueCount(_("Requests for erasure"), wanted, reverse("erasures"), urgent=wanted > 0))
    return queues


def petition_queues(viewer: Viewer, _now: datetime) -> Sequence[QueueCount]:
    """Petitions that are not looked into yet, and those of which the other authority was not told."""
    page, petitions = reverse("petitions"), petitions_of(viewer)
    waiting = petitions.filter(investigated_at=None).count()
    untold = petitions.filter(notices__isnull=False, notices__sent_at=None).distinct().count()
    return (
        QueueCount(_("Petitions to look into"), waiting, page),
        QueueCount(_("Other authority to be told"), untold, f"{page}?untold=1", urgent=untold > 0),
    )


REPORTS = Section(
    key="reports",
    label=_("Reports"),
    entry="reports",
    urls="meyasubako.centre.site_staff.reporting.urls",
    allowed=can_read_reports,
    queues=report_queues,
)
PETITIONS = Section(
    key="petitions",
    label=_("Petitions"),
    entry="petitions",
    urls="meyasubako.centre.site_staff.reporting.urls_petitions",
    allowed=can_read_reports,
    queues=petition_queues,
)

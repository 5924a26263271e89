"""The audit log in the navigation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from meyasubako.centre.accounts.permissions import can_read_audit
from meyasubako.centre.accounts.selectors import events
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.audit.selectors import Wanted
from meyasubako.centre.site_staff.section import QueueCount, Section


def queues(viewer: Viewer, now: datetime) -> Sequence[QueueCount]:
    """What an auditor looks at first: refusals and locks of the last day."""
    day = now - timedelta(days=1)
    denied = events(viewer, Wanted(action="permission.denied", since=day)).count()
    locked = events(viewer, Wanted(action="login.locked", since=day)).count()
    page = reverse("audit")
    return (
        QueueCount(_("Refusals in 24 hours"), denied, f"{page}?action=permission.denied"),
        QueueCount(_("Lock-outs in 24 hours"), locked, f"{page}?action=login.locked", urgent=locked > 0),
    )


SECTION = Section(
    key="audit",
    label=_("Audit log"),
    entry="audit",
    urls="meyasubako.centre.site_staff.auditing.urls",
    allowed=can_read_audit,
    queues=queues,
)

"""Monitors, unknown recipients and keys of the API in the navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from meyasubako.centre.accounts.permissions import can_manage_keys, can_read_monitors
from meyasubako.centre.site_staff.section import Section

MONITORS = Section(
    key="monitors",
    label=_("Monitors"),
    entry="monitors",
    urls="meyasubako.centre.site_staff.monitoring.urls_monitors",
    allowed=can_read_monitors,
)
UNKNOWN = Section(
    key="unknown-recipients",
    label=_("Unknown recipients"),
    entry="unknown_recipients",
    urls="meyasubako.centre.site_staff.monitoring.urls_unknown",
    allowed=can_read_monitors,
)
KEYS = Section(
    key="api-keys",
    label=_("API keys"),
    entry="api_keys",
    urls="meyasubako.centre.site_staff.monitoring.urls_keys",
    allowed=can_manage_keys,
)

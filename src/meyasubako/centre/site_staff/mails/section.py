"""Mails in the navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from meyasubako.centre.accounts.permissions import can_search_mail
from meyasubako.centre.site_staff.section import Section

SECTION = Section(
    key="mails",
    label=_("Search mail"),
    entry="mails",
    urls="meyasubako.centre.site_staff.mails.urls",
    allowed=can_search_mail,
)

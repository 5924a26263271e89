"""Accounts and organisations in the navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from meyasubako.centre.accounts.permissions import can_manage_accounts
from meyasubako.centre.site_staff.section import Section

ACCOUNTS = Section(
    key="accounts",
    label=_("Accounts"),
    entry="accounts",
    urls="meyasubako.centre.site_staff.people.urls_accounts",
    allowed=can_manage_accounts,
)
ORGANISATIONS = Section(
    key="organisations",
    label=_("Organisations"),
    entry="organisations",
    urls="meyasubako.centre.site_staff.people.urls_organisations",
    allowed=can_manage_accounts,
)

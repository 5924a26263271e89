"""Registers the app with Django."""

from __future__ import annotations

from django.apps import AppConfig


class SiteStaffConfig(AppConfig):
    """The officers' site: queue, search, reading mail safely. A process and a host of its own."""

    name = "meyasubako.centre.site_staff"
    label = "site_staff"

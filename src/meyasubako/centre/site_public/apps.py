"""The application as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig


class SitePublicConfig(AppConfig):
    """The public pages; they keep nothing of their own in the database."""

    name = "meyasubako.centre.site_public"
    label = "site_public"

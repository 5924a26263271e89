"""Registers the app with Django."""

from __future__ import annotations

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Reports and petitions from people: receipts, holding pen, outcomes; a reporter's identity apart from the report."""

    name = "meyasubako.centre.reports"
    label = "reports"

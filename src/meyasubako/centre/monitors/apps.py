"""Registers the app with Django."""

from __future__ import annotations

from django.apps import AppConfig


class MonitorsConfig(AppConfig):
    """Monitor mailboxes: addresses, classes, carriers, service dates; mail to names that never existed."""

    name = "meyasubako.centre.monitors"
    label = "monitors"

"""Registers the app with Django."""

from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """What was done, by whom, to what: append-only events, a hash chain closed by a sealer step, no foreign keys."""

    name = "meyasubako.centre.audit"
    label = "audit"

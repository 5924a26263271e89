"""Registers the app with Django."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The programming interface over HTTP: keys with scopes, batches of mails, a result per item."""

    name = "meyasubako.centre.api"
    label = "api"

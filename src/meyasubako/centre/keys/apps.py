"""Registers the app with Django."""

from __future__ import annotations

from django.apps import AppConfig


class KeysConfig(AppConfig):
    """Keys of the API: scopes, limits, expiry, revocation."""

    name = "meyasubako.centre.keys"
    label = "keys"

"""Registers the app with Django."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, organisations, roles and second factors; who may do what."""

    name = "meyasubako.centre.accounts"
    label = "accounts"

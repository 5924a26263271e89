"""Addresses under /unknown-recipients/."""

from __future__ import annotations

from django.urls import path

from meyasubako.centre.site_staff.monitoring import unknown

urlpatterns = [
    path("", unknown.sources, name="unknown_recipients"),
    path("sources.csv", unknown.sources_csv, name="unknown_recipients_csv"),
    path("sources.json", unknown.sources_json, name="unknown_recipients_json"),
]

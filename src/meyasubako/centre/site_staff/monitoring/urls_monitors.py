"""Addresses under /monitors/."""

from __future__ import annotations

from django.urls import path

from meyasubako.centre.site_staff.monitoring import monitors

urlpatterns = [
    path("", monitors.monitor_list, name="monitors"),
    path("add/", monitors.add, name="monitor_add"),
    path("csv/", monitors.export_csv, name="monitors_csv"),
    path("import/", monitors.import_csv, name="monitors_import"),
    path("<str:name>/", monitors.monitor, name="monitor"),
    path("<str:name>/retire/", monitors.retire, name="monitor_retire"),
]

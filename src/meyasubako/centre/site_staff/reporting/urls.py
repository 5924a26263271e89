"""Addresses under /reports/."""

from __future__ import annotations

from django.urls import path

from meyasubako.centre.site_staff.reporting import detail, erasures, lists, opening

urlpatterns = [
    path("", lists.report_list, name="reports"),
    path("many/", lists.bulk, name="reports_bulk"),
    path("erasures/", erasures.erasure_list, name="erasures"),
    path("<int:report_id>/", detail.report, name="report"),
    path("<int:report_id>/act/", detail.act, name="report_act"),
    path("<int:report_id>/open/", opening.open_part, name="report_open"),
    path("<int:report_id>/inside/", opening.refile_inside, name="report_inside"),
    path("<int:report_id>/erasure/", erasures.decide, name="report_erasure"),
]

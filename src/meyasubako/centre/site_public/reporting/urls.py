"""Pages of people who report: /ja/report/... and /en/report/..."""

from __future__ import annotations

from django.urls import path, re_path

from meyasubako.centre.site_public.reporting import petition_views, views

LINK = r"(?P<secret>[A-Za-z0-9_-]{32})"

urlpatterns = [
    path("", views.choose, name="report"),
    re_path(rf"^track/{LINK}/$", views.track, name="report-track"),
    re_path(rf"^track/{LINK}/(?P<act>withdraw|erase)/$", views.give_up, name="report-give-up"),
    path("petition/", petition_views.petition_form, name="petition"),
    re_path(rf"^petition/track/{LINK}/$", petition_views.track, name="petition-track"),
    path("<slug:kind>/", views.report_form, name="report-form"),
]

"""Open data, one address for every language: /data/<statistic>.json and .csv."""

from __future__ import annotations

from django.urls import re_path

from meyasubako.centre.site_public import views

urlpatterns = [
    re_path(r"^(?P<slug>[a-z0-9-]+)\.(?P<form>json|csv)$", views.data, name="data"),
]

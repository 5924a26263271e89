"""Open data, one address for every language: /data/<statistic>.json and .csv."""

from __future__ import annotations

from django.urls import path, re_path

from meyasubako.centre.site_public import campaign_views, seal_heads, views

urlpatterns = [
    path("seal-heads.json", seal_heads.seal_heads, name="seal-heads"),
    re_path(r"^campaigns\.(?P<form>json|csv)$", campaign_views.campaign_data, name="campaign-data"),
    re_path(r"^(?P<slug>[a-z0-9-]+)\.(?P<form>json|csv)$", views.data, name="data"),
]

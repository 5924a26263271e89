"""Pages under a language: /ja/... and /en/..."""

from __future__ import annotations

from django.urls import include, path

from meyasubako.centre.site_public import campaign_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("report/", include("meyasubako.centre.site_public.reporting.urls")),
    path("campaigns/", campaign_views.campaign_list, name="campaigns"),
    path("campaigns/<slug:name>/", campaign_views.campaign, name="campaign"),
    path("<slug:slug>/", views.statistic_page, name="statistic"),
    path("<slug:slug>/<slug:panel>.svg", views.picture, name="picture"),
]

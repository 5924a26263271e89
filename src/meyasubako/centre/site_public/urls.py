"""Pages under a language: /ja/... and /en/..."""

from __future__ import annotations

from django.urls import path

from meyasubako.centre.site_public import views

urlpatterns = [
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("<slug:slug>/", views.statistic_page, name="statistic"),
    path("<slug:slug>/<slug:panel>.svg", views.picture, name="picture"),
]

"""Addresses under /organisations/."""

from __future__ import annotations

from django.urls import path

from meyasubako.centre.site_staff.people import organisations

urlpatterns = [
    path("", organisations.organisation_list, name="organisations"),
    path("add/", organisations.add, name="organisation_add"),
    path("<int:pk>/", organisations.organisation, name="organisation"),
]

"""Addresses under /petitions/."""

from __future__ import annotations

from django.urls import path

from meyasubako.centre.site_staff.reporting import petitions

urlpatterns = [
    path("", petitions.petition_list, name="petitions"),
    path("<int:petition_id>/", petitions.petition, name="petition"),
    path("<int:petition_id>/petitioner/", petitions.open_petitioner, name="petitioner"),
    path("<int:petition_id>/notices/<int:notice_id>/", petitions.notice_sent, name="petition_notice"),
]

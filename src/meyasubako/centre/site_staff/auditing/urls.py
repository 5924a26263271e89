"""Addresses under /audit/."""

from __future__ import annotations

from django.urls import path

from meyasubako.centre.site_staff.auditing import views

urlpatterns = [
    path("", views.event_list, name="audit"),
    path("chain/", views.chain_page, name="audit_chain"),
]

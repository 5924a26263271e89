"""Addresses under /api-keys/."""

from __future__ import annotations

from django.urls import path

from meyasubako.centre.site_staff.monitoring import keys

urlpatterns = [
    path("", keys.key_list, name="api_keys"),
    path("add/", keys.add, name="api_key_add"),
    path("<slug:public_id>/revoke/", keys.revoke, name="api_key_revoke"),
]

"""Addresses under /mails/."""

from __future__ import annotations

from django.urls import path

from meyasubako.centre.site_staff.mails import pages, searching

urlpatterns = [
    path("", searching.search, name="mails"),
    path("campaigns/<uuid:campaign>/<str:month>/", searching.campaign, name="mail_campaign"),
    path("<uuid:arrival_id>/", pages.mail, name="mail"),
    path("<uuid:arrival_id>/source/", pages.source, name="mail_source"),
    path("<uuid:arrival_id>/open/", pages.open_whole, name="mail_open"),
]

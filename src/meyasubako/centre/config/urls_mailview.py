"""Addresses of the third origin: one mail's HTML by token, and the answer to "are you there"."""

from __future__ import annotations

from django.urls import path

from meyasubako.centre.site_staff import health
from meyasubako.centre.site_staff.mails import frame

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("robots.txt", health.robots, name="robots"),
    path("mail/<str:token>", frame.mail_frame, name="mail_frame"),
]

handler400 = "meyasubako.centre.site_staff.mails.frame.refused"
handler404 = "meyasubako.centre.site_staff.mails.frame.refused"
handler500 = "meyasubako.centre.site_staff.mails.frame.broken"

"""Addresses of the staff site: logging in, the home page, and each section under its own prefix."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from meyasubako.centre.site_staff import health, home
from meyasubako.centre.site_staff.sections import SECTIONS

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("robots.txt", health.robots, name="robots"),
    path("", home.to_language, name="root"),
    *i18n_patterns(
        path("", home.home, name="home"),
        path("", include("meyasubako.centre.site_staff.signing.urls")),
        *(path(f"{section.key}/", include(section.urls)) for section in SECTIONS),
    ),
]

handler400 = "meyasubako.centre.site_staff.errors.bad_request"
handler403 = "meyasubako.centre.site_staff.errors.forbidden"
handler404 = "meyasubako.centre.site_staff.errors.not_found"
handler500 = "meyasubako.centre.site_staff.errors.server_error"

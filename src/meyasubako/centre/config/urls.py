"""Addresses of the project: what is the same in every language, and the pages under /ja/ and /en/."""

from __future__ import annotations

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from meyasubako.centre.site_public import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("robots.txt", views.robots, name="robots"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("data/", include("meyasubako.centre.site_public.urls_data")),
    *([path("api/", include("meyasubako.centre.api.urls"))] if settings.REPORTING else []),
    *i18n_patterns(path("", include("meyasubako.centre.site_public.urls"))),
]

handler400 = "meyasubako.centre.site_public.errors.bad_request"
handler403 = "meyasubako.centre.site_public.errors.forbidden"
handler404 = "meyasubako.centre.site_public.errors.not_found"
handler500 = "meyasubako.centre.site_public.errors.server_error"

"""Pages for what went wrong, in the language of the address, else both.

The 500 page asks no database, no figures and no context processor: it must render when those are what broke.
"""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language_from_path, override

from meyasubako.errors import MeyasuError

logger = logging.getLogger(__name__)


def error_page(request: HttpRequest, status: int) -> HttpResponse:
    """The page for this status, in the language of the address (Japanese where it names none)."""
    with override(get_language_from_path(request.path_info) or "ja"):
        return render(request, "site/error.html", {"status": status}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - called by these names
    """400."""
    return HttpResponse(render_to_string("site/500.html", {"status": 400}), status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - called by these names
    """403."""
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - called by these names
    """404."""
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - called by this name
    """500, in both languages on one page."""
    return HttpResponse(render_to_string("site/500.html", {"status": 500}), status=500)


def unavailable(request: HttpRequest, error: MeyasuError) -> HttpResponse:
    """503: the figures cannot be read now; the reason goes to the log, not to the reader."""
    logger.error("figures unavailable: %s", error)
    response = error_page(request, 503)
    response.headers["Retry-After"] = "60"
    response.headers["Cache-Control"] = "no-store"
    return response

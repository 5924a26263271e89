"""Pages for what went wrong on the staff site, in the language of the address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language_from_path, override


def error_page(request: HttpRequest, status: int) -> HttpResponse:
    """The page for this status (Japanese where the address names no language)."""
    with override(get_language_from_path(request.path_info) or "ja"):
        return render(request, "site_staff/error.html", {"status": status}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - called by these names
    """400; the request may be too broken for a page with context."""
    return HttpResponse(render_to_string("site_staff/500.html", {"status": 400}), status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - called by these names
    """403: not for this account."""
    return error_page(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - called by these names
    """403 for a form that did not come from a page of this site, or came too late."""
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - called by these names
    """404."""
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - called by this name
    """500, in both languages on one page, without asking anything."""
    return HttpResponse(render_to_string("site_staff/500.html", {"status": 500}), status=500)

"""What every page of the staff site knows: the viewer, the navigation, the same page in the other language."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse, translate_url
from django.utils.translation import get_language

from meyasubako import __version__
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.site_staff.sections import SECTIONS


def staff(request: HttpRequest) -> dict[str, Any]:
    """Context processor; works for error pages and before the login too."""
    language = "en" if get_language() == "en" else "ja"
    other = "ja" if language == "en" else "en"
    viewer: Viewer | None = getattr(request, "viewer", None)
    match = request.resolver_match
    here = request.get_full_path()
    return {
        "language": language,
        "other_language": other,
        "other_language_url": translate_url(here, other) if match else f"/{other}/",
        "operator": settings.OPERATOR[language],
        "version": __version__,
        "viewer": viewer,
        "account": request.user if viewer else None,
        "navigation": _navigation(viewer, request.path) if viewer else [],
    }


def _navigation(viewer: Viewer, here: str) -> list[dict[str, Any]]:
    entries = []
    for section in SECTIONS:
        if section.allowed(viewer):
            url = reverse(section.entry)
            current = "page" if here == url else "true" if f"/{section.key}/" in here else ""
            entries.append({"label": section.label, "url": url, "current": current})
    return entries

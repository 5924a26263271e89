"""What every page knows: the operator, the navigation, the same page in the other language."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language

from meyasubako import __version__
from meyasubako.centre.site_public.statistics import STATISTICS


def site(request: HttpRequest) -> dict[str, Any]:
    """Context processor; works for error pages too, where nothing was resolved."""
    language = "en" if get_language() == "en" else "ja"
    other = "ja" if language == "en" else "en"
    here = request.get_full_path()
    return {
        "language": language,
        "other_language": other,
        "other_language_url": translate_url(here, other) if request.resolver_match else f"/{other}/",
        "operator": settings.OPERATOR[language],
        "demonstration": settings.DEMONSTRATION,
        "navigation": STATISTICS,
        "reporting": settings.REPORTING,
        "version": __version__,
    }

"""The secret link of a receipt, whole: where the site says people reach it, else where this request reached it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation

from meyasubako.centre.reports.types import Receipt


def site_of(request: HttpRequest) -> str:
    """The site's address without a last slash."""
    return settings.SITE_URL or request.build_absolute_uri("/").rstrip("/")


def link_of(receipt: Receipt, page: str, *, site: str, language: str) -> str | None:
    """The link to a page (``report-track``, ``petition-track``); None where the secret cannot be told again."""
    if receipt.secret is None:
        return None
    with translation.override(language):
        return site + reverse(page, kwargs={"secret": receipt.secret})

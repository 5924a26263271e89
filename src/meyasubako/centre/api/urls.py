"""Addresses of the API: its operations, its description, a page about it, and problems for everything else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path

from meyasubako.centre.api.docs import docs
from meyasubako.centre.api.operations import api
from meyasubako.centre.api.problems import problem_answer


def nothing(_request: HttpRequest, **_named: str) -> HttpResponse:
    """Any other address."""
    return problem_answer("not-found")


urlpatterns = [
    path("v1/docs", docs, name="api-docs"),
    path("v1/", api.urls),
    re_path(r"^.*$", nothing),
]

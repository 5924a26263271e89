"""The page about the API: written from its own description, in both languages, with nothing from elsewhere."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from meyasubako.centre.api.operations import api
from meyasubako.centre.api.problems import PROBLEMS
from meyasubako.centre.api.reporting import REASONS
from meyasubako.centre.keys.scopes import SCOPES


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Operations, problems, reasons."""
    described = api.get_openapi_schema()
    operations = [
        _operation(method, path, said)
        for path, methods in described["paths"].items()
        for method, said in methods.items()
    ]
    context = {
        "operations": operations,
        "description": [_block(text) for text in described["info"]["description"].strip().split("\n\n")],
        "problems": [{"code": code, **problem._asdict()} for code, problem in PROBLEMS.items()],
        "reasons": [{"code": code, "en": en, "ja": ja} for code, (en, ja) in REASONS.items()],
        "scopes": SCOPES,
    }
    return render(request, "api/docs.html", context)


def _block(text: str) -> dict[str, Any]:
    """A paragraph, or a list, of the description."""
    is_list = text.startswith("- ")
    plain = text.replace("`", "").replace("\n  ", " ")
    return {
        "is_list": is_list,
        "lines": [line.removeprefix("- ") for line in plain.splitlines()] if is_list else [plain],
    }


def _operation(method: str, path: str, said: dict[str, Any]) -> dict[str, Any]:
    return {
        "method": method.upper(),
        "path": path,
        "id": said["operationId"],
        "summary": said["summary"],
        "description": said.get("description", "").split("\n\n"),
        "parameters": said.get("parameters", ()),
        "types": list(said.get("requestBody", {}).get("content", ())),
        "statuses": sorted(str(status) for status in said["responses"]),
    }

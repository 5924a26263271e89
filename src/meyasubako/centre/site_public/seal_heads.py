"""The signed heads of the arrivals' seals, one a day: published so that others hold what we could not take back."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

FOLDER = "seal-heads"
MOST = 1_000


@require_safe
def seal_heads(_request: HttpRequest) -> JsonResponse:
    """The newest heads, newest first; what each field means is told in the description of the seals."""
    folder = Path(settings.HOME) / FOLDER
    files = sorted(folder.glob("????-??-??.json"), reverse=True) if folder.is_dir() else []
    heads = [json.loads(path.read_bytes()) for path in files[:MOST]]
    response = JsonResponse({"heads": heads}, json_dumps_params={"indent": 1})
    response.headers["Cache-Control"] = "max-age=600"
    return response

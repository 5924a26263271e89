"""Charts drawn on the server, kept for the pages that ask again.

Drawing starts a script engine of some 70 MB: it happens only in a serving process and only when somebody asks
for a picture.
"""

from __future__ import annotations

import json
from functools import lru_cache
from threading import Lock

from meyasubako.centre.site_public import charts

DRAWING = Lock()


@lru_cache(maxsize=256)
def chart_picture(spec: str) -> str:
    """The SVG of a chart given as the text of its specification."""
    with DRAWING:
        return charts.svg(json.loads(spec))

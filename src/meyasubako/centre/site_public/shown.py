"""Panels as they were made once: charts are the same for every reader of a language.

Keyed by the version of the figures, so that new figures make new panels; the oldest fall out.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from django.utils.translation import get_language

from meyasubako.centre.site_public.statistics.model import Panel, Selection, Statistic

KEPT = 512
Key = tuple[str, str | None, str | None, str | None, bool]

_kept: OrderedDict[Key, list[Panel]] = OrderedDict()
_lock = Lock()


def shown_panels(statistic: Statistic, selection: Selection | None, *, compact: bool = False) -> list[Panel]:
    """``statistic.show(...)``, made once for each version, month and language."""
    version = selection.book.version if selection else None
    month = selection.chosen.month if selection else None
    key = (statistic.slug, version, month, get_language(), compact)
    with _lock:
        panels = _kept.get(key)
        if panels is not None:
            _kept.move_to_end(key)
            return panels
    panels = statistic.show(selection, compact=compact)
    with _lock:
        _kept[key] = panels
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return panels

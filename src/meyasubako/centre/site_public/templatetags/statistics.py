"""Filters for values in the pages' templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext

from meyasubako.centre.site_public import charts
from meyasubako.centre.site_public.formats import NOTHING, month_text

register = template.Library()


@register.filter
def month(name: str) -> str:
    """YYYY-MM as people write it."""
    return month_text(name)


@register.filter
def legend(spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Labels and colours of a chart's series."""
    return charts.legend(spec)


def provenance_text(value: Any) -> str:
    """A value of the provenance as one line; versions of tables as name and number."""
    if value is None or value == {}:
        return NOTHING
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(str(part) for part in value)
    return str(value)


@register.filter
def provenance(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Terms and texts: the known ones first and translated, any other under its own name."""
    terms = {
        "query": gettext("Query"),
        "versions": gettext("Table versions"),
        "generation": gettext("Generation of the analysis"),
        "analysis_version": gettext("Analysis"),
        "law_date": gettext("Law as of"),
        "geography_date": gettext("Geographic data of"),
        "register": gettext("Reports counted by their mails, and by the register"),
    }
    known = [(terms[name], provenance_text(values[name])) for name in terms if name in values]
    return known + [(name, provenance_text(value)) for name, value in values.items() if name not in terms]

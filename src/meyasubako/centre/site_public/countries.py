"""Names of countries in the site's languages, from the data file beside this module."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from django.utils.translation import get_language, gettext


@cache
def country_names() -> dict[str, dict[str, str]]:
    """ISO 3166-1 alpha-2 code -> {"en": name, "ja": name}."""
    text = (files("meyasubako.centre.site_public") / "data" / "countries.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return {code: {"en": english, "ja": japanese} for code, english, japanese in rows[1:]}


def country_name(code: str | None) -> str:
    """The name in the page's language; the code itself for one the table does not know; None is "Unknown"."""
    if code is None:
        return gettext("Unknown")
    names = country_names().get(code)
    return names["ja" if get_language() == "ja" else "en"] if names else code

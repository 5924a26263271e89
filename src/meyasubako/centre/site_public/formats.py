"""Values as people read them: counts, shares, months, in the page's language."""

from __future__ import annotations

from typing import Any, Literal

from django.utils.translation import get_language, gettext, ngettext

Kind = Literal["month", "text", "count", "share", "percent", "network"]

MONTHS = ("Jan.", "Feb.", "Mar.", "Apr.", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.")
NOTHING = "–"


def count_text(value: int) -> str:
    """Digits grouped by thousands, as both languages write them."""
    return f"{value:,}"


def share_text(value: float) -> str:
    """A share (0 to 1) as a percentage with one decimal."""
    return f"{value * 100:.1f}%"


def month_text(month: str) -> str:
    """YYYY-MM as 2026年3月 or Mar. 2026."""
    year, number = month.split("-")
    if get_language() == "ja":
        return f"{year}年{int(number)}月"
    return f"{MONTHS[int(number) - 1]} {year}"


def change_text(now: int, before: int | None) -> str:
    """How a count moved against the month before, as a phrase."""
    if not before:
        return gettext("no month before to compare with")
    change = (now - before) / before
    if abs(change) < 0.0005:
        return gettext("unchanged from the month before")
    if change > 0:
        return gettext("up %(share)s on the month before") % {"share": share_text(change)}
    return gettext("down %(share)s on the month before") % {"share": share_text(-change)}


def mails_text(count: int) -> str:
    """A number of mails with its unit."""
    return ngettext("%(count)s mail", "%(count)s mails", count) % {"count": count_text(count)}


def value_text(kind: Kind, value: Any) -> str:
    """One cell of a table; a dash for what is not known."""
    if value is None:
        return NOTHING
    if kind == "count":
        return count_text(value)
    if kind == "share":
        return share_text(value)
    if kind == "percent":
        return f"{value}%"
    if kind == "month":
        return month_text(value)
    if kind == "network":
        return f"AS{value}"
    return str(value)

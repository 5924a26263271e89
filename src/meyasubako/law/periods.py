"""Counting periods as the law does, with the sum shown.

A period counted "starting from" a day (起算して) takes that day as its first; it runs out on the day before the day of
the same number in the last month (so a month from 15 March runs out on 14 April), or on the last day of a month that
has no such day.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from meyasubako.law.schema import Period


def last_day(start: date, period: Period) -> date:
    """The last day of a period whose first day is ``start``; a negative amount counts back from it.

    Raises OverflowError beyond the calendar's end.
    """
    amount, unit = period.amount, period.unit
    if unit == "year":
        amount, unit = amount * 12, "month"
    if unit == "month":
        return add_months(start, amount)
    if unit == "business day":
        return add_business_days(start, amount)
    days = amount * 7 if unit == "week" else amount
    return start + timedelta(days=days - 1 if days > 0 else days)


def add_months(start: date, months: int) -> date:
    """The last day of so many months that begin with ``start``; counted back, the day of the same number."""
    index = start.year * 12 + start.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if not 1 <= year <= 9999:
        raise OverflowError(f"{year} is beyond the calendar")
    length = monthrange(year, month)[1]
    if start.day > length:
        return date(year, month, length)
    same = date(year, month, start.day)
    return same - timedelta(days=1) if months > 0 else same


def add_business_days(start: date, days: int) -> date:
    """The last of so many working days (Monday to Friday, holidays not known) after ``start``."""
    day, left, step = start, abs(days), timedelta(days=1 if days > 0 else -1)
    while left:
        day += step
        left -= day.weekday() < 5
    return day

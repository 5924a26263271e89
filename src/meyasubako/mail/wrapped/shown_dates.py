"""Dates as mail programs show them to people: 2026年3月3日(火) 10:00, 令和8年3月3日, 2026/3/3, Tue 10:00, March 3, 2026 at
10:00:00 AM GMT+9, 03/03 10:00. A date without its zone is read as Japan's, without its year as the latest that can be.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

_LONGEST = 120
_JAPAN = timezone(timedelta(hours=9))
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925}
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan ene gen", "feb fev helm", "mar mrz", "apr abr avr", "may mai mag", "jun juin giu", "jul juil lug", "aug ago aou",
         "sep set", "oct out okt ott", "nov", "dec dez dic"), start=1
    )
    for name in names.split()
}  # fmt: skip
"""English names, and the neighbours' that web mail writes in Europe and the Americas, without their accents."""
_ZONES = {"jst": 9, "kst": 9, "utc": 0, "gmt": 0, "z": 0, "hkt": 8, "sgt": 8, "pst": -8, "pdt": -7, "est": -5, "edt": -4,
          "cet": 1, "cest": 2, "bst": 1}  # fmt: skip

_ACCENTS = re.compile("[\u0300-\u036f]")
_JAPANESE = re.compile(r"(?:(令和|平成|昭和|西暦)?\s?(\d{1,4}|元)\s?年\s?)?(\d{1,2})\s?月\s?(\d{1,2})\s?日")
_NUMBERS = re.compile(r"(?<!\d)(\d{4})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(\d{1,2})(?!\d)")
_MONTH_FIRST = re.compile(r"(?<![A-Za-z])([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})\.?[ -](?:de )?([A-Za-z]{3,9})\.?,?[ -](?:de )?(\d{4})")
_DAY_MONTH = re.compile(r"(?<![\d/.])(\d{1,2})(/|\. ?)(\d{1,2})\2(\d{4})(?!\d)")
_SHORT = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?![\d/])")
_TIME = re.compile(
    r"(?:(午前|午後|[AaPp]\.?[Mm]\.?)\s?)?(?<!\d)(\d{1,2})(?::|時|\.)(\d{1,2})(?:分|:|\.)?(?:(\d{2})秒?)?(?!\d)\s?([AaPp]\.?[Mm]\b)?"
)
_AMERICAN = re.compile(r"\d\s?[AaPp]\.?[Mm]\b")
_ZONE = re.compile(
    r"[\s:(]{0,3}(?:(?:GMT|UTC)\s?)?([+-])(\d{1,2}):?(\d\d)?(?!\d)|[\s:(]{0,3}([A-Za-z]{1,4})\b"
)


class ShownDate(NamedTuple):
    """A moment with its offset, and what was not shown: the zone, the seconds, the year."""

    moment: datetime
    zone_assumed: bool
    year_assumed: bool
    seconds_shown: bool


def read_shown_date(text: str, not_after: datetime | None) -> ShownDate | None:
    """The moment a program shows, None where none can be read. ``not_after`` is when it was forwarded."""
    line = _ACCENTS.sub("", unicodedata.normalize("NFKD", text[:_LONGEST]))
    line = unicodedata.normalize("NFKC", line)
    day = _day(line)
    if day is None:
        return None
    year, month, number, end = day
    time = _TIME.search(line, end) or _TIME.search(line)
    if time is None:
        return None
    hour = int(time[2])
    half = (time[1] or time[5] or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half.startswith(("午後", "p")) else 0)
    zone = _zone(line, time.end())
    offset = zone if zone is not None else _JAPAN
    clock = (hour, int(time[3]), int(time[4] or 0))
    moment = _moment(year, month, number, clock, offset, not_after)
    if moment is None:
        return None
    return ShownDate(moment, zone is None, year is None, time[4] is not None)


def _day(line: str) -> tuple[int | None, int, int, int] | None:
    """(year or None, month, day, where the day ends)."""
    if found := _JAPANESE.search(line):
        era, years, month, day = found.groups()
        year = None
        if years is not None:
            year = (1 if years == "元" else int(years)) + _ERAS.get(era or "", 0)
            year += 2000 if year < 100 else 0
        return year, int(month), int(day), found.end()
    if found := _NUMBERS.search(line):
        return int(found[1]), int(found[2]), int(found[3]), found.end()
    if found := _DAY_FIRST.search(line):
        return int(found[3]), _month(found[2]), int(found[1]), found.end()
    if found := _MONTH_FIRST.search(line):
        return int(found[3]), _month(found[1]), int(found[2]), found.end()
    if found := _DAY_MONTH.search(line):
        return _day_month(line, found)
    if found := _SHORT.search(line):
        return None, int(found[1]), int(found[2]), found.end()
    return None


def _day_month(line: str, found: re.Match[str]) -> tuple[int | None, int, int, int] | None:
    """Day and month as numbers: the month first where an American clock follows; None where nobody can tell."""
    first, second = int(found[1]), int(found[3])
    if found[2] == "/" and (_AMERICAN.search(line) is not None or second > 12):
        first, second = second, first
    elif found[2] == "/" and first <= 12:
        return None
    return int(found[4]), second, first, found.end()


def _month(name: str) -> int:
    """The number of a month by the first letters of its name, 0 for no month."""
    name = name.lower()
    return _MONTHS.get(name[:3]) or _MONTHS.get(name[:4]) or 0


def _zone(line: str, position: int) -> timezone | None:
    found = _ZONE.match(line, position)
    if found is None:
        return None
    sign, hours, minutes, name = found.groups()
    if name is not None:
        known = _ZONES.get(name.lower())
        return timezone(timedelta(hours=known)) if known is not None else None
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if offset >= timedelta(hours=24):
        return None
    return timezone(-offset if sign == "-" else offset)


def _moment(
    year: int | None,
    month: int,
    day: int,
    clock: tuple[int, int, int],
    zone: timezone,
    not_after: datetime | None,
) -> datetime | None:
    """The moment; without a year the latest that is not after the forward."""
    hour, minute, second = clock
    if year is None and not_after is None:
        return None
    latest = (not_after + timedelta(days=1)) if not_after is not None else datetime.max.replace(tzinfo=UTC)
    for candidate in (year,) if year is not None else (latest.year, latest.year - 1):
        try:
            moment = datetime(candidate, month, day, hour, minute, min(second, 59), tzinfo=zone)
            if year is not None or moment <= latest:
                return moment
        except (ValueError, OverflowError):
            continue
    return None

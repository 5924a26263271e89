"""Reads the date-time of a header (RFC 5322 section 3.3 and section 4.3) as mails really write it.

Beyond the grammar: any order of day and month name, missing seconds, dots for colons, two and three digit
years, zone names, missing zones (read as UTC), asctime and ISO 8601.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "jst": 540, "kst": 540, "cst": -360, "cdt": -300, "est": -300,
    "edt": -240, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "bst": 60, "cet": 60, "met": 60, "mez": 60,
    "west": 60, "cest": 120, "mest": 120, "mesz": 120, "eet": 120, "eest": 180, "msk": 180, "msd": 240, "ist": 330,
    "hkt": 480, "sgt": 480, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780, "hst": -600, "akst": -540,
    "akdt": -480, "ast": -240, "adt": -180,
}  # fmt: skip
"""Minutes east of UTC; RFC 5322 section 4.3 names the American ones, the others are what is met."""

_ZONE = r"(?:[ \t]*(?:(?:GMT|UTC?)[ \t]?)?([+-])[ \t]?(\d{1,2}):?(\d\d)(?!\d)|[ \t]+()(\d\d)(\d\d)(?!\d)|[ \t]*\(?([A-Za-z]{1,5}))?"
_TIME = r"(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2}))?(?:[.,]\d{1,9})?(?:[ \t]?([AaPp])[Mm]\b)?"
_INTERNET = re.compile(
    r"(?<!\d)0?(\d{1,2})[ \t./-]{1,5}([A-Za-z]{3,9})[ \t,./-]{1,5}(\d{2,4})[ \t,]{1,5}" + _TIME + _ZONE
)
_MONTH_FIRST = re.compile(
    r"([A-Za-z]{3,9})[ \t.]{1,4}(\d{1,2}),?[ \t]{1,4}(\d{4})[ \t,]{1,5}" + _TIME + _ZONE
)
_ASCTIME = re.compile(
    r"([A-Za-z]{3})[ \t]{1,4}(\d{1,2})[ \t]{1,4}"
    + _TIME
    + r"[ \t]{1,4}(?:[A-Z]{2,5}[ \t]{1,4})?(\d{4})"
    + _ZONE
)
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ \t]{1,4}|T)" + _TIME + _ZONE)
_LONGEST = 200
_FAST = re.compile(
    r"[ \t]*(?:[A-Za-z]{3},[ \t])?(\d\d?) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)(?!\d)"
)


def parse_date(value: bytes | str) -> datetime | None:
    """The moment a date field names, aware and in UTC; None where none can be read. Never raises."""
    text = value[:_LONGEST].decode("latin-1") if isinstance(value, bytes) else value[:_LONGEST]
    found = _FAST.match(text)
    if found is not None:
        day, month, year, hour, minute, second, sign, east, extra = found.groups()
        return _moment(
            year, _MONTHS.get(month.lower(), 0), day, (hour, minute, second, None), (sign, east, extra, None)
        )
    if "\n" in text or "\r" in text:
        text = " ".join(text.split())
    if found := _INTERNET.search(text):
        day, month, year, *rest = found.groups()
        return _moment(year, _MONTHS.get(month[:3].lower(), 0), day, rest[:4], rest[4:])
    if found := _ISO.search(text):
        year, month, day, *rest = found.groups()
        return _moment(year, int(month), day, rest[:4], rest[4:])
    if found := _MONTH_FIRST.search(text):
        month, day, year, *rest = found.groups()
        return _moment(year, _MONTHS.get(month[:3].lower(), 0), day, rest[:4], rest[4:])
    if found := _ASCTIME.search(text):
        month, day, hour, minute, second, half, year, *zone = found.groups()
        return _moment(year, _MONTHS.get(month.lower(), 0), day, (hour, minute, second, half), zone)
    return None


def _moment(
    year_text: str,
    month: int,
    day: str,
    time: tuple[str | None, ...] | list[str | None],
    zone: tuple[str | None, ...] | list[str | None],
) -> datetime | None:
    """A moment from its parts, None where there is no such moment."""
    hour_text, minute, second, half = time
    sign, east, extra, *bare, zone_name = zone
    if bare and bare[1] is not None:  # "0530": the sign got lost, and it was a plus
        sign, east, extra = bare
    year = int(year_text)
    if len(year_text) == 2:  # RFC 5322 section 4.3: 00 to 49 are 2000 to 2049
        year += 2000 if year < 50 else 1900
    elif len(year_text) == 3:
        year += 1900
    hour = int(hour_text or 0)
    if half is not None and hour <= 12:
        hour = hour % 12 + (12 if half in "Pp" else 0)
    if east is not None:
        offset = int(east or 0) * 60 + int(extra or 0)
        offset = -offset if sign == "-" else offset
    else:
        offset = _ZONES.get((zone_name or "").lower(), 0)
    try:
        moment = datetime(
            year, month, int(day), hour, int(minute or 0), min(int(second or 0), 59), tzinfo=UTC
        )
        return moment - timedelta(minutes=offset)
    except (ValueError, OverflowError):
        return None

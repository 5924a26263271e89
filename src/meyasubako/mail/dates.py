"""Reads the date-time of a header (RFC 5322 section 3.3 and section 4.3) as mails really write it.

Beyond the grammar: any order of day and month name, missing seconds, dots for colons, two and three digit
years, zone names, missing zones (read as UTC), asctime and ISO 8601. What the grammar allows, and all but few mails
write, is read in one walk; patterns read the rest.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import cython

_MONTH_NAMES = cython.declare(bytes, b"janfebmaraprmayjunjulaugsepoctnovdec")
_MONTHS = {_MONTH_NAMES[3 * number : 3 * number + 3].decode(): number + 1 for number in range(12)}
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
_LONGEST = cython.declare(cython.Py_ssize_t, 200)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_DAY = cython.declare(cython.longlong, 86_400)
_FIRST_SECOND = cython.declare(cython.longlong, -62_135_596_800)
_LAST_SECOND = cython.declare(cython.longlong, 253_402_300_799)
"""Of the years 1 to 9999."""
_ODD = cython.declare(cython.longlong, _LAST_SECOND + 1)
_NEVER = cython.declare(cython.longlong, _LAST_SECOND + 2)
_MONTH_LENGTHS = cython.declare(bytes, bytes((0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)))
_CALENDAR_START = cython.declare(cython.longlong, 719_468)
"""Days from 1 March of the year 0 to 1 January 1970. Years that begin in March end in the day that comes and goes."""
_FOUR_CENTURIES = cython.declare(cython.longlong, 146_097)


def parse_date(value: bytes | str) -> datetime | None:
    """The moment a date field names, aware and in UTC; None where none can be read. Never raises."""
    seconds = seconds_of_date(value.encode("utf-8", "replace") if isinstance(value, str) else value)
    return None if seconds is None else moment_at(seconds)


def seconds_of_date(value: bytes) -> int | None:
    """The moment a date field names, in seconds since 1970; None where none can be read. Never raises."""
    usual: cython.longlong = _usual(value)
    if usual == _ODD:
        return _odd(value[:_LONGEST].decode("latin-1"))
    return None if usual == _NEVER else usual


def moment_at(seconds: int) -> datetime:
    """The moment so many seconds after 1970 began, aware and in UTC."""
    rest: cython.longlong = seconds
    day: cython.longlong = rest // _DAY
    rest -= day * _DAY
    day += _CALENDAR_START
    era: cython.longlong = day // _FOUR_CENTURIES
    day -= era * _FOUR_CENTURIES
    year: cython.longlong = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day -= 365 * year + year // 4 - year // 100
    month: cython.longlong = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5 - 1
    year += era * 400
    if month < 10:
        month += 3
    else:
        month -= 9
        year += 1
    return datetime(year, month, day, rest // 3600, rest % 3600 // 60, rest % 60, 0, UTC)


@cython.cfunc
def _days(year: cython.longlong, month: cython.longlong, day: cython.longlong) -> cython.longlong:
    """Days since 1970 of a day of the calendar."""
    if month > 2:
        month -= 3
    else:
        month += 9
        year -= 1
    era: cython.longlong = year // 400
    year -= era * 400
    in_era: cython.longlong = year * 365 + year // 4 - year // 100 + (153 * month + 2) // 5 + day - 1
    return era * _FOUR_CENTURIES + in_era - _CALENDAR_START


@cython.cfunc
def _usual(data: bytes) -> cython.longlong:
    """The seconds of ``[Tue,] 2 Jan 2024 12:00:00 +0900``; ``_ODD`` for another form, ``_NEVER`` where there is no such moment."""
    end: cython.Py_ssize_t = min(len(data), _LONGEST)
    place: cython.Py_ssize_t = _past_blanks(data, 0, end)
    if place + 4 < end and data[place + 3] == 44 and data[place] > 57:
        place = _past_blanks(data, place + 4, end)
    if place + 1 >= end:
        return _ODD
    digits: cython.Py_ssize_t = 2 if 48 <= data[place + 1] <= 57 else 1
    day: cython.longlong = _digits(data, place, digits)
    place = _past_blanks(data, place + digits, end)
    if day < 0 or place + 3 >= end or not _is_blank(data[place - 1]):
        return _ODD
    month: cython.longlong = _month(data, place)
    if month == 0 or not _is_blank(data[place + 3]):
        return _ODD
    place = _past_blanks(data, place + 3, end)
    if place + 4 >= end or not _is_blank(data[place + 4]):
        return _ODD
    year: cython.longlong = _digits(data, place, 4)
    place = _past_blanks(data, place + 4, end)
    if (
        year < 0
        or place + 8 >= end
        or data[place + 2] != 58
        or data[place + 5] != 58
        or not _is_blank(data[place + 8])
    ):
        return _ODD
    hour: cython.longlong = _digits(data, place, 2)
    minute: cython.longlong = _digits(data, place + 3, 2)
    second: cython.longlong = _digits(data, place + 6, 2)
    place = _past_blanks(data, place + 8, end)
    if hour < 0 or minute < 0 or second < 0 or place + 4 >= end or (data[place] != 43 and data[place] != 45):
        return _ODD
    east: cython.longlong = _digits(data, place + 1, 2)
    extra: cython.longlong = _digits(data, place + 3, 2)
    if east < 0 or extra < 0 or (place + 5 < end and 48 <= data[place + 5] <= 57):
        return _ODD
    leap: cython.bint = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    length: cython.longlong = 28 if month == 2 and not leap else _MONTH_LENGTHS[month]
    if year < 1 or not 1 <= day <= length or hour > 23 or minute > 59:
        return _NEVER
    offset: cython.longlong = (east * 60 + extra) * 60
    seconds: cython.longlong = _days(year, month, day) * _DAY + hour * 3600 + minute * 60 + min(second, 59)
    seconds = seconds + offset if data[place] == 45 else seconds - offset
    return seconds if _FIRST_SECOND <= seconds <= _LAST_SECOND else _NEVER


@cython.cfunc
@cython.inline
def _is_blank(sign: cython.Py_ssize_t) -> cython.bint:
    return sign == 32 or sign == 9 or sign == 10 or sign == 13


@cython.cfunc
@cython.inline
def _past_blanks(data: bytes, place: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.Py_ssize_t:
    while place < end and _is_blank(data[place]):
        place += 1
    return place


@cython.cfunc
@cython.inline
def _digits(data: bytes, place: cython.Py_ssize_t, count: cython.Py_ssize_t) -> cython.longlong:
    """The number that so many digits say, -1 where another sign is among them."""
    value: cython.longlong = 0
    at: cython.Py_ssize_t
    for at in range(place, place + count):
        sign: cython.longlong = data[at] - 48
        if sign < 0 or sign > 9:
            return -1
        value = value * 10 + sign
    return value


@cython.cfunc
def _month(data: bytes, place: cython.Py_ssize_t) -> cython.longlong:
    """The number of the month whose name begins here, 0 for none."""
    names: bytes = _MONTH_NAMES
    at: cython.Py_ssize_t = 0
    while at < 36:
        if (
            data[place] | 32 == names[at]
            and data[place + 1] | 32 == names[at + 1]
            and data[place + 2] | 32 == names[at + 2]
        ):
            return at // 3 + 1
        at += 3
    return 0


@cython.cfunc
def _odd(text: str) -> int | None:
    """The seconds of any other form."""
    moment = _by_patterns(text)
    return None if moment is None else (moment - _EPOCH) // _SECOND


def _by_patterns(text: str) -> datetime | None:
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

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
        return _odd(value[:_LONGEST])
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
    """The seconds of ``[Tue,] 2 Jan 2024 12:00:00 +0900``; ``_ODD`` for another form, ``_NEVER`` where there is no such moment.

    The year may have two digits, the hour one, the second a fraction, and the zone a name, or there may be none.
    """
    end: cython.Py_ssize_t = min(len(data), _LONGEST)
    place: cython.Py_ssize_t = _past_blanks(data, 0, end)
    if place + 4 < end and data[place + 3] == 44 and data[place] > 57:
        place = _past_blanks(data, place + 4, end)
    after: cython.Py_ssize_t = _past_digits(data, place, end)
    day: cython.longlong = _number(data, place, after, 2)
    place = _past_blanks(data, after, end)
    if day < 0 or place == after or place + 3 >= end or not _is_blank(data[place + 3]):
        return _ODD
    month: cython.longlong = _month(data, place)
    place = _past_blanks(data, place + 3, end)
    after = _past_digits(data, place, end)
    year: cython.longlong = _number(data, place, after, 4)
    if month == 0 or year < 0 or after - place == 3 or after - place == 1:
        return _ODD
    if after - place == 2:  # RFC 5322 section 4.3: 00 to 49 are 2000 to 2049
        year += 2000 if year < 50 else 1900
    place = _past_blanks(data, after, end)
    after = _past_digits(data, place, end)
    hour: cython.longlong = _number(data, place, after, 2)
    if (
        hour < 0
        or not _is_blank(data[place - 1])
        or after + 5 >= end
        or data[after] != 58
        or data[after + 3] != 58
    ):
        return _ODD
    minute: cython.longlong = _number(data, after + 1, after + 3, 2)
    second: cython.longlong = _number(data, after + 4, after + 6, 2)
    place = after + 6
    if place < end and data[place] == 46:
        place = _past_digits(data, place + 1, end)
        if not 1 <= place - after - 7 <= 9:
            return _ODD
    offset: cython.longlong = _zone(data, place, end)
    if minute < 0 or second < 0 or offset == _ODD:
        return _ODD
    leap: cython.bint = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    length: cython.longlong = 28 if month == 2 and not leap else _MONTH_LENGTHS[month]
    if year < 1 or not 1 <= day <= length or hour > 23 or minute > 59:
        return _NEVER
    seconds: cython.longlong = (
        _days(year, month, day) * _DAY + hour * 3600 + minute * 60 + min(second, 59) - offset
    )
    return seconds if _FIRST_SECOND <= seconds <= _LAST_SECOND else _NEVER


@cython.cfunc
def _zone(data: bytes, place: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.longlong:
    """The seconds that a zone such as ``+0900`` or ``GMT`` is east of UTC, which no zone means too; ``_ODD`` for another form."""
    start: cython.Py_ssize_t = _past_blanks(data, place, end)
    if start == place and place < end:
        return _ODD
    if start + 4 < end and (data[start] == 43 or data[start] == 45):
        after: cython.Py_ssize_t = _past_digits(data, start + 1, end)
        if after - start != 5:
            return _ODD
        offset: cython.longlong = _number(data, start + 1, start + 3, 2) * 3600
        offset += _number(data, start + 3, after, 2) * 60
        return offset if data[start] == 43 else -offset
    after = start
    while after < end and 97 <= data[after] | 32 <= 122:
        after += 1
    following: cython.Py_ssize_t = _past_blanks(data, after, end)
    if after - start > 5 or (following < end and (data[following] != 40 or after == start)):
        return _ODD
    name = data[start:after].decode("ascii").lower()
    if name in {"am", "pm"}:
        return _ODD
    minutes: cython.longlong = _ZONES.get(name, 0)
    return minutes * 60


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
def _past_digits(data: bytes, place: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.Py_ssize_t:
    while place < end and 48 <= data[place] <= 57:
        place += 1
    return place


@cython.cfunc
@cython.inline
def _number(
    data: bytes, start: cython.Py_ssize_t, end: cython.Py_ssize_t, most: cython.Py_ssize_t
) -> cython.longlong:
    """The number that these digits say; -1 for none, too many, and other signs."""
    if not 0 < end - start <= most:
        return -1
    value: cython.longlong = 0
    place: cython.Py_ssize_t
    for place in range(start, end):
        sign: cython.longlong = data[place] - 48
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
def _odd(data: bytes) -> int | None:
    """The seconds of any other form."""
    moment = _by_patterns(data.decode("latin-1"), _names_month(data))
    return None if moment is None else (moment - _EPOCH) // _SECOND


@cython.cfunc
def _names_month(data: bytes) -> cython.bint:
    """Whether the name of a month stands anywhere; without one only numbers can be read."""
    place: cython.Py_ssize_t = 0
    end: cython.Py_ssize_t = len(data) - 2
    while place < end and _month(data, place) == 0:
        place += 1
    return place < end


def _by_patterns(text: str, named: bool) -> datetime | None:
    if "\n" in text or "\r" in text:
        text = " ".join(text.split())
    if named and (found := _INTERNET.search(text)):
        day, month, year, *rest = found.groups()
        return _moment(year, _MONTHS.get(month[:3].lower(), 0), day, rest[:4], rest[4:])
    if found := _ISO.search(text):
        year, month, day, *rest = found.groups()
        return _moment(year, int(month), day, rest[:4], rest[4:])
    if named and (found := _MONTH_FIRST.search(text)):
        month, day, year, *rest = found.groups()
        return _moment(year, _MONTHS.get(month[:3].lower(), 0), day, rest[:4], rest[4:])
    if named and (found := _ASCTIME.search(text)):
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

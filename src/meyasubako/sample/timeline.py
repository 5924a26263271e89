"""Where in time the n-th mail of a run lies: months by the trend, days by the week, hours by the clock.

Mail 0 is the oldest; times never fall. Any mail's time follows from its number alone.
"""

from __future__ import annotations

from bisect import bisect_right
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from meyasubako.errors import UsageError
from meyasubako.sample.draws import Draws, running_sums
from meyasubako.sample.trends import load_trends, month_name, month_number

JAPAN_OFFSET = 9 * 3600
HOUR_WEIGHTS = (8, 6, 5, 4, 4, 4, 5, 6, 8, 9, 10, 10, 11, 10, 9, 9, 9, 10, 11, 12, 13, 13, 12, 10)
WEEKDAY_WEIGHTS = (1.05, 1.08, 1.06, 1.04, 1.02, 0.90, 0.85)


class Months(NamedTuple):
    """The months of a run, first and last both meant, counted as year * 12 + month - 1."""

    first: int
    last: int


def parse_months(text: str) -> Months:
    """``"2008-04..2009-03"``, or one month alone. Raises UsageError for anything else."""
    first, _, last = text.partition("..")
    try:
        for name in (first, last or first):
            datetime.strptime(name, "%Y-%m").replace(tzinfo=UTC)
        months = Months(month_number(first), month_number(last or first))
    except ValueError as error:
        raise UsageError(text, "is no span of months; write FROM..TO as in 2008-04..2009-03") from error
    if months.last < months.first:
        raise UsageError(text, "ends before it begins")
    if months.first < month_number("1995-01"):
        raise UsageError(text, "begins before 1995-01")
    return months


class Moment(NamedTuple):
    """A mail's place in time: seconds since 1970 (UTC), and its month and day in Japan."""

    seconds: int
    month: int
    day: int


class Timeline:
    """The times of all mails of one run."""

    def __init__(self, seed: int, mails: int, months: Months) -> None:
        self.seed = seed
        self.months = months
        weights = [load_trends().volume.at(number) for number in range(months.first, months.last + 1)]
        sums = running_sums(weights)
        self._ends = [round(mails * part / sums[-1]) for part in sums]
        self._hours: dict[int, tuple[int, list[float]]] = {}

    def count(self, month: int) -> int:
        """How many mails lie in a month (0 outside the run)."""
        place = month - self.months.first
        if not 0 <= place < len(self._ends):
            return 0
        return self._ends[place] - (self._ends[place - 1] if place else 0)

    def moment(self, index: int, draws: Draws) -> Moment:
        """When mail ``index`` comes in; one draw moves it within its own slot."""
        place = bisect_right(self._ends, index)
        start = self._ends[place - 1] if place else 0
        month = self.months.first + place
        midnight, sums = self._month_hours(month)
        target = (index - start + draws.random()) / (self._ends[place] - start) * sums[-1]
        hour = min(bisect_right(sums, target), len(sums) - 1)
        before = sums[hour - 1] if hour else 0.0
        within = min(int((target - before) / (sums[hour] - before) * 3600), 3599)
        return Moment(midnight + hour * 3600 + within, month, hour // 24 + 1)

    def _month_hours(self, month: int) -> tuple[int, list[float]]:
        """First second of a month in Japan, and running weights of its hours."""
        if month not in self._hours:
            year, number = int(month_name(month)[:4]), month % 12 + 1
            days = monthrange(year, number)[1]
            first = date(year, number, 1)
            draws = Draws(self.seed, "days", month)
            weights: list[float] = []
            for day in range(days):
                weekday = (first + timedelta(days=day)).weekday()
                factor = WEEKDAY_WEIGHTS[weekday] * (0.8 + 0.4 * draws.random())
                weights.extend(factor * hour for hour in HOUR_WEIGHTS)
            midnight = int(datetime(year, number, 1, tzinfo=UTC).timestamp()) - JAPAN_OFFSET
            if len(self._hours) > 3:
                self._hours.clear()
            self._hours[month] = (midnight, running_sums(weights))
        return self._hours[month]

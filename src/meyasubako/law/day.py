"""Which day's law applies to a mail: that of its sending, as far as the mail can be believed about it."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple

BELIEVED = timedelta(days=2)
JAPAN = timezone(timedelta(hours=9))
NO_TIME = timedelta()
new = tuple.__new__
"""Makes a named tuple of its fields; by its own constructor that takes four times as long."""


class DayOfLaw(NamedTuple):
    """The day and where it came from: ``date`` (the Date field) or ``received_at``."""

    day: date
    source: str


def day_of_law(sent: datetime | None, received_at: datetime, *, zone: timezone = JAPAN) -> DayOfLaw:
    """The Date field if it lies within two days of ``received_at``, else ``received_at``; as a day of ``zone``.

    ``received_at`` is aware; a naive ``sent`` says too little to be compared and is not believed.
    """
    if sent is not None and sent.tzinfo is not None and abs(sent - received_at) <= BELIEVED:
        try:
            return new(DayOfLaw, (day_in(zone, sent), "date"))
        except OverflowError:
            pass
    return new(DayOfLaw, (day_in(zone, received_at), "received_at"))


def day_in(zone: timezone, moment: datetime) -> date:
    """The day of an aware moment in a zone; a shifted clock is read, for ``astimezone`` takes twice as long."""
    shift = zone.utcoffset(None) - (moment.utcoffset() or NO_TIME)
    return (moment + shift).date()

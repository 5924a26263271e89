"""Days by which something must be done, from the same dated data, with the sum shown."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from meyasubako.law.periods import last_day
from meyasubako.law.regimes import load_regime
from meyasubako.law.types import Certainty


class Deadline(NamedTuple):
    """The last day for something, where it comes from, and the sum in words (``2026-04-01 + 3 years = ...``)."""

    id: str
    day: date
    article: str
    version: str
    certainty: Certainty
    sum: str


def deadline(id_: str, start: date, *, regime: str = "jp", day: date | None = None) -> Deadline | None:
    """The deadline ``id_`` counted from ``start`` under the law of ``day`` (default: the start); None if that has none."""
    version = load_regime(regime).on(day or start)
    period = version.deadlines.get(id_) if version is not None else None
    if version is None or period is None:
        return None
    last = last_day(start, period)
    sign = "+" if period.amount > 0 else "-"
    total = f"{start} ({period.after}) {sign} {abs(period.amount)} {period.unit}(s) = {last}"
    return Deadline(id_, last, period.article, version.name, period.certainty, total)

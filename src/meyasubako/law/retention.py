"""How long the record of a consent must be kept (Act Art 3(2), Ordinance Art 4(2)), case by case.

- Never sent on that record: until the day the holder decides not to send (item 1).
- Sent: until one month has passed counting from the last sending (item 2).
- An order under Act Art 7 - any such order - was received:
  (イ) and mail was sent within the year that begins with the day of the order: until the later of one year from the
  last sending inside that year, and one month from the last sending of all;
  (ロ) and it came within one month from the last sending: one year from that sending.

The text counts the starting day in all but one leg; no difference of a day is made of that here. Sellers under the
Specified Commercial Transactions Act keep theirs three years from each sending: ``sellers_keep_until``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from meyasubako.law.periods import last_day
from meyasubako.law.regimes import load_regime
from meyasubako.law.schema import Period, Version
from meyasubako.law.types import Certainty

CERTAINTIES = (Certainty.TEXT, Certainty.SEC, Certainty.UNV)


class Retention(NamedTuple):
    """Until when a record must be kept: ``until`` is the last day, None while no day can be named (see ``rule``).

    ``rule``: ``not decided``, ``decided not to send``, ``last sending``, ``sent after order``, ``order after sending``.
    ``steps`` shows the sum.
    """

    until: date | None
    rule: str
    article: str
    version: str
    certainty: Certainty
    steps: tuple[str, ...]


def keep_until(
    *,
    sent: Sequence[date],
    orders: Sequence[date] = (),
    decided_not_to_send: date | None = None,
    today: date,
    regime: str = "jp",
) -> Retention | None:
    """The last day for keeping one consent's record, as of ``today``; None where the law of the day asks for none.

    ``sent`` are the days mail went out on this consent, ``orders`` the days orders under Act Art 7 were received.
    """
    version = load_regime(regime).on(today)
    if version is None or "after_last_sending" not in version.retention:
        return None
    if not sent:
        return never_sent(version, decided_not_to_send)
    last = max(sent)
    normal = version.retention["after_last_sending"]
    until = last_day(last, normal)
    best = answer(version, until, "last sending", (normal,), (f"{last} + 1 month = {until}",))
    for order in sorted(orders):
        for candidate in (after_order(version, sorted(sent), order, best), late_order(version, last, order)):
            if candidate is not None and candidate.until is not None and best.until is not None:
                best = max(best, candidate, key=lambda one: one.until or date.min)
    return best


def never_sent(version: Version, decided: date | None) -> Retention:
    """Item 1: no mail was ever sent on that record."""
    rule = "not decided" if decided is None else "decided not to send"
    steps = () if decided is None else (f"decided not to send on {decided}",)
    return answer(version, decided, rule, (version.retention["after_last_sending"],), steps)


def after_order(version: Version, sent: Sequence[date], order: date, normal: Retention) -> Retention | None:
    """Case イ: sent within the year that begins with the day of the order; the later of two days."""
    window, period = version.retention["order_window"], version.retention["after_order"]
    closes = last_day(order, window)
    inside = [day for day in sent if order <= day <= closes]
    if not inside or normal.until is None:
        return None
    year = last_day(inside[-1], period)
    month = last_day(sent[-1], version.retention["after_last_sending"])
    until = max(year, month)
    steps = (
        f"order {order}, its year closes {closes}",
        f"last sending inside it {inside[-1]} + 1 year = {year}",
        f"last sending of all {sent[-1]} + 1 month = {month}",
        f"the later: {until}",
    )
    return answer(version, until, "sent after order", (window, period), steps)


def late_order(version: Version, last: date, order: date) -> Retention | None:
    """Case ロ: the order came within a month from the last sending."""
    window = version.retention["order_after_sending_window"]
    period = version.retention["after_late_order"]
    closes = last_day(last, window)
    if not last <= order <= closes:
        return None
    until = last_day(last, period)
    steps = (
        f"last sending {last}, its month closes {closes}",
        f"order {order} within it",
        f"{last} + 1 year = {until}",
    )
    return answer(version, until, "order after sending", (window, period), steps)


def answer(
    version: Version, until: date | None, rule: str, periods: tuple[Period, ...], steps: tuple[str, ...]
) -> Retention:
    """A retention as uncertain as the least certain period it rests on."""
    certainty = max((period.certainty for period in periods), key=CERTAINTIES.index)
    return Retention(until, rule, periods[-1].article, version.name, certainty, steps)


def sellers_keep_until(sent: date, *, regime: str = "jp") -> Retention | None:
    """The last day a seller under the Specified Commercial Transactions Act keeps the record of one sending."""
    version = load_regime(regime).on(sent)
    period = version.retention.get("asct") if version is not None else None
    if version is None or period is None:
        return None
    until = last_day(sent, period)
    return answer(version, until, "seller's sending", (period,), (f"{sent} + 3 years = {until}",))

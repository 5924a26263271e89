"""S1 joined: reports that the tables count by their mails, and those that only this register knows (an SMS, a text).

Works on the contract of ``meyasu figures --json``, so that the command, the site and the downloads say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from meyasubako.centre.reports.types import MonthCount

Figure = dict[str, Any]
QUERY = "register_reports"


def reports_joined(
    figures: Iterable[Figure], counts: Iterable[MonthCount], empty: Callable[[str], Figure]
) -> list[Figure]:
    """The months with their reports counted whole, oldest first.

    A month that only the register knows is ``empty(month)`` with its reports. ``reports`` then counts every report of
    the month, ``without_mail`` those of them that held none, ``by_kind`` those of this register by kind; the
    provenance says how many came from where.
    """
    by_month = {figure["month"]: figure for figure in figures}
    known = {count.month: count for count in counts}
    for month in known.keys() - by_month.keys():
        by_month[month] = empty(month)
    return [_joined(by_month[month], known.get(month)) for month in sorted(by_month)]


def _joined(figure: Figure, count: MonthCount | None) -> Figure:
    said, provenance = figure["reports"], figure["provenance"]
    outside = count.outside if count is not None else 0
    return {
        **figure,
        "reports": {
            **said,
            "reports": said["reports"] + outside,
            "without_mail": count.without_mail if count is not None else 0,
            "by_kind": dict(sorted(count.by_kind.items())) if count is not None else {},
        },
        "provenance": {
            **provenance,
            "query": [*provenance["query"], QUERY],
            "register": {"in_tables": said["reports"], "outside_tables": outside},
        },
    }

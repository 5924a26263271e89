"""What each monitor received, from the roll-up of monitors: by month, and the last day with mail.

The table library is imported with the first question, inside the serving process: it must not be loaded in a process
that forks afterwards. Where no table is, nothing was received.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from django.conf import settings

from meyasubako.centre.accounts.permissions import check_can_read_monitors
from meyasubako.centre.accounts.types import Viewer
from meyasubako.centre.monitors.types import MailsSeen

if TYPE_CHECKING:
    from meyasubako.engines.figures import FigureBook

FRESH_SECONDS = 10.0
TABLE = Path("tables") / "daily_monitors"


def mails_by_monitor(viewer: Viewer) -> Mapping[str, MailsSeen]:
    """What each monitor received, by its name. Raises Denied, and StorageError where the tables cannot be read."""
    check_can_read_monitors(viewer)
    return _shelf.counts(Path(settings.HOME))


class _Shelf:
    """The counts of one data folder, asked for at most every ten seconds. For many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._home: Path | None = None
        self._book: FigureBook | None = None
        self._counts: Mapping[str, MailsSeen] = {}
        self._looked = 0.0

    def counts(self, home: Path) -> Mapping[str, MailsSeen]:
        with self._lock:
            if home != self._home:
                self._home, self._book, self._looked = home, None, -FRESH_SECONDS
            if monotonic() - self._looked >= FRESH_SECONDS:
                self._counts = self._asked(home)
                self._looked = monotonic()
            return self._counts

    def _asked(self, home: Path) -> Mapping[str, MailsSeen]:
        if not (home / TABLE).is_dir():
            return {}
        from meyasubako.engines.figures import FigureBook
        from meyasubako.engines.local import LocalEngine
        from meyasubako.tables.home import Home
        from meyasubako.tables.leases import reading

        place = Home.at(home)
        if self._book is None:
            self._book = FigureBook(place, LocalEngine(workers=1))
        self._book.version()
        with reading(place):
            rows = self._book.rows("monitor_mails")
        months: defaultdict[str, dict[str, int]] = defaultdict(dict)
        last: dict[str, str] = {}
        for row in rows:
            name = row["monitor"] or ""
            months[name][row["month"]] = row["mails"]
            last[name] = max(last.get(name, ""), row["last_day"])
        return {name: MailsSeen(date.fromisoformat(last[name]), counts) for name, counts in months.items()}


_shelf = _Shelf()

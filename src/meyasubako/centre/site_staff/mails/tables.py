"""The tables as the pages ask them: opened with the first page that needs them, one question at a time.

Delta and Arrow must not be there when a process forks, so nothing of theirs is imported before.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from meyasubako.analysis.context import Context
    from meyasubako.engines.mail_store import KeptMail, MailStore
    from meyasubako.engines.search import Hits, MailSearch, Terms


class Tables:
    """What a data folder holds of mails. For many threads: reading waits for reading, searching for searching."""

    def __init__(self, home: Path) -> None:
        self._place = home
        self._reading = Lock()
        self._searching = Lock()
        self._store: MailStore | None = None
        self._search: MailSearch | None = None
        self._context: Context | None = None

    def find(self, arrival_id: str) -> KeptMail | None:
        """The mail of an arrival; None where there is none."""
        with self._reading:
            if self._store is None:
                from meyasubako.engines.local import LocalEngine
                from meyasubako.engines.mail_store import MailStore
                from meyasubako.tables.home import Home

                self._store = MailStore(Home.at(self._place), LocalEngine(workers=1))
            return self._store.find(arrival_id)

    def context(self) -> Context:
        """Trust, geography and law of the data folder."""
        with self._reading:
            if self._context is None:
                from meyasubako.analysis.context import Context, ContextSpec

                self._context = Context(ContextSpec.of_home(self._place))
            return self._context

    def search(self, terms: Terms, cursor: str | None) -> Hits:
        """A page of hits; see ``engines.search``."""
        with self._searching:
            return self._opened().page(terms, cursor=cursor)

    def of_campaign(self, campaign: str, month: str) -> list[dict[str, Any]]:
        """The mails of a campaign in a month."""
        with self._searching:
            return self._opened().of_campaign(campaign, month)

    def months(self) -> list[str]:
        """The oldest and the newest month there is."""
        with self._searching:
            return self._opened().months()

    def _opened(self) -> MailSearch:
        if self._search is None:
            from meyasubako.engines.local import LocalEngine
            from meyasubako.engines.search import MailSearch
            from meyasubako.tables.home import Home

            self._search = MailSearch(Home.at(self._place), LocalEngine(workers=1))
        return self._search


@cache
def _of(home: Path) -> Tables:
    return Tables(home)


def tables() -> Tables:
    """Those of this process's data folder."""
    return _of(Path(settings.HOME))

"""What a section of the staff site is: pages under one prefix, an entry in the navigation, queues on the home page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from meyasubako.centre.accounts.types import Viewer


@dataclass(frozen=True, slots=True)
class QueueCount:
    """A queue on the home page: what waits, how many, and where to work on it.

    ``url`` is an address (``reverse(...)``); ``urgent`` marks what should not wait.
    """

    label: str | Promise
    count: int
    url: str
    urgent: bool = False


def no_queues(_viewer: Viewer, _now: datetime) -> Sequence[QueueCount]:
    """A section without queues."""
    return ()


@dataclass(frozen=True, slots=True)
class Section:
    """One section. ``key`` is its prefix (``audit`` -> ``/ja/audit/``), ``entry`` the name of its first page.

    ``allowed`` says who sees it in the navigation; each of its views checks the permission again.
    """

    key: str
    label: str | Promise
    entry: str
    urls: str
    allowed: Callable[[Viewer], bool]
    queues: Callable[[Viewer, datetime], Sequence[QueueCount]] = no_queues

"""A request as views of the staff site see it, after the gate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from django.http import HttpRequest, HttpResponseBase

from meyasubako.centre.accounts.models import Account
from meyasubako.centre.accounts.types import Viewer

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class StaffRequest(HttpRequest):
    """``viewer``: who asks; ``now``: the one moment at which this request happens (UTC).

    Behind the gate ``user`` is an account; before it (pages that are open to all) there may be none.
    """

    user: Account
    viewer: Viewer
    now: datetime


def current_time() -> datetime:
    """The clock of the staff site."""
    return datetime.now(UTC)


def open_to_all(view: View) -> View:
    """Mark a view that needs no login: logging in itself, health. Every other one is behind the gate."""
    view.open_to_all = True  # type: ignore[attr-defined]
    return view

"""``lazy``: what ``functools.cached_property`` does, without its lock and as a compiled descriptor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cython


@cython.final
@cython.cclass
class lazy:  # noqa: N801 - a decorator, named like one
    """A value worked out when first asked for and kept."""

    work: object
    name: str

    def __init__(self, work: Callable[[Any], Any]) -> None:
        """``work`` takes the object and gives the value."""
        self.work = work
        self.name = work.__name__

    def __get__(self, thing: Any, owner: type | None) -> Any:
        """Work it out and lay it where the next look finds it first."""
        value = self.work(thing)  # type: ignore[operator]
        setattr(thing, self.name, value)
        return value

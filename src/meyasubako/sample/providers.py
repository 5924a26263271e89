"""Receiving providers and the mailboxes at them: monitors (PC and mobile) and reporters' own."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple


class Provider(NamedTuple):
    """Who receives: name, class of mailbox (pc or mobile), carrier (None for a private host), styles of hops and of further fields."""

    name: str
    kind: str
    carrier: str | None
    monitor: bool
    boundary: str
    inner: tuple[str, ...]
    notes: tuple[str, ...]


class Mailbox(NamedTuple):
    """A mailbox mail arrives in: the monitor's name (None for a reporter's), its address, its provider."""

    monitor: str | None
    address: str
    provider: Provider


@lru_cache(maxsize=1)
def load_providers() -> tuple[Provider, ...]:
    """The providers of ``providers.toml``, in its order."""
    data = tomllib.loads(files("meyasubako.sample").joinpath("providers.toml").read_text("utf-8"))
    notes = data["notes"]
    return tuple(
        Provider(
            one["name"],
            one["class"],
            one["carrier"] or None,
            one["monitor"],
            one["boundary"],
            tuple(one["inner"]),
            tuple(notes.get(one["name"], notes["default"])),
        )
        for one in data["provider"]
    )


@lru_cache(maxsize=2)
def monitors(kind: str) -> tuple[Mailbox, ...]:
    """The monitor mailboxes of a class: one at each of its providers that has one."""
    return tuple(
        Mailbox(f"{kind}-{one.name}", f"{kind}-{one.name}@monitor.example", one)
        for one in load_providers()
        if one.monitor and one.kind == kind
    )


@lru_cache(maxsize=2)
def reporting_providers(kind: str) -> tuple[Provider, ...]:
    """Providers at which people have the mailboxes from which they report."""
    return tuple(one for one in load_providers() if one.kind == kind and one.name != "centre")


def routes() -> dict[str, Any]:
    """What ``routes.json`` holds, in format 1 of ``receivers.routes``: class and carrier of each monitor by name."""
    return {
        "format": 1,
        "monitors": {
            box.monitor: {"class": kind, "carrier": box.provider.carrier}
            for kind in ("pc", "mobile")
            for box in monitors(kind)
            if box.monitor
        },
    }

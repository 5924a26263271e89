"""The routes snapshot: which monitor is of which class and carrier, as a file that receivers can read alone.

Receivers never open the relational database, so that a locked database cannot stop a mail. Whoever manages monitors
writes ``routes.json`` into the data folder, whole, by renaming over the old one::

    {"format": 1, "monitors": {"tokyo-1": {"class": "pc", "carrier": "Example Net"},
                               "keitai-3": {"class": "mobile", "carrier": null}}}

Unknown keys are passed over, so that later snapshots can say more.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from meyasubako.errors import MeyasuError

FILE_NAME = "routes.json"
FORMAT = 1
CLASSES = ("pc", "mobile")


class Route(NamedTuple):
    """What is known of a monitor: its class (``pc``, ``mobile``) and its carrier, None where not said."""

    monitor_class: str
    carrier: str | None


def load_routes(home: Path) -> dict[str, Route]:
    """Every monitor of the snapshot in the data folder, by name; none where there is no snapshot.

    Raises MeyasuError for a snapshot that cannot be read or means something else.
    """
    path = home / FILE_NAME
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise MeyasuError(str(path), f"cannot be read: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise MeyasuError(
            str(path), f'is no routes snapshot of format {FORMAT} ({{"format": {FORMAT}, ...}})'
        )
    monitors = document.get("monitors")
    if not isinstance(monitors, dict):
        raise MeyasuError(str(path), 'lacks "monitors"')
    return {name: _route(path, name, said) for name, said in monitors.items()}


def _route(path: Path, name: str, said: Any) -> Route:
    known = said if isinstance(said, dict) else {}
    monitor_class, carrier = known.get("class"), known.get("carrier")
    if monitor_class not in CLASSES:
        raise MeyasuError(
            str(path), f"monitor {name}: class {monitor_class!r} is none of {', '.join(CLASSES)}"
        )
    if carrier is not None and not isinstance(carrier, str):
        raise MeyasuError(str(path), f"monitor {name}: carrier {carrier!r} is no name")
    return Route(monitor_class, carrier)

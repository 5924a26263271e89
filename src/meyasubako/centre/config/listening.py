"""Where ``meyasu serve`` listens, kept in the data folder for the verbs that run beside it.

An invitation that ``meyasu account`` prints leads to the staff site that runs, and ``meyasu doctor`` asks the ports that
are used. The file says what was last; it decides nothing, and a missing or broken one is the same as none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from meyasubako.tables.durable import write_durably

FILE_NAME = "listening.json"
LARGEST_PORT = 65_535


def ports_keep(home: Path, ports: Mapping[str, int]) -> None:
    """Say that these services listen on these ports; what others said of theirs stays. Raises OSError."""
    known = ports_of(home)
    if known | dict(ports) != known:
        write_durably(home / FILE_NAME, json.dumps(known | dict(ports), sort_keys=True).encode() + b"\n")


def ports_of(home: Path) -> dict[str, int]:
    """The ports on which services of this data folder listened last, by the service's name."""
    try:
        said = json.loads((home / FILE_NAME).read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(said, dict):
        return {}
    return {name: port for name, port in said.items() if type(port) is int and 0 < port <= LARGEST_PORT}

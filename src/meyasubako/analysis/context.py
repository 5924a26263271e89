"""What an analysis needs to know beside the mail, opened once in each worker process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from meyasubako import __version__
from meyasubako.law.regimes import Regime, load_regime
from meyasubako.origin.geography import FolderGeography, geography_open
from meyasubako.origin.trust import Trust, load_trust

GENERATION = 1
"""What an observation says of its generation; whoever commits it puts the true one in its place."""

SECONDS_A_MAIL = 20
"""Longest time one stage may take with one mail; beyond it the observation says so and holds what the envelope says."""


@dataclass(frozen=True, slots=True)
class ContextSpec:
    """The settings of a context as paths: small, picklable, the same in every worker process.

    ``trust`` names the operator's trust settings (TOML), ``geography`` the folder of dated RIR and ASN files;
    None means what is shipped. ``regime`` is the country whose law is applied.
    """

    trust: Path | None = None
    geography: Path | None = None
    regime: str = "jp"
    generation: int = GENERATION

    @classmethod
    def of_home(cls, home: Path) -> ContextSpec:
        """The settings that lie in a data folder: ``trust.toml`` and ``geography/``, each optional."""
        trust, geography = home / "trust.toml", home / "geography"
        return cls(trust if trust.is_file() else None, geography if geography.is_dir() else None)


class Context:
    """Open tables of trust and geography; made from a spec, never pickled."""

    def __init__(self, spec: ContextSpec) -> None:
        """Open what the spec names. Raises ``MeyasuError`` for a file that cannot be read."""
        self.spec = spec
        self.trust: Trust = load_trust(spec.trust)
        self.geography: FolderGeography = geography_open(spec.geography)
        self.law: Regime = load_regime(spec.regime)

    @cached_property
    def analysis_version(self) -> str:
        """Code, law, trust and geography in one line: what a figure names as its analysis."""
        law = digest(files("meyasubako.law") / "data" / self.spec.regime)
        trust = digest(files("meyasubako.origin") / "data", self.spec.trust)
        code = f"{__version__}-{code_digest()}"
        return f"code={code} law={self.spec.regime}-{law} trust={trust} geography={self.geography.version}"


ROOMS = ("mail", "origin", "sender", "law", "campaigns", "analysis")
"""The rooms whose code decides what an observation says."""


@cache
def code_digest() -> str:
    """Eight hex digits over the source of those rooms, by name: other code, another version. Read once a process."""
    found = hashlib.sha256()
    for room in ROOMS:
        for name, source in sorted(_sources(files("meyasubako") / room, room)):
            found.update(name.encode() + b"\0" + source)
    return found.hexdigest()[:8]


def _sources(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    """Every Python file of a folder and those below, with its name."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _sources(entry, f"{name}/{entry.name}")
        elif entry.name.endswith(".py"):
            yield f"{name}/{entry.name}", entry.read_bytes()


def digest(*places: Traversable | None) -> str:
    """Eight hex digits over the data files in some places, by name: other data, another version."""
    found = hashlib.sha256()
    for place in places:
        if place is not None:
            for entry in sorted(place.iterdir(), key=lambda item: item.name) if place.is_dir() else [place]:
                if entry.is_file():
                    found.update(entry.name.encode() + b"\0" + entry.read_bytes())
    return found.hexdigest()[:8]

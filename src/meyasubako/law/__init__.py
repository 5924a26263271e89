"""Judges mail under the law in force on the day it was sent. Pure; the law itself lies in ``data/`` as dated files.

``findings`` is the way in; ``types`` holds what goes in (``Facts``) and comes out (``Finding``). Who really sent a mail
is judged elsewhere and comes in as a fact; what follows from a finding is decided elsewhere too.
"""

from __future__ import annotations

from meyasubako.law.day import DayOfLaw, day_of_law
from meyasubako.law.judge import findings, judge
from meyasubako.law.regimes import Regime, load_regime, regime_names
from meyasubako.law.schema import LawDataError, Version
from meyasubako.law.types import (
    Basis,
    Certainty,
    Consent,
    Facts,
    Fictitious,
    Finding,
    Forged,
    Incidental,
    OptOut,
    Snapshot,
    Span,
    Verdict,
)

__all__ = [
    "Basis",
    "Certainty",
    "Consent",
    "DayOfLaw",
    "Facts",
    "Fictitious",
    "Finding",
    "Forged",
    "Incidental",
    "LawDataError",
    "OptOut",
    "Regime",
    "Snapshot",
    "Span",
    "Verdict",
    "Version",
    "day_of_law",
    "findings",
    "judge",
    "load_regime",
    "regime_names",
]

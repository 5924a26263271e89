"""What the API does by itself: answers and counts that are too old go."""

from __future__ import annotations

from datetime import datetime

from meyasubako.centre.api.answers import answers_forget
from meyasubako.centre.keys.services import use_forget


def step_forget(now: datetime) -> int:
    """A step: how many rows went."""
    return answers_forget(now=now) + use_forget(now=now)

"""What the register does by itself. Each step gives how many rows it touched, and may be run again at any time."""

from __future__ import annotations

from meyasubako.centre.monitors.attempts import step_attempts_forget
from meyasubako.centre.monitors.publishing import step_routes_publish
from meyasubako.centre.monitors.taking_up import step_unknown_take_up

__all__ = ["step_attempts_forget", "step_routes_publish", "step_unknown_take_up"]

"""What the centre does by itself, and how often: one list, read by the scheduler, ``meyasu doctor`` and the metrics.

A step is a plain function ``step_x(now) -> int`` of its app: safe to call again, safe to be killed, and alone by the
lease that the scheduler takes for it. What it gives is how much it did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module

StepFunction = Callable[[datetime], int]

MINUTE, HOUR = 60, 3600
REPORTS = "meyasubako.centre.reports.steps"
TABLES = "meyasubako.centre.config.table_steps"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, seconds from one run to the next, and where its function is (``module:function``)."""

    name: str
    every_seconds: int
    path: str

    def load(self) -> StepFunction:
        """The function."""
        module, _, name = self.path.partition(":")
        found: StepFunction = getattr(import_module(module), name)
        return found


STEPS = (
    Step("report-intake", 5, f"{REPORTS}.intake:step_intake"),
    Step("report-delivery", 5, f"{REPORTS}.delivery:step_delivery"),
    Step("report-acknowledgements", 30, f"{REPORTS}.answering:step_acknowledgements"),
    Step("report-sending", 30, f"{REPORTS}.answering:step_sending"),
    Step("report-outcomes", 5 * MINUTE, f"{REPORTS}.outcomes:step_outcomes"),
    Step("report-retention", HOUR, f"{REPORTS}.retention:step_retention"),
    Step("routes", MINUTE, "meyasubako.centre.monitors.publishing:step_routes_publish"),
    Step("unknown-recipients", MINUTE, "meyasubako.centre.monitors.steps:step_unknown_take_up"),
    Step("unknown-recipients-forget", HOUR, "meyasubako.centre.monitors.steps:step_attempts_forget"),
    Step("audit-chain", MINUTE, "meyasubako.centre.audit.steps:step_chain_seal"),
    Step("audit-heads", HOUR, "meyasubako.centre.audit.steps:step_head_publish"),
    Step("accounts-forget", HOUR, "meyasubako.centre.accounts.steps:step_forget"),
    Step("api-forget", HOUR, "meyasubako.centre.api.steps:step_forget"),
    Step("upkeep", 10 * MINUTE, f"{TABLES}:step_upkeep"),
    Step("campaigns", HOUR, f"{TABLES}:step_campaigns"),
    Step("seal-head", HOUR, f"{TABLES}:step_seal_head"),
)

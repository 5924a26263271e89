"""What the centre's processes show on ``/metrics`` and ``/readyz``: the home, reports that wait, the steps."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import DatabaseError, connection
from prometheus_client.core import GaugeMetricFamily, Metric

from meyasubako import metrics
from meyasubako.centre.accounts.types import SYSTEM
from meyasubako.centre.config.measuring import database_check
from meyasubako.centre.config.schedule import STEPS
from meyasubako.centre.config.scheduling import last_run
from meyasubako.centre.reports.selectors import held_counts, state_counts
from meyasubako.engines.vital_metrics import HomeCollector
from meyasubako.errors import MeyasuError
from meyasubako.tables.home import Home


def home_check(home: Home) -> str | None:
    """Whether the data folder is there and has room."""
    try:
        Home.at(home.path)
    except MeyasuError as error:
        return str(error)
    return None


def register_centre(home: Home) -> None:
    """Have this process show the home, the reports and the steps. Once a process."""
    metrics.registry.register(HomeCollector(home))
    metrics.registry.register(CentreCollector(home))
    metrics.needs("database", database_check)
    metrics.needs("home", lambda: home_check(home))


class CentreCollector:
    """Reports by state, those held by reason, and what each step did last."""

    def __init__(self, home: Home) -> None:
        """Nothing is asked yet."""
        self._home = home

    def collect(self) -> list[Metric]:
        """Everything, as it is now; without the reports where the database does not answer."""
        return [*self._steps(), *self._reports()]

    def _steps(self) -> list[Metric]:
        ago = GaugeMetricFamily(
            "meyasu_step_last_seconds", "Seconds since a step began last.", labels=["step"]
        )
        took = GaugeMetricFamily("meyasu_step_took_seconds", "How long it took.", labels=["step"])
        failed = GaugeMetricFamily("meyasu_step_failed", "1 when it failed.", labels=["step"])
        now = datetime.now(UTC)
        for step in STEPS:
            ran = last_run(self._home, step)
            if ran is not None:
                ago.add_metric([step.name], (now - ran.began).total_seconds())
                took.add_metric([step.name], ran.seconds)
                failed.add_metric([step.name], int(ran.error is not None))
        return [ago, took, failed]

    def _reports(self) -> list[Metric]:
        states = GaugeMetricFamily("meyasu_reports", "Reports by state.", labels=["state"])
        held = GaugeMetricFamily(
            "meyasu_reports_held", "Reports in the holding pen, by reason.", labels=["reason"]
        )
        try:
            for state, count in state_counts(SYSTEM).items():
                states.add_metric([state], count)
            for reason, count in held_counts(SYSTEM).items():
                held.add_metric([reason], count)
        except DatabaseError:
            return []
        finally:
            connection.close()
        return [states, held]

"""The statistics of the site, one module each, in the order of the navigation."""

from __future__ import annotations

from meyasubako.centre.site_public.statistics import (
    authentication,
    countries,
    dynamic_pools,
    findings,
    forged_senders,
    isp_volume,
    networks,
    origins,
    pool_networks,
    reports,
)
from meyasubako.centre.site_public.statistics.model import Statistic

STATISTICS: tuple[Statistic, ...] = (
    reports.STATISTIC,
    origins.STATISTIC,
    countries.STATISTIC,
    networks.STATISTIC,
    authentication.STATISTIC,
    dynamic_pools.STATISTIC,
    forged_senders.STATISTIC,
    findings.STATISTIC,
    isp_volume.STATISTIC,
)
"""Those of the navigation and of the first page."""

BELOW: tuple[Statistic, ...] = (pool_networks.STATISTIC, *findings.CHECK_PAGES)
"""Those that are reached from the page of their ``parent``."""


def statistic(slug: str) -> Statistic | None:
    """The statistic at this address, None where there is none."""
    return next((known for known in (*STATISTICS, *BELOW) if known.slug == slug), None)


def below(parent: Statistic) -> list[Statistic]:
    """The pages reached from this one."""
    return [known for known in BELOW if known.parent == parent.slug]

"""The statistics of the site, one module each, in the order of the navigation."""

from __future__ import annotations

from meyasubako.centre.site_public.statistics import (
    authentication,
    countries,
    dynamic_pools,
    isp_volume,
    networks,
    origins,
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
    isp_volume.STATISTIC,
)


def statistic(slug: str) -> Statistic | None:
    """The statistic at this address, None where there is none."""
    return next((known for known in STATISTICS if known.slug == slug), None)

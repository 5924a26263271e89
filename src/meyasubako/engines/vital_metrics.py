"""The signs of a home as Prometheus metrics."""

from __future__ import annotations

from prometheus_client.core import GaugeMetricFamily, Metric

from meyasubako.engines.vitals import Vitals
from meyasubako.tables.home import Home


class HomeCollector:
    """Spools, disk, tables and lags, read anew at each scrape."""

    def __init__(self, home: Home) -> None:
        """Nothing is opened yet."""
        self._home = home

    def collect(self) -> list[Metric]:
        """Everything, as it is now. Handles are this scrape's own: scrapes come in threads."""
        vitals = Vitals(self._home)
        return [*_spools(vitals), *_tables(vitals), *_lags(vitals)]


def _spools(vitals: Vitals) -> list[Metric]:
    segments = GaugeMetricFamily("meyasu_spool_segments", "Segments that wait in a spool.", labels=["spool"])
    size = GaugeMetricFamily("meyasu_spool_bytes", "Bytes that wait in a spool.", labels=["spool"])
    oldest = GaugeMetricFamily(
        "meyasu_spool_oldest_seconds", "How long the oldest segment has waited.", labels=["spool"]
    )
    damaged = GaugeMetricFamily(
        "meyasu_spool_damaged_segments", "Segments put aside as damaged.", labels=["spool"]
    )
    for spool in vitals.spools():
        segments.add_metric([spool.name], spool.segments)
        size.add_metric([spool.name], spool.bytes)
        oldest.add_metric([spool.name], spool.oldest_seconds)
        damaged.add_metric([spool.name], spool.damaged)
    free = GaugeMetricFamily("meyasu_disk_free_bytes", "Bytes free on the disk of the data folder.")
    free.add_metric([], vitals.disk_free())
    return [segments, size, oldest, damaged, free]


def _tables(vitals: Vitals) -> list[Metric]:
    version = GaugeMetricFamily("meyasu_table_version", "Version of a table.", labels=["table"])
    files = GaugeMetricFamily("meyasu_table_files", "Live files of a table.", labels=["table"])
    commit = GaugeMetricFamily(
        "meyasu_table_last_commit_seconds", "Seconds since the last commit of a table.", labels=["table"]
    )
    for table in vitals.tables():
        version.add_metric([table.name], table.version)
        files.add_metric([table.name], table.files)
        commit.add_metric([table.name], table.commit_seconds)
    return [version, files, commit]


def _lags(vitals: Vitals) -> list[Metric]:
    commits = GaugeMetricFamily(
        "meyasu_follower_behind_commits", "Commits of arrivals that are not observed yet."
    )
    seconds = GaugeMetricFamily("meyasu_follower_behind_seconds", "Seconds since the oldest of them.")
    unsealed = GaugeMetricFamily(
        "meyasu_sealer_behind_commits", "Commits of arrivals that are not sealed yet."
    )
    behind, oldest = vitals.lag()
    commits.add_metric([], behind)
    seconds.add_metric([], oldest)
    unsealed.add_metric([], vitals.seal_lag()[0])
    return [commits, seconds, unsealed]

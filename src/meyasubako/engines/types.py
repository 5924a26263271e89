"""What an engine does, wherever it runs: analyse arrivals, answer a query over tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

import pyarrow as pa


class Engine(Protocol):
    """Analyses and queries. One conformance suite holds for every implementation."""

    def analyse(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Observations of each batch of arrivals with ``raw``: one out for one in, in the same order.

        ``batches`` is drawn only a little ahead of what has been taken (back-pressure).
        """

    def query(
        self, sql: str, views: Mapping[str, str], files: Mapping[str, list[str]], values: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Rows of a query. ``files`` names relations by their Parquet files, ``views`` by a SELECT over those.

        ``:name`` in the SQL stands for ``values["name"]``.
        """

    def close(self) -> None:
        """Let go of processes and connections."""

"""Observations that were made before their arrivals were committed, held until the follower comes to those.

Whoever takes mail in can have it observed in the same reading. The follower stays the one ordered step: it takes what
is held here in the place of an analysis of its own, and what is not here it has analysed as always. Nothing is lost
with this memory: whatever dies, the arrivals are in the feed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


class Ahead:
    """Observations in the order of their arrivals, a batch for each commit."""

    def __init__(self) -> None:
        """Nothing is held."""
        self._held: list[pa.RecordBatch] = []
        self.rows = 0
        self.bytes = 0

    def hold(self, observations: pa.RecordBatch) -> None:
        """Keep the observations of one commit of arrivals."""
        self._held.append(observations)
        self.rows += observations.num_rows
        self.bytes += observations.nbytes

    def of(self, arrival_ids: pa.Array[Any]) -> pa.RecordBatch | None:
        """The observations of these arrivals (at least one, of one commit), in their order; None: not all are held."""
        for observations in self._held:
            places = pc.index_in(arrival_ids, value_set=observations.column("arrival_id"))
            if not places.null_count:
                return _rows_at(observations, places.to_numpy().astype(np.int64))
        return None

    def clear(self) -> None:
        """Let go of everything: it is committed."""
        self._held.clear()
        self.rows = self.bytes = 0


def _rows_at(rows: pa.RecordBatch, places: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.RecordBatch:
    """Rows at these places; a stretch of the batch is not copied."""
    if (np.diff(places) == 1).all():
        return rows.slice(int(places[0]), len(places))
    return rows.take(pa.array(places, pa.int64()))

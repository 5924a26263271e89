"""How the table ``observations`` lies on disk; its columns belong to ``analysis``."""

from __future__ import annotations

from meyasubako.analysis.schema import OBSERVATIONS
from meyasubako.tables.schema import Layout

OBSERVATIONS_LAYOUT = Layout(
    "observations",
    OBSERVATIONS,
    order=("month", "sha256"),
    unique=("arrival_id", "sha256", "origin_ip", "subject", "message_id", "fingerprint"),
    bloom=("arrival_id", "sha256"),
    statistics=("month", "day"),
)

"""Arrivals, evidence, observations: schema, durable append, feed, read, compact."""

from meyasubako.tables.home import Home
from meyasubako.tables.schema import (
    ARRIVALS,
    ARRIVALS_LAYOUT,
    DNS_ANSWERS,
    DNS_ANSWERS_LAYOUT,
    EVIDENCE,
    EVIDENCE_LAYOUT,
    Layout,
)

__all__ = [
    "ARRIVALS",
    "ARRIVALS_LAYOUT",
    "DNS_ANSWERS",
    "DNS_ANSWERS_LAYOUT",
    "EVIDENCE",
    "EVIDENCE_LAYOUT",
    "Home",
    "Layout",
]

"""Mails of known content, and an engine that reads their country, language and category off the text.

The tests of the tables and the follower need no real analysis: what they ask is whether every arrival is
observed once and counted once. Run as a script it follows a home: the process that the crash tests kill.
"""

from __future__ import annotations

import hashlib
import sys
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from meyasubako.analysis.schema import OBSERVATIONS
from meyasubako.engines.follower import Followed, follow_once
from meyasubako.engines.local import LocalEngine
from meyasubako.tables import ARRIVALS, EVIDENCE, Home

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
JAPAN = timedelta(hours=9)


def raw_mail(
    number: int, *, country: str | None = "JP", language: str | None = "ja", asn: int | None = 64496
) -> bytes:
    return f"{number}|{country or ''}|{language or ''}|{asn or ''}".encode()


def arrival(
    raw: bytes,
    *,
    received_at: datetime = START,
    channel: str = "monitor",
    monitor_class: str | None = "pc",
    report_id: str | None = None,
    arrival_id: str | None = None,
) -> dict[str, Any]:
    return {
        "arrival_id": arrival_id or str(uuid.uuid4()),
        "sha256": hashlib.sha256(raw).hexdigest(),
        "received_at": received_at,
        "received_at_source": "clock",
        "month": f"{received_at + JAPAN:%Y-%m}",
        "channel": channel,
        "monitor": monitor_class and f"monitor-{monitor_class}",
        "monitor_class": monitor_class,
        "report_id": report_id,
    }


def arrival_rows(rows: Iterable[dict[str, Any]]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(list(rows), schema=ARRIVALS)


def evidence_rows(raws: Iterable[bytes]) -> pa.RecordBatch:
    rows = [
        {"sha256": hashlib.sha256(raw).hexdigest(), "raw": raw, "size": len(raw), "first_seen": START}
        for raw in raws
    ]
    return pa.RecordBatch.from_pylist(rows, schema=EVIDENCE)


def mails(first: int, last: int, **how: Any) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    """Arrivals and evidence of the mails with these numbers."""
    raws = [raw_mail(number) for number in range(first, last)]
    return arrival_rows(arrival(raw, **how) for raw in raws), evidence_rows(raws)


def plain_findings(number: int) -> list[dict[str, str]]:
    """A finding of each of so many checks, none to three."""
    return [
        {
            "check": check,
            "article": "Act Art 4(i)",
            "version": "2009-09-01",
            "verdict": ("ok", "missing")[number % 2],
            "certainty": "TEXT",
            "spans": "",
        }
        for check in ("label_name", "consent", "advertising")[: number % 4]
    ]


def observe_plainly(batch: pa.RecordBatch) -> pa.RecordBatch:
    """What the text of each mail says of itself; a mail without bytes says nothing."""
    rows = []
    for row in batch.to_pylist():
        number, country, language, asn = (row["raw"] or b"|||").decode().split("|")
        rows.append(
            {
                **{name: row.get(name) for name in OBSERVATIONS.names if name in row},
                "generation": 1,
                "day": f"{row['received_at'] + JAPAN:%Y-%m-%d}",
                "first_of_bytes": False,
                "size": len(row["raw"] or b""),
                "origin_confidence": 1.0,
                "origin_reason": "plain",
                "origin_forged": False,
                "country": country or None,
                "country_data_date": "2026-01-01",
                "language": language or None,
                "asn": int(asn) if asn else None,
                "network": f"AS{asn}" if asn else None,
                "links": [],
                "attachments": [],
                "dynamic_pool": ("yes", "no", None)[len(country + language) % 3],
                "forged_address": ("forged", None)[len(language) // 2],
                "findings": plain_findings(int(number or 0)),
                "defects": [],
                "analysis_version": "plain",
            }
        )
    return pa.RecordBatch.from_pylist(rows, schema=OBSERVATIONS)


class PlainEngine(LocalEngine):
    """The local engine with the plain analysis in place of the real one."""

    def __init__(self) -> None:
        super().__init__(workers=1)

    def analyse(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield observe_plainly(batch)


def follow_plainly(home: Home) -> Followed:
    engine = PlainEngine()
    try:
        return follow_once(home, engine)
    finally:
        engine.close()


if __name__ == "__main__":
    print(follow_plainly(Home.at(sys.argv[1])).observed)

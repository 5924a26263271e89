"""What a search of mails costs: by columns over many months, and by reading, on a sample home and on copies of it.

    python bench/search.py SAMPLE_HOME [--copies 50] [--folder /tmp/bench-search]

SAMPLE_HOME is a folder that ``meyasu sample --ingest`` filled. Its observations are copied so many times under other
ids, its evidence a tenth as often, both compacted. Prints JSON: CPU seconds, the median of three warm runs on one thread, a page of
50 mails each; reading is run to its end. The folder is removed afterwards.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from meyasubako.engines.local import LocalEngine
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.engines.search import MailSearch, Terms
from meyasubako.tables.compaction import compact
from meyasubako.tables.home import Home
from meyasubako.tables.schema import EVIDENCE_LAYOUT, Layout
from meyasubako.tables.table import Table

RUNS = 3
RARE = {
    "sender": {"sender": "no-such-sender"},
    "domain": {"domain": "no-such-domain.example"},
    "url": {"url": "/no/such/path"},
    "ip": {"ip": "203.0.113.250"},
    "subject": {"subject": "そのような件名はない"},
    "nothing asked": {},
}
"""Terms that find nothing look through every month asked for: the dearest case."""


def copied(source: Table, copies: int) -> Iterator[pa.RecordBatch]:
    """The rows of a table, again and again under other ids and hashes."""
    for copy in range(copies):
        for batch in source.scan():
            columns = {name: batch.column(name) for name in batch.schema.names}
            for name in ("arrival_id", "sha256"):
                if name in columns:
                    known: list[Any] = columns[name].to_pylist()
                    values = [f"{copy:04x}{value[4:]}" for value in known]
                    columns[name] = pa.array(values, pa.string())
            yield pa.RecordBatch.from_pydict(columns, schema=source.layout.schema)


def build(sample: Home, home: Home, copies: int) -> dict[str, int]:
    """Tables with copies of the sample's rows."""
    rows = {}
    plans: list[tuple[Layout, int]] = [(OBSERVATIONS_LAYOUT, copies), (EVIDENCE_LAYOUT, max(1, copies // 10))]
    for layout, times in plans:
        table = Table.open(home, layout)
        table.append(copied(Table.open(sample, layout), times))
        table.refresh()
        compact(home, table)
        table.refresh()
        rows[layout.name] = table.count()
    return rows


def seconds_of(search: MailSearch, terms: Terms) -> float:
    """The median time of a page."""
    times = []
    for _ in range(RUNS + 1):
        started = time.process_time()
        search.page(terms, seconds=600)
        times.append(time.process_time() - started)
    return round(statistics.median(times[1:]), 4)


def reading(search: MailSearch, first: str, last: str) -> dict[str, Any]:
    """A search of texts to its end, and what a mail of it cost."""
    started = time.process_time()
    hits = search.page(Terms(first, last, text="そのような文はどこにもない"), seconds=3600)
    spent = time.process_time() - started
    mails = hits.read or 0
    return {
        "mails": mails,
        "cpu_seconds": round(spent, 2),
        "cpu_us_a_mail": round(spent / max(1, mails) * 1e6),
    }


def measured(home: Home) -> dict[str, Any]:
    """Every figure of one home."""
    engine = LocalEngine(workers=1)
    search = MailSearch(home, engine)
    oldest, newest = search.months()
    year, number = int(newest[:4]), int(newest[5:]) - 2
    quarter = f"{year - (number < 1):04}-{(number - 1) % 12 + 1:02}"
    spans = {"one month": newest, "three months": quarter, "all months": oldest}
    found = {
        name: {span: seconds_of(search, Terms(first, newest, **terms)) for span, first in spans.items()}
        for name, terms in RARE.items()
    }
    texts = reading(search, newest, newest)
    engine.close()
    return {"columns (CPU seconds)": found, "texts, one month": texts}


def main() -> int:
    """Measure the sample, then the copies."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("sample", type=Path)
    parser.add_argument("--copies", type=int, default=50)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/bench-search"))
    given = parser.parse_args()
    sample = Home.at(given.sample)
    report = {"sample": {"observations": Table.open(sample, OBSERVATIONS_LAYOUT).count(), **measured(sample)}}
    try:
        large = Home.at(given.folder)
        report["copies"] = {**build(sample, large, given.copies), **measured(large)}
    finally:
        shutil.rmtree(given.folder, ignore_errors=True)
    print(json.dumps(report, ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Ten million synthetic observations: what a figure costs from them and from the roll-up, and one mail by its hash.

    python bench/figures.py [--rows 10000000] [--folder /tmp/bench-10m]

Observations and evidence are built straight as Arrow, streamed and appended as a busy centre would have them, then
compacted. Bytes are 200 random ones a mail, so that the disk stays small; the number of rows, files and row groups
is what matters. Prints the median of five warm runs on one thread. The folder is removed at the end.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from meyasubako.analysis.schema import OBSERVATIONS
from meyasubako.engines.figures import FIGURES, FigureBook
from meyasubako.engines.local import LocalEngine
from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.engines.rollups import RollUpKeeper
from meyasubako.tables import EVIDENCE, EVIDENCE_LAYOUT, Home
from meyasubako.tables.bytes import EvidenceReader
from meyasubako.tables.compaction import compact, vacuum
from meyasubako.tables.leases import reading
from meyasubako.tables.table import Table

BATCH = 100_000
DAYS = 365
START = datetime(2025, 1, 1, tzinfo=UTC)
RUNS = 5
RAW = 200


def chosen(chance: np.random.Generator, words: list[str | None], rows: int, weights: list[float]) -> pa.Array:
    """A dictionary-built string column of these words."""
    picks = chance.choice(len(words), rows, p=np.array(weights) / sum(weights)).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(picks), pa.array(words, pa.string())).cast(pa.string())


def hashes_of(first: int, rows: int) -> list[str]:
    """sha256 (hex) of the mails with these numbers."""
    return [hashlib.sha256(b"%d" % number).hexdigest() for number in range(first, first + rows)]


def observation_batches(rows: int) -> Iterator[pa.RecordBatch]:
    """Observations in order of day, with the skew of real ones: 150 countries, 5,000 networks."""
    chance = np.random.default_rng(20250101)
    countries: list[str | None] = ["JP", None, *(f"{a}{b}" for a in "ABCDEFGHIK" for b in "LMNOPQRSTUVWXYZ")]
    country_weights = [0.25, 0.02, *(0.73 / (place + 1) for place in range(150))]
    days = [str(np.datetime64("2025-01-01") + day) for day in range(DAYS)]
    for first in range(0, rows, BATCH):
        count = min(BATCH, rows - first)
        at = (first + np.arange(count)) * DAYS // rows
        day = pa.array([days[place] for place in at.tolist()])
        monitor_class = chosen(chance, ["pc", "mobile", None], count, [0.6, 0.3, 0.1])
        channel = [
            {"pc": "monitor", "mobile": "monitor", None: "report"}[name] for name in monitor_class.to_pylist()
        ]
        asn = chance.zipf(1.3, count) % 5_000
        values = {
            "arrival_id": [f"{number:032x}" for number in range(first, first + count)],
            "generation": np.ones(count, np.int32),
            "sha256": hashes_of(first, count),
            "received_at": pa.array(at * 86_400_000_000 + 1_735_689_600_000_000, pa.int64()).cast(
                pa.timestamp("us", "UTC")
            ),
            "day": day,
            "month": [text[:7] for text in day.to_pylist()],
            "channel": channel,
            "monitor_class": monitor_class,
            "report_id": [
                f"R{(first + row) // 40}" if name == "report" else None for row, name in enumerate(channel)
            ],
            "first_of_bytes": chance.random(count) < 0.7,
            "size": chance.integers(500, 20_000, count),
            "country": chosen(chance, countries, count, country_weights),
            "asn": asn,
            "network": [f"Network {number}" for number in asn.tolist()],
            "language": chosen(chance, ["ja", "en", "zh", None], count, [0.5, 0.3, 0.1, 0.1]),
            "auth_spf": chosen(chance, ["pass", "fail", "none", "softfail"], count, [0.5, 0.2, 0.2, 0.1]),
            "auth_dkim": chosen(chance, ["pass", "fail", "none"], count, [0.4, 0.1, 0.5]),
            "auth_dmarc": chosen(chance, ["pass", "fail", "none"], count, [0.3, 0.2, 0.5]),
            "dynamic_pool": chosen(chance, ["yes", "no", "unknown"], count, [0.2, 0.6, 0.2]),
            "category": chosen(chance, ["dating", "pharmacy", "phishing", None], count, [0.4, 0.2, 0.3, 0.1]),
        }
        yield pa.RecordBatch.from_arrays(
            [filled(field, values.get(field.name), count) for field in OBSERVATIONS], schema=OBSERVATIONS
        )


def filled(field: pa.Field, value: object, rows: int) -> pa.Array:
    """The column given, or one of nulls, or of empty values where null is not allowed."""
    if value is not None:
        return pa.array(value, field.type) if not isinstance(value, pa.Array) else value
    if field.nullable:
        return pa.nulls(rows, field.type)
    if pa.types.is_list(field.type):
        empty = pa.array([], field.type.value_type)
        return pa.ListArray.from_arrays(pa.array(np.zeros(rows + 1, np.int32)), empty, type=field.type)
    return pa.repeat(
        pa.scalar(
            "bench" if field.type == pa.string() else False if field.type == pa.bool_() else 0, field.type
        ),
        rows,
    )


def evidence_batches(rows: int) -> Iterator[pa.RecordBatch]:
    """200 random bytes under each of the hashes."""
    chance = np.random.default_rng(20250102)
    for first in range(0, rows, BATCH // 2):
        count = min(BATCH // 2, rows - first)
        noise = chance.bytes(count * RAW)
        yield pa.RecordBatch.from_arrays(
            [
                pa.array(hashes_of(first, count)),
                pa.array([noise[start : start + RAW] for start in range(0, count * RAW, RAW)], pa.binary()),
                pa.array(np.full(count, RAW)),
                pa.array([START] * count, pa.timestamp("us", "UTC")),
            ],
            schema=EVIDENCE,
        )


def build_observations(home: Home, rows: int) -> None:
    """Observations and their roll-ups; appended by 100,000, which a follower would do by 10,000."""
    observations = Table.open(home, OBSERVATIONS_LAYOUT)
    keeper = RollUpKeeper(home, observations)
    for number, batch in enumerate(observation_batches(rows), 1):
        observations.append(batch)
        if number % 20 == 0:
            keeper.keep()
            compact(home, observations)
    keeper.keep()
    compact(home, observations)
    keeper.compact()
    tidy(home, observations, *keeper.tables.values())


def build_evidence(home: Home, rows: int) -> None:
    """Evidence, sorted in stretches of a million as compaction would leave it."""
    evidence = Table.open(home, EVIDENCE_LAYOUT)
    for number, batch in enumerate(evidence_batches(rows), 1):
        evidence.append(batch)
        if number % 10 == 0:
            compact(home, evidence)
    compact(home, evidence)
    tidy(home, evidence)


def tidy(home: Home, *tables: Table) -> None:
    """Remove what compaction left over, and say what there is."""
    for table in tables:
        vacuum(home, table, grace=0)
        print(f"{table.name}: {table.count():,} rows in {len(table.files())} files", file=sys.stderr)


def warm(action: Callable[[], object]) -> float:
    """Median seconds of five runs after one."""
    action()
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def measure(home: Home, rows: int) -> dict[str, object]:
    """Seconds of every figure both ways, and of looking up mails by their hash."""
    engine = LocalEngine(workers=1)
    found: dict[str, object] = {"rows": rows}
    with reading(home):
        for name, from_observations in (("roll-up", False), ("observations", True)):
            book = FigureBook(home, engine, from_observations=from_observations)
            found[f"{name}, every month"] = {
                figure: round(warm(lambda book=book, figure=figure: book.rows(figure)), 4)
                for figure in FIGURES
            }
            found[f"{name}, one month"] = round(
                warm(lambda book=book: book.rows("countries", month="2025-07")), 4
            )
        reader = EvidenceReader(home)
        wanted = iter(hashes_of(rows // 3, RUNS + 1))
        start = time.perf_counter()
        reader.find(hashes_of(rows // 2, 1)[0])
        found["first mail by sha256"] = round(time.perf_counter() - start, 4)
        found["one mail by sha256"] = round(warm(lambda: reader.find(next(wanted))), 4)
    engine.close()
    return found


def main() -> None:
    """Build, measure, print JSON, remove."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/bench-10m"))
    parser.add_argument(
        "--keep", action="store_true", help="leave the folder, and use it again when it is there"
    )
    arguments = parser.parse_args()
    home = Home.at(arguments.folder)
    try:
        if not Table.open(home, OBSERVATIONS_LAYOUT).count():
            build_observations(home, arguments.rows)
        if not Table.open(home, EVIDENCE_LAYOUT).count():
            build_evidence(home, arguments.rows)
        print(json.dumps(measure(home, arguments.rows), indent=2))
    finally:
        if not arguments.keep:
            shutil.rmtree(home.path)


if __name__ == "__main__":
    main()

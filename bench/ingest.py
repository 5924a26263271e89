"""Archive to observations: CPU against the standard library's bare parse, two cores against one, memory.

    python bench/ingest.py [--mails 50000] [--memory-mails 200000]

The mails are those of an archive of real mail, repeated with a header field of their own so that each is another
one, in a plain tar. Baseline: ``email.parser.BytesParser`` with compat32 over the same mails in the same run on
the same core, parsing alone. Ours: the whole command in a process of its own, reading, hashing, writing and syncing
included; the cost of ingesting a single mail (starting Python, making tables) is subtracted.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import compat32
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from meyasubako.engines.observed import OBSERVATIONS_LAYOUT
from meyasubako.receivers.archives import Mail, read_archives
from meyasubako.tables.home import Home
from meyasubako.tables.table import Table

ROOT = Path(__file__).resolve().parent.parent
CORPUS = (
    "spam-ham-2001-2002",
    "mailing-lists-2019-2026",
    "phishing-2019-2025",
    "reports-and-bounces",
    "japanese",
)
BASELINE_MAILS = 10_000

RATIO = 1.0
TWO_CORES = 1.8
MEMORY_MB = 400
FLAT = 1.1


class Run(NamedTuple):
    """One run of the command: wall seconds, CPU seconds of all its processes, (main, largest worker) resident bytes."""

    wall: float
    cpu: float
    resident: list[tuple[int, int]]


def corpus_mails() -> list[bytes]:
    """The real mails that are repeated."""
    folder = Path(os.environ.get("MEYASU_SHARED_DATA") or ROOT.parent / "shared" / "data")
    found = read_archives([folder / f"{name}.tar.xz" for name in CORPUS])
    return [item.raw for item in found if isinstance(item, Mail)]


def shuffled(mails: list[bytes]) -> list[bytes]:
    """The mails in a fixed order that mixes the archives, so that any stretch of them is like the whole."""
    return [mails[place] for place in sorted(range(len(mails)), key=lambda place: place * 7_919 % len(mails))]


def distinct(mails: list[bytes], count: int) -> Iterator[bytes]:
    """``count`` mails, each with a field that makes it another one, behind a line end of the mail's own kind."""
    ends = [line_end(raw) for raw in mails]
    for number, (raw, end) in enumerate(
        itertools.islice(itertools.cycle(zip(mails, ends, strict=True)), count)
    ):
        yield b"X-Bench-Number: %d%b" % (number, end) + raw


def line_end(raw: bytes) -> bytes:
    """How the first line of a mail ends: one of another kind above it would make a good mail a mixed one."""
    first = raw.find(b"\n")
    return b"\r\n" if first > 0 and raw[first - 1 : first] == b"\r" else b"\n"


def write_tar(path: Path, mails: Iterator[bytes]) -> None:
    """A plain tar of mails."""
    with tarfile.open(path, "w") as archive:
        for number, raw in enumerate(mails):
            entry = tarfile.TarInfo(f"{number // 1000}/{number}.eml")
            entry.size = len(raw)
            archive.addfile(entry, BytesIO(raw))


def stdlib_microseconds(mails: list[bytes]) -> float:
    """CPU microseconds a mail of the bare parse, best of three passes; pin the process first."""
    parser = BytesParser(policy=compat32)
    passes = []
    for _ in range(3):
        began = time.process_time()
        for raw in mails:
            parser.parsebytes(raw)
        passes.append((time.process_time() - began) / len(mails) * 1e6)
    return min(passes)


def ingest(archive: Path, cores: set[int], scratch: Path, *, sample: bool = False) -> Run:
    """Run ``meyasu ingest`` on these cores with a worker for each, into a fresh home."""
    home = scratch / "home"
    shutil.rmtree(home, ignore_errors=True)
    environment = {**os.environ, "MEYASU_HOME": str(home), "MEYASU_WORKERS": str(len(cores))}
    before = os.times()
    began = time.monotonic()
    process = subprocess.Popen(
        ["taskset", "-c", ",".join(map(str, sorted(cores))),
         sys.executable, "-m", "meyasubako.cli", "ingest", str(archive), "--json"],
        env=environment,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    resident: list[tuple[int, int]] = []
    watcher = threading.Thread(target=watch, args=(process, resident))
    if sample:
        watcher.start()
    output, _ = process.communicate()
    wall = time.monotonic() - began
    if sample:
        watcher.join()
    after = os.times()
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    assert process.returncode == 0, output
    return Run(wall, cpu, resident)


def unobserved(home: Path) -> int:
    """Mails whose observation says only that it failed: they cost little and prove nothing."""
    table = Table.open(Home.at(home), OBSERVATIONS_LAYOUT)
    lists: list[Any] = [
        defects for batch in table.scan(["defects"]) for defects in batch.column(0).to_pylist()
    ]
    return sum(any(one["code"].startswith("analysis-") for one in defects) for defects in lists)


def watch(process: subprocess.Popen[bytes], resident: list[tuple[int, int]]) -> None:
    """Sample the resident memory of the run's main process and of its largest worker, four times a second."""
    while process.poll() is None:
        workers = [resident_bytes(pid) for pid in children_of(process.pid)]
        resident.append((resident_bytes(process.pid), max(workers, default=0)))
        time.sleep(0.25)


def children_of(pid: int) -> list[int]:
    """Pids of the children of a process, whichever of its threads started them."""
    found: list[int] = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, tasks.read_text().split())
        except OSError:
            continue
    return found


def resident_bytes(pid: int) -> int:
    """Anonymous resident memory of a process (mapped files can be given back); 0 when it is gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    except OSError:
        return 0
    return 0


def by_quarter(samples: list[int]) -> list[int]:
    """The most of each quarter of the samples, in MB."""
    quarter = max(len(samples) // 4, 1)
    return [
        max(samples[start : start + quarter], default=0) >> 20 for start in range(0, 4 * quarter, quarter)
    ]


def measure(mails: int, memory_mails: int) -> dict[str, Any]:
    """Every figure of this bench."""
    cores = sorted(os.sched_getaffinity(0))
    real = shuffled(corpus_mails())
    with tempfile.TemporaryDirectory(prefix="meyasu-bench-") as folder:
        scratch = Path(folder)
        write_tar(scratch / "one.tar", distinct(real, 1))
        write_tar(scratch / "mails.tar", distinct(real, mails))
        os.sched_setaffinity(0, {cores[-1]})
        stdlib = stdlib_microseconds(list(distinct(real, min(mails, BASELINE_MAILS))))
        empty = ingest(scratch / "one.tar", {cores[-1]}, scratch)
        one = ingest(scratch / "mails.tar", {cores[-1]}, scratch)
        os.sched_setaffinity(0, set(cores))
        ours = (one.cpu - empty.cpu) / mails * 1e6
        figures: dict[str, Any] = {
            "corpus": ", ".join(CORPUS),
            "mails": mails,
            "mean_bytes": round(sum(map(len, real)) / len(real)),
            "stdlib_us": round(stdlib, 1),
            "ingest_us": round(ours, 1),
            "ratio": round(ours / stdlib, 3),
            "failed": unobserved(scratch / "home"),
            "one_core_mails_per_second": round(mails / (one.wall - empty.wall)),
        }
        if len(cores) >= 2:
            empty = ingest(scratch / "one.tar", set(cores[:2]), scratch)
            two = ingest(scratch / "mails.tar", set(cores[:2]), scratch)
            figures["two_workers_cpu_against_one"] = round(two.cpu / one.cpu, 2)
            figures["two_cores_mails_per_second"] = round(mails / (two.wall - empty.wall))
            figures["two_cores_against_one"] = round(
                figures["two_cores_mails_per_second"] / figures["one_core_mails_per_second"], 2
            )
        if memory_mails:
            write_tar(scratch / "mails.tar", distinct(real, memory_mails))
            samples = ingest(scratch / "mails.tar", set(cores[:2]), scratch, sample=True).resident
            figures["memory_mails"] = memory_mails
            figures["main_mb_by_quarter"] = by_quarter([main for main, _ in samples])
            figures["worker_mb_by_quarter"] = by_quarter([worker for _, worker in samples])
    return figures


def missed_bars(figures: dict[str, Any]) -> list[str]:
    """What the figures fall short of, a sentence each."""
    missed = []
    if figures["failed"]:
        missed.append(f"{figures['failed']} mails could not be observed")
    if figures["ratio"] > RATIO:
        missed.append(f"one core: {figures['ratio']} times the bare parse, the bar is {RATIO}")
    if figures.get("two_cores_against_one", TWO_CORES) < TWO_CORES:
        missed.append(f"two cores: {figures['two_cores_against_one']} times one, the bar is {TWO_CORES}")
    quarters = figures.get("worker_mb_by_quarter", [])
    if quarters and (quarters[3] > FLAT * quarters[2] or max(quarters) > MEMORY_MB):
        missed.append(f"memory of a worker: {quarters} MB by quarter, the bar is flat and {MEMORY_MB}")
    return missed


def main() -> int:
    """Print the figures as JSON, then what they fall short of; 1 when there is any."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--mails", type=int, default=50_000)
    parser.add_argument("--memory-mails", type=int, default=200_000)
    asked = parser.parse_args()
    figures = measure(asked.mails, asked.memory_mails)
    print(json.dumps(figures, indent=2))
    missed = missed_bars(figures)
    for sentence in missed:
        print(f"missed: {sentence}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

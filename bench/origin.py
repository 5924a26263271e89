"""What origin costs a mail: walking its trace, pool, country and network, against the stdlib's bare parse.

    python bench/origin.py [--mails 4000] [--geography FOLDER]

Lawful list mail of the real archives (long chains, about 6 KB), one core, CPU time, median of five passes. A walk reads of
the fields what it asks for; what reading all of them whole would cost is told beside it. The bar is the
room's share of the budget: 60 of 500 microseconds, or 0.12 of the bare parse in the same run. Without a folder the
network of an address is unknown and costs nothing; ``tools/fetch-networks`` makes one.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tarfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from email.parser import BytesParser
from email.policy import compat32
from pathlib import Path
from typing import Any

from meyasubako.mail.fields import split_fields
from meyasubako.mail.received import parse_received
from meyasubako.mail.trace import Trace
from meyasubako.origin import find_origin, load_trust
from meyasubako.origin.dynamic import dynamic_pool
from meyasubako.origin.geography import geography_open

ARCHIVE = "mailing-lists-2019-2026"
PASSES = 5
BAR = 0.12
DAY = date(2024, 3, 5)


def shared_mails(limit: int) -> list[bytes]:
    """The first mails of the archive."""
    root = Path(__file__).resolve().parent.parent
    folder = Path(os.environ.get("MEYASU_SHARED_DATA") or root.parent / "shared" / "data")
    mails: list[bytes] = []
    with tarfile.open(folder / f"{ARCHIVE}.tar.xz", "r|xz") as archive:
        for member in archive:
            handle = archive.extractfile(member) if member.isfile() else None
            if handle is not None:
                mails.append(handle.read())
            if len(mails) == limit:
                break
    return mails


def median_us(act: Callable[[Any], object], items: Sequence[Any]) -> float:
    """CPU microseconds an item, the median of the passes."""
    passes = []
    for _ in range(PASSES):
        start = time.process_time()
        for item in items:
            act(item)
        passes.append((time.process_time() - start) / len(items) * 1e6)
    return statistics.median(passes)


def main() -> int:
    """Measure and print; 1 when the bar is missed."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--mails", type=int, default=4000)
    options.add_argument("--geography", type=Path)
    chosen = options.parse_args()
    mails = shared_mails(chosen.mails)
    trust = load_trust()
    start = time.perf_counter()
    geography = geography_open(chosen.geography)
    opened = time.perf_counter() - start
    values = [[f.value for f in split_fields(raw)[0] if f.name.lower() == "received"] for raw in mails]
    origins = [find_origin(Trace(trace), trust=trust) for trace in values]
    addresses = sorted({hop.ip for trace in values for hop in Trace(trace) if hop.ip is not None})
    bare = median_us(BytesParser(policy=compat32).parsebytes, mails)
    read = median_us(lambda trace: [parse_received(value) for value in trace], values)
    walk = median_us(lambda trace: find_origin(Trace(trace), trust=trust), values)
    pool = median_us(lambda origin: dynamic_pool(origin, trust), origins)
    place = median_us(
        lambda origin: origin.ip and (geography.country(origin.ip, DAY), geography.network(origin.ip, DAY)),
        origins,
    )
    cold_start = time.process_time()
    for ip in addresses:
        geography.country(ip, DAY)
        geography.network(ip, DAY)
    cold = (time.process_time() - cold_start) / len(addresses) * 1e6
    hops = sum(map(len, values)) / len(values)
    total = walk + pool + place
    print(
        f"{len(mails)} mails of {ARCHIVE}, {sum(map(len, mails)) / len(mails):.0f} bytes, {hops:.1f} hops each"
    )
    print(f"stdlib bare parse {bare:8.1f} us a mail")
    print(f"walk its trace    {walk:8.1f} us; whole fields would be {read:.1f}, {read / hops:.1f} us a field")
    print(f"pool              {pool:8.1f} us")
    print(
        f"country, network  {place:8.1f} us; {cold:.1f} us over {len(addresses)} addresses; opened in {opened:.2f} s"
    )
    print(f"sum               {total:8.1f} us, ratio {total / bare:.2f} (bar {BAR})")
    return int(total / bare > BAR)


if __name__ == "__main__":
    sys.exit(main())

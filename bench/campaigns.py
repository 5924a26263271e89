"""Measure fingerprints: making one, finding near ones among a million, grouping. Run: python bench/campaigns.py

Prints CPU microseconds and, for the index, its memory; `taskset -c 1` keeps it on one core. Fingerprints for the
index are drawn at random, those asked for agree with one of them in six bins of ten.
"""

from __future__ import annotations

import argparse
import email.parser
import email.policy
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from meyasubako.campaigns.fingerprint import BINS, fingerprint
from meyasubako.campaigns.grouping import Mail, group
from meyasubako.campaigns.index import FingerprintIndex
from meyasubako.mail import parse
from meyasubako.mail.language import language_of
from meyasubako.sample import generate

ASKED = 20_000
BATCH = 1_000


def clocked(call: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of a call, and what it gave."""
    start = time.process_time()
    given = call()
    return time.process_time() - start, given


def measure_index(count: int) -> None:
    """Build an index of ``count`` fingerprints and ask it one by one and in batches."""
    rng = np.random.default_rng(1)
    kept = rng.integers(0, 65_536, (count, BINS), dtype=np.uint16)
    asked = kept[rng.integers(0, count, ASKED)].copy()
    changed = rng.random(asked.shape) < 0.4
    asked[changed] = rng.integers(0, 65_536, int(changed.sum()), dtype=np.uint16)
    single = [row.tobytes() for row in asked]
    seconds, index = clocked(lambda: FingerprintIndex(kept.tobytes()))
    print(f"index of {count:,}: built in {seconds:.1f} s, {index.nbytes / 1e6:.0f} MB with the fingerprints")
    seconds, found = clocked(lambda: [index.near(one, least=0.4) for one in single])
    recall = sum(map(bool, found)) / ASKED
    print(f"look-up, one by one: {seconds / ASKED * 1e6:.1f} us (found {recall:.2%})")
    batches = [asked[start : start + BATCH].tobytes() for start in range(0, ASKED, BATCH)]
    seconds, _ = clocked(lambda: [index.near_all(batch, least=0.4) for batch in batches])
    print(f"look-up, {BATCH:,} at a time: {seconds / ASKED * 1e6:.1f} us")


def measure_sample(mails: int) -> None:
    """Sketch, name the language of, and group sample mail, beside the standard library's bare parse of it."""
    raws = [mail.raw for mail in generate(1, mails, "2008-04..2008-05")]
    parser = email.parser.BytesParser(policy=email.policy.compat32)
    base, _ = clocked(lambda: [parser.parsebytes(raw) for raw in raws])
    texts = [parse(raw).text for raw in raws]
    sketching, prints = clocked(lambda: [fingerprint(text) for text in texts])
    naming, _ = clocked(lambda: [language_of(text) for text in texts])
    members = [Mail(place, f"{place:09}", one) for place, one in enumerate(prints)]
    grouping, found = clocked(lambda: group(members))
    for name, seconds in (
        ("bare parse", base),
        ("fingerprint", sketching),
        ("language", naming),
        ("grouping", grouping),
    ):
        print(f"{name}: {seconds / mails * 1e6:.1f} us a mail, {seconds / base:.2f} of the bare parse")
    print(f"{len({one.campaign for one in found}):,} groups of {len(found):,} mails")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--fingerprints", type=int, default=1_000_000)
    arguments.add_argument("--mails", type=int, default=5_000)
    given = arguments.parse_args()
    measure_index(given.fingerprints)
    measure_sample(given.mails)

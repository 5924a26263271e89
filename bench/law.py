"""What judging costs: microseconds a mail against the stdlib's bare parse of the same mails, in one run.

``python bench/law.py [ARCHIVE]`` - pin it to one core. ``ARCHIVE`` is a .tar.xz of mails (default: the English spam
and lawful mail of the shared data).
"""

from __future__ import annotations

import gc
import os
import sys
import tarfile
import time
from collections.abc import Callable
from datetime import date
from email.parser import BytesParser
from email.policy import compat32
from pathlib import Path
from statistics import median

from meyasubako.law import Facts, judge, load_regime
from meyasubako.mail import parse

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("MEYASU_SHARED_DATA") or ROOT.parent / "shared" / "data")
MAILS = 1_000
PASSES = 5


def read(archive: Path) -> list[bytes]:
    """The first mails of an archive, none larger than 200 KB."""
    mails: list[bytes] = []
    with tarfile.open(archive, "r|xz") as members:
        for member in members:
            handle = members.extractfile(member) if member.isfile() else None
            if handle is not None and member.size < 200_000:
                mails.append(handle.read())
            if len(mails) == MAILS:
                break
    return mails


def best(work: Callable[[], object]) -> float:
    """Microseconds of CPU of the quickest pass."""
    times = []
    for _ in range(PASSES):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times) * 1e6


def main(arguments: list[str]) -> None:
    """Print one line for all mails, one for those out of scope, one for advertising."""
    mails = read(Path(arguments[0]) if arguments else SHARED / "spam-ham-2001-2002.tar.xz")
    version = load_regime("jp").on(date(2025, 6, 1))
    assert version is not None
    facts = Facts(channel="monitor")
    messages = [parse(raw) for raw in mails]
    gc.disable()
    costs = [(best(lambda m=message: judge(m, facts, version)), message) for message in messages]  # type: ignore[misc]
    base = [best(lambda r=raw: BytesParser(policy=compat32).parsebytes(r)) for raw in mails]  # type: ignore[misc]
    in_scope = [len(judge(message, facts, version)) > 1 for message in messages]
    for name, wanted in (("all", (True, False)), ("out of scope", (False,)), ("advertising", (True,))):
        ours = [cost for (cost, _), scope in zip(costs, in_scope, strict=True) if scope in wanted]
        theirs = [cost for cost, scope in zip(base, in_scope, strict=True) if scope in wanted]
        print(
            f"{name}: {len(ours)} mails, law mean {sum(ours) / len(ours):.0f} us, median {median(ours):.0f} us; "
            f"stdlib {sum(theirs) / len(theirs):.0f} us; ratio {sum(ours) / sum(theirs):.2f}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])

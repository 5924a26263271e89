"""``make bench``: every benchmark in turn, each a process of its own, and what it printed.

A benchmark prints ratios from one run, with the corpus and the command, and exits 1 when it misses its bar. Timings are
never tests: machines differ and are noisy. ``bench/run.py NAME...`` runs only those.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def main(names: list[str]) -> int:
    """Run the benchmarks named, all without names; 1 when any missed its bar."""
    scripts = sorted(path for path in FOLDER.glob("*.py") if path.name != "run.py")
    wanted = [path for path in scripts if not names or path.stem in names]
    missed = []
    for path in wanted:
        print(f"== {path.stem}", flush=True)
        if subprocess.run([sys.executable, path], check=False).returncode:
            missed.append(path.stem)
    print(
        f"bars met: {len(wanted) - len(missed)} of {len(wanted)}"
        + (f"; missed: {', '.join(missed)}" if missed else "")
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

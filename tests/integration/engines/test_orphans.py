"""Workers end with the process that started them, also when it is killed and can tell nobody."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PARENT = """
import multiprocessing
import sys

import pyarrow as pa

sys.path.insert(0, sys.argv[1])
from plain_analysis import arrival, arrival_rows

from meyasubako.engines.local import LocalEngine

if __name__ == "__main__":
    engine = LocalEngine(workers=2)
    raw = b"Subject: a\\n\\nb"
    batch = arrival_rows([arrival(raw)]).append_column("raw", pa.array([raw], pa.binary()))
    list(engine.analyse([batch] * 8))
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    sys.stdin.read()
"""


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_workers_of_a_killed_process_end(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = subprocess.Popen(
        [sys.executable, script, str(Path(__file__).parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    assert parent.stdin is not None
    workers = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(workers) == 2
    assert all(map(is_running, workers))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 20
    while any(map(is_running, workers)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(is_running, workers))
    parent.stdin.close()
    parent.stdout.close()

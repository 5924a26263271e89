"""What the register shows of a monitor's mail is what came: from the command line to the roll-up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"
ASK = """
import json
from meyasubako.centre.config.startup import start
start()
from meyasubako.centre.accounts.types import SYSTEM
from meyasubako.centre.monitors.mail_counts import mails_by_monitor
counts = mails_by_monitor(SYSTEM).items()
print(json.dumps({name: [str(seen.last_day), dict(seen.by_month)] for name, seen in counts}))
"""


def test_mails_are_counted_by_monitor_and_month(tmp_path: Path) -> None:
    environment = {**os.environ, "MEYASU_HOME": str(tmp_path / "home"), "MEYASU_WORKERS": "1"}

    def run(*arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    meyasu = ("-m", "meyasubako.cli")
    assert run("-c", ASK) == "{}\n"
    run(*meyasu, "monitor", "add", "keitai-1", "taro@decoy.example", "--class", "mobile")
    ingest = (*meyasu, "ingest", str(EXAMPLES), "--channel", "monitor", "--monitor", "keitai-1")
    refused = run(*ingest, "--monitor-class", "pc", code=2)
    assert "registered as mobile" in refused
    run(*ingest)
    ((name, (last_day, by_month)),) = json.loads(run("-c", ASK)).items()
    assert (name, last_day[:7]) == ("keitai-1", max(by_month))
    assert sum(by_month.values()) == len(list(EXAMPLES.glob("*.eml")))
    figures = run(*meyasu, "figures")
    assert "mobile" in figures

"""Many at once on real databases: the chain holds, one code lets one in, one invitation is used once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("at_once.py")
THREADS, EVENTS_EACH = 6, 30


@pytest.fixture(params=["sqlite", "postgresql"])
def outcome(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """What the threads made of it."""
    environment = {**os.environ, "MEYASU_HOME": str(tmp_path)}
    if request.param == "postgresql":
        environment["MEYASU_DATABASE_URL"] = request.getfixturevalue("server")
    else:
        environment.pop("MEYASU_DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, SCRIPT], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    value: dict[str, Any] = json.loads(done.stdout)
    return value


def test_many_at_once_disturb_nothing(outcome: dict[str, Any]) -> None:
    assert outcome["chain"] == {"recorded": THREADS * EVENTS_EACH, "good": True, "waiting": 0}
    assert outcome["entered"] == 1
    assert outcome["accepted"] == 1
    # Those that came after the account was locked were refused unseen.
    assert 5 <= outcome["failures"] <= THREADS

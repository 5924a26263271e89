"""`meyasu serve` over real tables: what is taken in appears, equals the figures, and nothing stays behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from served import Served, ask, serve, stop

APPEAR_SECONDS = 60


def meyasu(home: Path, *arguments: str) -> str:
    """Run a verb on a data folder; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "meyasubako.cli", *arguments],
        env={**os.environ, "MEYASU_HOME": str(home), "MEYASU_WORKERS": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    return done.stdout


def records(served: Served, slug: str) -> list[dict[str, Any]]:
    """The open data of a statistic."""
    found: list[dict[str, Any]] = json.loads(ask(served.address, f"/data/{slug}.json").body)["records"]
    return found


def children(parent: int) -> list[int]:
    """Processes that a process started, and theirs."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                status = (folder / "stat").read_text()
            except OSError:
                continue
            if int(status.rpartition(")")[2].split()[1]) == parent:
                found += [int(folder.name), *children(int(folder.name))]
    return found


def libraries(process: int) -> set[str]:
    """Names of the libraries that a process has loaded."""
    return set(re.findall(r"deltalake|duckdb", Path(f"/proc/{process}/maps").read_text()))


def test_what_arrives_appears_and_equals_the_figures(tmp_path: Path) -> None:
    home = tmp_path / "home"
    served = serve({"MEYASU_HOME": str(home), "MEYASU_WORKERS": "1"}, "--only", "site", "--only", "follow")
    started = children(served.process.pid)
    try:
        assert "There are no figures yet" in ask(served.address, "/en/").body.decode()
        meyasu(home, "sample", "--seed", "3", "--mails", "150", "--months", "2009-01..2009-03", "--ingest")
        figures = json.loads(meyasu(home, "figures", "--json"))
        wanted = [
            {
                "month": month["month"],
                "reports": month["reports"]["reports"],
                "mails": month["reports"]["mails"],
                "without_mail": 0,
            }
            for month in figures
        ]
        patience = time.monotonic() + APPEAR_SECONDS
        while records(served, "reports") != wanted and time.monotonic() < patience:
            time.sleep(1)
        assert records(served, "reports") == wanted
        countries = [{"month": month["month"], **row} for month in figures for row in month["countries"]]
        keys = ("month", "country", "mails", "share", "japanese_share")
        assert [{key: row[key] for key in keys} for row in records(served, "countries")] == countries
        origins = [row["overseas"] for row in records(served, "origins")]
        assert origins == [
            month["monitors"][name]["overseas"] for month in figures for name in ("pc", "mobile")
        ]
        pools = sum(row["yes"] + row["no"] + row["unknown"] for row in records(served, "op25b"))
        assert pools == sum(row["mails"] for row in countries)
        assert "Reports received" in ask(served.address, "/en/").body.decode()
    finally:
        code = stop(served)
    assert code == 0
    assert len(started) >= 3
    assert [process for process in started if Path(f"/proc/{process}").exists()] == []


def test_the_process_that_forks_loads_no_table_library(tmp_path: Path) -> None:
    served = serve({"MEYASU_HOME": str(tmp_path / "home")}, "--only", "site")
    try:
        assert ask(served.address, "/ja/").status == 200
        watcher = served.process.pid
        (master, worker) = children(watcher)
        assert libraries(watcher) == libraries(master) == set()
        assert libraries(worker) == {"deltalake", "duckdb"}
        os.kill(worker, signal.SIGKILL)
        assert ask(served.address, "/ja/").status == 200
    finally:
        assert stop(served) == 0


def test_a_port_that_is_taken_is_one_line(site_address: str, tmp_path: Path) -> None:
    port = site_address.rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "meyasubako.cli", "serve", "--port", port],
        env={**os.environ, "MEYASU_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 5
    assert done.stderr == f"meyasu: 127.0.0.1:{port}: Address already in use\n"


@pytest.mark.parametrize(("name", "value"), [("MEYASU_TLS", "yes"), ("MEYASU_DATABASE_URL", "mysql://x")])
def test_a_setting_that_means_nothing_is_one_line(tmp_path: Path, name: str, value: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "meyasubako.cli", "serve", "--port", "0"],
        env={**os.environ, "MEYASU_HOME": str(tmp_path), name: value},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert re.fullmatch(r"meyasu: [^\n]+\n", done.stderr)
    assert name in done.stderr

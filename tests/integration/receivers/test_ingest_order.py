"""What the kernel is asked for, in which order: ingest answers only when everything it names is synced."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ingest_runs import write_archive

CALL = re.compile(r"^\d+ +(?:<\.\.\. )?(\w+)(?: resumed>)?\(?(.*)$")
NAMED = re.compile(r"<(/[^>]*)>")


def traced(tmp_path: Path, *arguments: str | Path) -> list[tuple[str, str]]:
    """(system call, its arguments) of a run of ``meyasu``, descriptors with their paths, in order of completion."""
    trace = tmp_path / "trace"
    calls = "write,fsync,fdatasync,rename,renameat,renameat2,link,linkat"
    run = subprocess.run(
        ["strace", "-f", "-y", "-s", "200", "-e", f"trace={calls}", "-e", "signal=none", "-o", trace,
         sys.executable, "-m", "meyasubako.cli", *map(str, arguments)],
        env={"PATH": "/usr/bin:/bin", "MEYASU_HOME": str(tmp_path / "home"), "MEYASU_WORKERS": "1"},
        capture_output=True,
        timeout=120,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr.decode()
    found = []
    for line in trace.read_text(errors="replace").splitlines():
        call = CALL.match(line)
        if call and "unfinished ..." not in line:
            found.append((call[1], call[2]))
        elif call:
            found.append((f"{call[1]}-begun", call[2]))
    return found


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    folder = tmp_path_factory.mktemp("traced")
    write_archive(folder / "archive.tar", range(50))
    return traced(folder, "ingest", folder / "archive.tar", "--json")


def places(calls: list[tuple[str, str]], name: str, *marks: str) -> list[int]:
    """Where a call (begun or done) names all the marks."""
    return [
        place
        for place, (call, arguments) in enumerate(calls)
        if call.startswith(name) and all(mark in arguments for mark in marks)
    ]


def test_the_answer_is_the_last_thing(calls: list[tuple[str, str]]) -> None:
    answer = places(calls, "write", '\\"taken\\": 50')
    assert len(answer) == 1
    written = [
        place
        for place, (call, arguments) in enumerate(calls)
        if call.startswith(("rename", "link")) and "/tables/" in arguments
    ]
    assert written
    assert max(written) < answer[0]


@pytest.mark.parametrize("table", ["evidence", "arrivals", "observations"])
def test_every_commit_is_synced_before_the_answer(calls: list[tuple[str, str]], table: str) -> None:
    answer = places(calls, "write", '\\"taken\\": 50')[0]
    log = f"/tables/{table}/_delta_log"
    committed = [place for kind in ("rename", "link") for place in places(calls, kind, f"{log}/", ".json")]
    assert len(committed) >= 2, "the table made and a commit"
    entry_synced = places(calls, "fsync", f"{log}/", ".json>")
    folder_synced = places(calls, "fsync", f"{log}>")
    assert max(committed) < max(entry_synced) < answer
    assert max(committed) < max(folder_synced) < answer


@pytest.mark.parametrize("table", ["evidence", "arrivals", "observations"])
def test_data_are_synced_before_the_log_names_them(calls: list[tuple[str, str]], table: str) -> None:
    log = f"/tables/{table}/_delta_log"
    committed = [place for kind in ("rename", "link") for place in places(calls, kind, f"{log}/", ".json")]
    data_synced = places(calls, "fsync", f"/tables/{table}/part-", ".parquet>")
    assert data_synced
    assert min(data_synced) < max(committed)


def test_evidence_is_safe_before_the_arrivals_that_need_it(calls: list[tuple[str, str]]) -> None:
    evidence_safe = max(places(calls, "fsync", "/tables/evidence/_delta_log>"))
    arrivals_named = [
        place
        for kind in ("rename", "link")
        for place in places(calls, kind, "/tables/arrivals/_delta_log/", ".json")
    ]
    assert evidence_safe < max(arrivals_named)

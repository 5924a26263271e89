"""Runs the fuzzer of unwrapping from the samples: some seconds among the tests, an hour among the soaks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2]


def fuzz(folder: Path, seconds: int) -> None:
    for path in (TESTS / "corpus" / "wrapped").glob("*.eml"):
        shutil.copyfile(path, folder / path.name)
    done = subprocess.run(
        [
            sys.executable,
            str(TESTS / "fuzz" / "fuzz_mail_unwrap.py"),
            f"-max_total_time={seconds}",
            "-timeout=5",
            "-max_len=8192",
            f"-artifact_prefix={folder}/",
            str(folder),
        ],
        capture_output=True,
        text=True,
        timeout=seconds + 120,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    assert "Done" in done.stderr


def test_fuzzer_finds_nothing_in_some_seconds(tmp_path: Path) -> None:
    fuzz(tmp_path, 12)


@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_fuzzer_finds_nothing_in_an_hour(tmp_path: Path) -> None:
    fuzz(tmp_path, 3_600)

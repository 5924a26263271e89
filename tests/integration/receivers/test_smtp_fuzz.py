"""Runs the fuzzer of the protocol core: some seconds among the tests, an hour among the soaks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FUZZER = Path(__file__).resolve().parents[2] / "fuzz" / "fuzz_smtp_protocol.py"
SEEDS = (
    b"\x02\x05\x09abcdefSubject: x\r\n\r\n..dot\r\n.\r\nMAIL FROM:<b@example.com> SIZE=9 BODY=8BITMIME\r\nQUIT\r\n",
    b"\x06\x05\x09abcdefx\n.\nMAIL FROM:<>\r\n",
    b"\x00\x05\x09abcdefEHLO x\r\nSTARTTLS\r\nMAIL FROM:<>\r\n",
    b"\x05\x05\x09abcdefLHLO x\r\nXFORWARD ADDR=IPV6:2001:db8::1 PORT=25\r\nMAIL FROM:<>\r\nRCPT TO:<no@x>\r\n",
)


def fuzz(folder: Path, seconds: int) -> None:
    for number, seed in enumerate(SEEDS):
        (folder / f"seed-{number}").write_bytes(seed)
    done = subprocess.run(
        [
            sys.executable,
            str(FUZZER),
            f"-max_total_time={seconds}",
            "-timeout=5",
            "-max_len=4096",
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
    fuzz(tmp_path, 10)


@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_fuzzer_finds_nothing_in_an_hour(tmp_path: Path) -> None:
    fuzz(tmp_path, 3_600)

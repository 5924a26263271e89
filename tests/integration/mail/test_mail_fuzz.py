"""Runs the fuzzer: some seconds among the tests, an hour among the soaks. It must end by itself, unharmed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FUZZER = Path(__file__).resolve().parents[2] / "fuzz" / "fuzz_mail_parse.py"
SEEDS = (
    (
        b"\x00From: =?iso-2022-jp?B?GyRCJCIbKEI=?= <a@example.com>\r\nDate: Tue, 24 Nov 2026 16:00:00 +0900\r\n"
        b"Subject: =?utf-8?Q?=E3=81=82?=\r\nReceived: from x (x [192.0.2.1]) by y.example; Tue, 24 Nov 2026 16:00:00 +0900\r\n"
        b'Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B$"\x1b(B http://www.example.com/ 03-1234-5678\r\n'
    ),
    (
        b"\x80Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<a href='http://a.example'>b.example</a>"
        b"\n--b\nContent-Type: a/b; name*=utf-8''%E3%81%82\nContent-Transfer-Encoding: base64\n\nYWJj\n--b--\n"
    ),
    b"\x00Subject: x\n\nbegin 644 a\n#86)C\n`\nend\n",
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
    fuzz(tmp_path, 15)


@pytest.mark.soak
@pytest.mark.timeout(7_200)
def test_fuzzer_finds_nothing_in_an_hour(tmp_path: Path) -> None:
    fuzz(tmp_path, 3_600)
